"""Tells Airflow, through its REST API, that there are new listings, and what a run was about."""

from urllib.parse import quote

import httpx
import msgspec

from homeprices.domain.errors import Unavailable
from homeprices.domain.manifest import DatasetManifest

# The asset that `bangalore_home_prices_pipeline` waits for, by its name in `dags/`.
ASSET = "listings"
PATIENCE_S = 5.0
# What Airflow takes as a note.
LONGEST_NOTE, LONGEST_LINE = 1000, 300


class Airflow:
    """`ports.Scheduler`: a new dataset is an event of the asset `listings`."""

    def __init__(
        self, url: str, user: str, password: str, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._url = url
        self._transport = transport
        self._login = {"username": user, "password": password}

    def announce(self, dataset: DatasetManifest) -> None:
        """Add an event that starts the pipeline; raises Unavailable."""
        facts = {"version": dataset.version, "rows": dataset.rows, "source": dataset.source}
        try:
            with self._client() as client:
                client.headers["Authorization"] = f"Bearer {self._token(client)}"
                event = {"asset_id": self._asset(client), "extra": facts}
                client.post("/api/v2/assets/events", json=event).raise_for_status()
        except (httpx.HTTPError, msgspec.MsgspecError, LookupError, TypeError) as error:
            raise Unavailable(f"Airflow did not take the news at {self._url}") from error

    def note(self, dag: str, run: str, line: str) -> None:
        """See `ports.Scheduler`."""
        path = f"/api/v2/dags/{quote(dag, safe='')}/dagRuns/{quote(run, safe='')}"
        try:
            with self._client() as client:
                client.headers["Authorization"] = f"Bearer {self._token(client)}"
                answer = client.get(path).raise_for_status()
                before = str(msgspec.json.decode(answer.content).get("note") or "")
                after = with_line(before, line)
                if after != before:
                    client.patch(path, json={"note": after}).raise_for_status()
        except (httpx.HTTPError, msgspec.MsgspecError, LookupError, TypeError) as error:
            raise Unavailable(f"Airflow did not take the note at {self._url}") from error

    def _client(self) -> httpx.Client:
        return httpx.Client(base_url=self._url, timeout=PATIENCE_S, transport=self._transport)

    def _token(self, client: httpx.Client) -> str:
        answer = client.post("/auth/token", json=self._login).raise_for_status()
        return str(msgspec.json.decode(answer.content)["access_token"])

    def _asset(self, client: httpx.Client) -> int:
        answer = client.get("/api/v2/assets", params={"name_pattern": ASSET}).raise_for_status()
        assets = msgspec.json.decode(answer.content)["assets"]
        asset_ids = [int(asset["id"]) for asset in assets if asset["name"] == ASSET]
        if not asset_ids:
            raise LookupError(f"Airflow knows no asset {ASSET!r} yet: it has not read the DAGs")
        return asset_ids[0]


def with_line(note: str, line: str) -> str:
    r"""`note` with one line more, as a list; as it is where it has the line, or no room for it.

    >>> with_line("- evaluate: nothing to decide", "ask: no training is needed")
    '- evaluate: nothing to decide\n- ask: no training is needed'
    """
    shortened = line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…"
    lines = [*note.splitlines(), f"- {shortened}"]
    text = "\n".join(dict.fromkeys(lines))
    return text if len(text) <= LONGEST_NOTE else note
