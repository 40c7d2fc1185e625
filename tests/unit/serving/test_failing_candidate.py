"""A candidate whose model fails on a home: production answers, and the failure is its own."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from homeprices.domain.explanation import Estimate
from homeprices.domain.listing import Home
from homeprices.domain.requests.records import PredictionRecord, Slot
from homeprices.serving.app import create_app
from homeprices.serving.dependencies import Loaded, ServiceDependencies
from homeprices.stores.spool.crash_note import CrashNote
from support.client import Client
from support.service import IDENTITY, FlatRate, Service, loaded, prediction

PATH = "/api/predict_home_price"
GOOD = {"total_sqft": 1200, "location": "Hebbal", "bhk": 2, "bath": 2}
BAD = GOOD | {"location": "Whitefield"}
ROUTED = {
    "x-router": IDENTITY.router_key,
    "x-visitor": "a" * 32,
    "x-arm": "candidate",
    "x-experiment": "E1",
}
COUNTED = 'prediction_errors_total{code="internal",slot="candidate",variant="BO1"}'


class FailsInOneLocality(FlatRate):
    """A model that was never asked about Whitefield."""

    def estimate(self, home: Home) -> Estimate:
        if home.locality == "Whitefield":
            raise KeyError(home.locality)
        return super().estimate(home)


def failing(service: Service) -> ServiceDependencies:
    def load(version: object) -> Loaded:
        return replace(loaded(version), predictor=FailsInOneLocality(0.01))  # type: ignore[arg-type]

    return replace(service.dependencies, load=load)


@pytest.fixture
def service(tmp_path: Path, request: pytest.FixtureRequest) -> Service:
    return Service(tmp_path / "spool", slot=getattr(request, "param", Slot.CANDIDATE))


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    with Client(create_app(failing(service))) as client:
        client.until(lambda: client.get("/api/health/ready").status_code == 200)
        yield client


def test_the_router_is_sent_on_and_the_failure_is_recorded_and_counted(
    client: Client, service: Service
) -> None:
    answer = client.post(PATH, json=BAD, headers=ROUTED)
    assert answer.status_code == 500
    assert answer.headers["x-accel-redirect"] == "@production"
    assert "set-cookie" not in answer.headers
    assert client.post(PATH, json=GOOD, headers=ROUTED).status_code == 200
    client.until(lambda: len(service.log.rows) == 2)
    rows = [row for row in service.log.rows.values() if isinstance(row, PredictionRecord)]
    failed = next(row for row in rows if row.status == 500)
    assert (failed.model_version, failed.served_arm, failed.zone) == ("BO1", "candidate", "east")
    assert failed.caller.assigned_arm == "candidate"
    assert f"{COUNTED} 1.0" in client.get("/metrics").text


def test_what_a_process_before_has_died_of_is_kept_and_counted_once(tmp_path: Path) -> None:
    """As a process that is ended by its model leaves it: nothing was cleared."""
    folder = tmp_path / "spool"
    for starts in (1, 2):
        service = Service(folder, slot=Slot.CANDIDATE)
        if starts == 1:
            CrashNote(folder).write(prediction(7, status=500, slot="candidate"))
        with Client(create_app(service.dependencies)) as client:
            client.until(lambda: client.get("/api/health/ready").status_code == 200)
            is_counted = f"{COUNTED} 1.0" in client.get("/metrics").text
            assert is_counted == (starts == 1)
            client.until(lambda service=service: service.spool.counts().waiting == 0)
        assert service.spool.counts().stored == 1


def test_an_answered_request_leaves_no_note(tmp_path: Path) -> None:
    service = Service(tmp_path / "spool", slot=Slot.CANDIDATE)
    with Client(create_app(failing(service))) as client:
        client.until(lambda: client.get("/api/health/ready").status_code == 200)
        for home in (GOOD, BAD):
            client.post(PATH, json=home, headers=ROUTED)
            assert CrashNote(tmp_path / "spool").read() is None


@pytest.mark.parametrize("service", [Slot.PRODUCTION], indirect=True)
def test_production_notes_nothing(client: Client, tmp_path: Path) -> None:
    client.post(PATH, json=GOOD, headers=ROUTED)
    assert not (tmp_path / "spool" / "asked").exists()


@pytest.mark.parametrize(
    ("service", "headers"),
    [
        (Slot.CANDIDATE, {}),
        (Slot.CANDIDATE, ROUTED | {"x-router": "a guess"}),
        (Slot.PRODUCTION, ROUTED),
    ],
    indirect=["service"],
    ids=["direct", "not the router", "production"],
)
def test_with_nobody_behind_it_a_failure_is_told(client: Client, headers: dict[str, str]) -> None:
    answer = client.post(PATH, json=BAD, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")
    assert "x-accel-redirect" not in answer.headers
