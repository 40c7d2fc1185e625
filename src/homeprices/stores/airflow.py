"""Tells Airflow, through its REST API, that there are new listings."""

from __future__ import annotations

import httpx
import msgspec

from homeprices.domain.errors import Unavailable
from homeprices.domain.manifest import DatasetManifest

# The asset that `bangalore_home_prices_pipeline` waits for, by its name in `dags/`.
ASSET = "listings"
PATIENCE_S = 5.0


class Airflow:
    """`ports.Scheduler`: a new dataset is an event of the asset `listings`."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._url = url
        self._login = {"username": user, "password": password}

    def announce(self, dataset: DatasetManifest) -> None:
        """Add an event that starts the pipeline; raises Unavailable."""
        facts = {"version": dataset.version, "rows": dataset.rows, "source": dataset.source}
        try:
            with httpx.Client(base_url=self._url, timeout=PATIENCE_S) as client:
                client.headers["Authorization"] = f"Bearer {self._token(client)}"
                event = {"asset_id": self._asset(client), "extra": facts}
                client.post("/api/v2/assets/events", json=event).raise_for_status()
        except (httpx.HTTPError, msgspec.MsgspecError, LookupError, TypeError) as error:
            raise Unavailable(f"Airflow did not take the news at {self._url}") from error

    def _token(self, client: httpx.Client) -> str:
        answer = client.post("/auth/token", json=self._login).raise_for_status()
        return str(msgspec.json.decode(answer.content)["access_token"])

    def _asset(self, client: httpx.Client) -> int:
        answer = client.get("/api/v2/assets", params={"name_pattern": ASSET}).raise_for_status()
        assets = msgspec.json.decode(answer.content)["assets"]
        return next(int(asset["id"]) for asset in assets if asset["name"] == ASSET)
