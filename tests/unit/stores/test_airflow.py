"""News for Airflow: told once it listens, and otherwise Unavailable with nothing lost."""

import json
from types import SimpleNamespace

import httpx
import pytest

from homeprices.domain.errors import Unavailable
from homeprices.stores.airflow import Airflow, with_line
from homeprices.workflows.datasets import announce

DATASET = SimpleNamespace(version="V2", rows=10, source="a.csv")


class Server:
    """Airflow's API as far as it is asked; `assets` are those it has read."""

    def __init__(self, *assets: str, status: int = 200) -> None:
        self.assets, self.status, self.events = assets, status, []
        self.note: str | None = None
        self.patches = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/auth/token":
            return httpx.Response(self.status, json={"access_token": "t"})
        assert request.headers["authorization"] == "Bearer t"
        if request.url.path == "/api/v2/assets":
            known = [{"id": n, "name": name} for n, name in enumerate(self.assets)]
            return httpx.Response(200, json={"assets": known})
        if request.url.path == "/api/v2/dags/evaluate/dagRuns/run 1":
            self.note = json.loads(request.content)["note"] if request.content else self.note
            self.patches += request.method == "PATCH"
            return httpx.Response(self.status, json={"note": self.note})
        self.events.append(json.loads(request.content))
        return httpx.Response(200, json={})


def airflow(server: Server) -> Airflow:
    return Airflow("http://airflow", "airflow", "airflow", httpx.MockTransport(server))


def test_a_new_dataset_is_an_event_of_the_asset_of_the_pipeline() -> None:
    server = Server("other", "listings")
    assert announce(DATASET, airflow(server)) == "Airflow was told of V2: the pipeline starts"
    (event,) = server.events
    assert (event["asset_id"], event["extra"]["version"]) == (1, "V2")


@pytest.mark.parametrize("server", [Server(), Server("listings", status=500)])
def test_an_airflow_that_cannot_take_the_news_costs_nothing(server: Server) -> None:
    with pytest.raises(Unavailable, match="did not take the news"):
        airflow(server).announce(DATASET)
    assert announce(DATASET, airflow(server)).endswith("the hourly run will find V2")
    assert announce(DATASET, None) is None


def test_a_line_is_written_on_a_run_once_beneath_what_stands_there() -> None:
    server = Server()
    for line in ("nothing to decide", "ask: no training is needed", "nothing to decide"):
        airflow(server).note("evaluate", "run 1", line)
    assert server.note == "- nothing to decide\n- ask: no training is needed"
    assert server.patches == 2


def test_a_note_that_is_too_long_is_shortened_and_a_full_one_is_left_as_it_is() -> None:
    note = with_line("", "x" * 2000)
    assert len(note) <= 302
    assert note.endswith("…")
    full = "- " + "y" * 990
    assert with_line(full, "more than there is room for") == full


def test_a_note_that_airflow_does_not_take_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="did not take the note"):
        airflow(Server(status=500)).note("evaluate", "run 1", "words")
