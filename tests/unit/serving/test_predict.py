"""The hot route: what it answers, what it keeps."""

from time import perf_counter
from typing import Any

import pytest

from homeprices.domain.errors import Unavailable
from homeprices.domain.requests.home_request import read_home
from homeprices.domain.requests.records import PredictionRecord
from homeprices.workflows.estimates.past_estimates import past_home
from support.client import Client
from support.service import IDENTITY, Service

PATH = "/api/predict_home_price"
ROUTER = {"x-router": IDENTITY.router_key}
HOME: dict[str, Any] = {"total_sqft": 1200, "location": "Hebbal", "bhk": 2, "bath": 2}


def _rows(service: Service) -> list[PredictionRecord]:
    return [row for row in service.log.rows.values() if isinstance(row, PredictionRecord)]


def test_a_home_is_priced_with_its_range_and_everything_the_contract_names(client: Client) -> None:
    started = perf_counter()
    response = client.post(PATH, json=HOME)
    waited_ms = 1e3 * (perf_counter() - started)
    assert response.status_code == 200
    answer = response.json()
    assert answer["estimated_price"] == 12.0
    assert (answer["low"], answer["high"], answer["coverage"]) == (10.8, 13.2, 0.8)
    assert answer["price_per_sqft"] == 1000
    assert (answer["certainty"], answer["chance_within_20_percent"]) == ("high", 0.9)
    assert (answer["price_unit"], answer["currency"], answer["area_unit"]) == ("lakh", "₹", "sqft")
    assert (answer["model_version"], answer["model_variant"]) == ("BO1", "production")
    assert answer["simulated"] is True
    assert 0 < answer["response_time_ms"] < waited_ms
    assert response.headers["x-variant"] == "production"
    assert response.headers["x-model-version"] == "BO1"


@pytest.mark.parametrize("way", ["json", "data", "multipart", "query"])
def test_json_forms_and_queries_are_priced_alike(client: Client, way: str) -> None:
    fields = {name: str(value) for name, value in HOME.items()}
    response = {
        "json": lambda: client.post(PATH, json=HOME),
        "data": lambda: client.post(PATH, data=fields),
        "multipart": lambda: client.post(PATH, files={k: (None, v) for k, v in fields.items()}),
        "query": lambda: client.get(PATH, params=fields),
    }[way]()
    assert response.status_code == 200
    assert response.json()["estimated_price"] == 12.0


def test_square_metres_as_people_write_them_are_read(client: Client) -> None:
    answer = client.post(PATH, json={**HOME, "bhk": 1, "total_sqft": "34.46Sq. Meter"}).json()
    assert round(answer["area"]) == 371


def test_an_unknown_locality_is_priced_with_a_wider_range_and_says_so(client: Client) -> None:
    known = client.post(PATH, json=HOME).json()
    unknown = client.post(PATH, json={**HOME, "location": "Nowhere Nagar"}).json()
    assert unknown["location_known"] is False
    assert unknown["high"] - unknown["low"] > known["high"] - known["low"]
    assert "Nowhere Nagar" in unknown["notes"][0]


def test_the_answer_comes_after_its_record_and_names_it(client: Client, service: Service) -> None:
    answer = client.post(PATH, json={**HOME, "society": "Prestige"}).json()
    client.until(lambda: service.log.rows)
    (row,) = _rows(service)
    assert IDENTITY.uuid_of(answer["prediction_id"]) == row.id
    assert (row.status, row.model_version, row.slot) == (200, "BO1", "production")
    assert (row.locality, row.area, row.bedrooms, row.price) == ("Hebbal", 1200.0, 2, 12.0)
    assert row.inputs == {**{k: str(v) for k, v in HOME.items()}, "society": "Prestige"}


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        ("bhk", "2\u00a0BHK", "2 BHK"),
        ("bhk", "2 BHK\n", "2 BHK"),
        ("balcony", "1\t", "1"),
        ("location", " " * 300 + "Whitefield", "Whitefield"),
        ("location", "Indira\u200b Nagar", "Indira Nagar"),
    ],
)
def test_a_home_is_kept_as_it_was_read(
    client: Client, service: Service, field: str, value: str, read: str
) -> None:
    assert client.post(PATH, json={**HOME, field: value}).status_code == 200
    client.until(lambda: service.log.rows)
    (row,) = _rows(service)
    assert row.inputs[field] == read
    assert past_home(row, service.dependencies.market) == read_home(
        {**HOME, field: value}, service.dependencies.market
    )


def test_a_refused_request_is_kept_with_what_was_asked(client: Client, service: Service) -> None:
    client.post(PATH, json={**HOME, "location": "x\x00" + "y" * 70_00, "bath": None})
    client.until(lambda: service.log.rows)
    (row,) = _rows(service)
    assert (row.status, row.price, row.model_version) == (422, None, "BO1")
    assert row.inputs["location"] == "x�" + "y" * 198


def test_a_full_spool_is_503_and_nothing_is_priced_without_a_record(
    client: Client, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(record: object) -> None:
        raise Unavailable("the spool is full")

    monkeypatch.setattr(type(service.spool), "append", lambda self, record: full(record))
    response = client.post(PATH, json=HOME)
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    assert response.json()["error"]["code"] == "unavailable"
    assert client.post(PATH, json={**HOME, "bhk": 300}).status_code == 422


def test_a_model_that_fails_is_500_with_an_id_and_counts_against_its_version(
    client: Client, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: object, home: object) -> None:
        raise ZeroDivisionError("in the model")

    monkeypatch.setattr("support.service.FlatRate.estimate", fails)
    response = client.post(PATH, json=HOME)
    assert response.status_code == 500
    assert response.json()["error"]["code"] == "internal"
    client.until(lambda: service.log.rows)
    assert _rows(service)[0].status == 500
    series = client.get("/metrics").text
    assert 'prediction_errors_total{code="internal",slot="production",variant="BO1"} 1.0' in series


def test_every_answer_is_counted_under_its_version(client: Client) -> None:
    for _ in range(3):
        client.post(PATH, json=HOME)
    client.post(PATH, json={})
    text = client.get("/metrics").text
    assert 'predictions_total{slot="production",variant="BO1"} 3.0' in text
    assert 'prediction_duration_seconds_count{slot="production",variant="BO1"} 3.0' in text
    assert 'prediction_errors_total{code="bad_input",slot="production",variant="BO1"} 1.0' in text


def test_coordinates_are_kept_with_what_was_asked_and_refused_outside_the_market(
    client: Client, service: Service
) -> None:
    there = {"latitude": 12.97, "longitude": 77.75}
    assert client.post(PATH, json={**HOME, **there}).status_code == 200
    refused = client.get(PATH, params={**HOME, "latitude": 51.5, "longitude": 77.75})
    assert refused.status_code == 422
    assert [problem["field"] for problem in refused.json()["error"]["fields"]] == ["latitude"]
    client.until(lambda: len(service.log.rows) == 2)
    kept = [row.inputs["latitude"] for row in _rows(service)]
    assert kept == ["12.97", "51.5"]


def test_the_grades_of_certainty_are_told_to_machines(client: Client) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    assert set(schemas["Certainty"]["enum"]) == {"high", "fair", "low", "too_few"}


def test_a_record_names_the_arm_that_served_and_the_features_it_was_asked_with(
    client: Client, service: Service
) -> None:
    client.post(PATH, json=HOME)
    client.post(PATH, json=HOME, headers={**ROUTER, "x-arm": "candidate", "x-experiment": "E3"})
    client.until(lambda: len(service.log.rows) == 2)
    direct, routed = _rows(service)
    assert (direct.caller.assigned_arm, direct.served_arm) == (None, None)
    assert (routed.caller.assigned_arm, routed.served_arm) == ("candidate", "production")
    assert {direct.feature_version, routed.feature_version} == {"listed in tests"}
