"""A candidate that is limited to a zone passes homes elsewhere on, and records nothing of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from homeprices.domain.requests.records import PredictionRecord, Slot
from homeprices.serving.app import create_app
from support.client import Client
from support.service import IDENTITY, Service

PATH = "/api/predict_home_price"
NORTH = {"total_sqft": 1200, "location": "Hebbal", "bhk": 2, "bath": 2}
EAST, NOWHERE = NORTH | {"location": "Whitefield"}, NORTH | {"location": "Atlantis"}
ROUTED = {
    "x-router": IDENTITY.router_key,
    "x-visitor": "a" * 32,
    "x-arm": "candidate",
    "x-experiment": "E1",
    "x-zone": "north",
}


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path / "spool", slot=Slot.CANDIDATE)


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    with Client(create_app(service.dependencies)) as client:
        client.until(lambda: client.get("/api/health/ready").status_code == 200)
        yield client


def rows(client: Client, service: Service, count: int) -> list[PredictionRecord]:
    """The records that were made; `count` is how many to wait for."""
    client.until(lambda: len(service.log.rows) >= count)
    return [row for row in service.log.rows.values() if isinstance(row, PredictionRecord)]


def test_a_home_in_the_zone_is_priced_and_its_record_says_where_it_is(client, service) -> None:
    assert client.post(PATH, json=NORTH, headers=ROUTED).status_code == 200
    (row,) = rows(client, service, 1)
    assert (row.zone, row.served_arm, row.status) == ("north", "candidate", 200)


@pytest.mark.parametrize("home", [EAST, NOWHERE])
def test_a_home_elsewhere_is_passed_on_and_neither_recorded_nor_counted(
    client, service, home
) -> None:
    for answer in (
        client.post(PATH, json=home, headers=ROUTED),
        client.get(PATH, params=home, headers=ROUTED),
    ):
        assert answer.status_code == 421
        assert answer.headers["x-accel-redirect"] == "@production"
        assert "set-cookie" not in answer.headers
        assert answer.json()["error"]["code"] == "misdirected"
    assert client.post(PATH, json=NORTH, headers=ROUTED).status_code == 200
    (row,) = rows(client, service, 1)
    assert row.zone == "north"
    assert "misdirected" not in client.get("/metrics").text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        ROUTED | {"x-router": "a guess"},
        {name: word for name, word in ROUTED.items() if name != "x-zone"},
    ],
    ids=["direct", "not the router", "no zone"],
)
def test_whoever_asks_it_otherwise_is_answered_as_ever(client, service, headers) -> None:
    assert client.post(PATH, json=EAST, headers=headers).status_code == 200
    (row,) = rows(client, service, 1)
    assert row.zone == "east"


def test_what_no_model_can_price_is_refused_where_it_came(client, service) -> None:
    answer = client.post(PATH, json=EAST | {"bhk": 99}, headers=ROUTED)
    assert answer.status_code == 422
    (row,) = rows(client, service, 1)
    assert (row.status, row.zone) == (422, None)


def test_production_answers_every_home_and_says_whose_it_was(tmp_path: Path) -> None:
    service = Service(tmp_path / "production")
    with Client(create_app(service.dependencies)) as client:
        client.until(lambda: client.get("/api/health/ready").status_code == 200)
        assert client.post(PATH, json=EAST, headers=ROUTED).status_code == 200
        (row,) = rows(client, service, 1)
    assert (row.zone, row.served_arm) == ("east", "production")
    assert (row.caller.assigned_arm, row.caller.experiment) == ("candidate", "E1")
