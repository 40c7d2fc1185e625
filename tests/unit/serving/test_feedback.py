"""POST /api/feedback: kept once, also while PostgreSQL is away."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from homeprices.domain.errors import Unavailable
from homeprices.domain.requests.records import FeedbackRecord, PredictionRecord
from homeprices.serving.access.rate_limit import RateTerms, RequestKind
from homeprices.serving.app import create_app
from homeprices.settings import OwnSettings
from support.client import Client
from support.service import IDENTITY, Service, prediction

PATH = "/api/feedback"
ID = IDENTITY.issued(prediction(1).id)
RATING: dict[str, Any] = {"prediction_id": ID, "feedback_type": "rating", "feedback_value": 5}


def _rows(service: Service) -> list[FeedbackRecord]:
    return [row for row in service.log.rows.values() if isinstance(row, FeedbackRecord)]


@pytest.mark.parametrize("form", [False, True])
def test_a_rating_is_kept(client: Client, service: Service, form: bool) -> None:
    response = client.post(PATH, data=RATING) if form else client.post(PATH, json=RATING)
    assert response.status_code == 200
    assert response.json()["status"] == "kept"
    client.until(lambda: _rows(service))
    (row,) = _rows(service)
    assert (row.prediction_id, row.type, row.value) == (prediction(1).id, "rating", 5.0)
    assert (
        'feedback_total{slot="production",type="rating",variant="BO1"} 1.0'
        in client.get("/metrics").text
    )


def test_the_same_twice_is_one_row_and_a_changed_value_is_another(
    client: Client, service: Service
) -> None:
    first, again = (client.post(PATH, json=RATING).json()["feedback_id"] for _ in range(2))
    other = client.post(PATH, json={**RATING, "feedback_value": 1}).json()["feedback_id"]
    client.until(lambda: service.spool.counts().stored == 3)
    assert first == again != other
    assert len(_rows(service)) == 2


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"feedback_value": 6}, 422, "bad_input"),
        ({"feedback_type": "actual_price", "feedback_value": -3}, 422, "bad_input"),
        ({"prediction_id": "17"}, 400, "unreadable"),
        ({"prediction_id": ID[:-4] + "0000"}, 404, "not_found"),
    ],
)
def test_bad_feedback_is_refused_and_not_kept(
    client: Client, service: Service, fields: dict[str, Any], status: int, code: str
) -> None:
    response = client.post(PATH, json={**RATING, **fields})
    assert response.status_code == status
    assert response.json()["error"]["code"] == code
    assert service.spool.counts().issued == 0


def test_feedback_on_an_estimate_that_still_waits_is_kept_in_an_outage(
    client: Client, service: Service
) -> None:
    service.log.away = True
    home = {"total_sqft": 1200, "location": "Hebbal", "bhk": 2, "bath": 2}
    answer = client.post("/api/predict_home_price", json=home).json()
    said = {**RATING, "prediction_id": answer["prediction_id"]}
    assert client.post(PATH, json=said).status_code == 200
    service.log.away = False
    client.until(lambda: len(service.log.rows) == 2)


def test_a_flood_of_opinions_of_one_network_is_refused_and_of_others_is_not(
    tmp_path: Path,
) -> None:
    defaults = OwnSettings()
    terms = RateTerms(defaults.feedback_rate, defaults.feedback_burst)
    service = Service(tmp_path / "spool")
    with Client(
        create_app(replace(service.dependencies, limits={RequestKind.OPINIONS: terms}))
    ) as client:
        routed = {"x-router": IDENTITY.router_key}
        flood = [
            client.post(PATH, json=RATING, headers={**routed, "x-real-ip": f"203.0.113.{n % 250}"})
            for n in range(600)
        ]
        refused = [answer for answer in flood if answer.status_code == 429]
        assert 100 < len(refused) < 300
        assert refused[0].json()["error"]["code"] == "rate_limited"
        assert refused[0].headers["retry-after"] == "1"
        assert {answer.status_code for answer in flood} == {200, 429}
        other = {**routed, "x-real-ip": "198.51.100.7"}
        assert client.post(PATH, json=RATING, headers=other).status_code == 200
        counted = f'requests_limited_total{{kind="opinions",slot="production"}} {len(refused):.1f}'
        assert counted in client.get("/metrics").text


HOME = {"total_sqft": 1200, "location": "Hebbal", "bhk": 2, "bath": 2}


def _priced(client: Client) -> tuple[str, float]:
    answer = client.post("/api/predict_home_price", json=HOME).json()
    return answer["prediction_id"], answer["estimated_price"]


def _sold(prediction_id: str, value: object, **more: object) -> dict[str, Any]:
    sale = {"feedback_type": "actual_price", "feedback_value": value}
    return {"prediction_id": prediction_id, **sale, **more}


@pytest.mark.parametrize("times", [4.5, 1000, 1 / 4.5, 1 / 1000])
@pytest.mark.parametrize("form", [False, True])
def test_a_price_far_from_its_estimate_is_asked_about_and_kept_once_confirmed(
    client: Client, service: Service, times: float, form: bool
) -> None:
    prediction_id, estimate = _priced(client)
    sale = _sold(prediction_id, round(estimate * times, 4))
    send = "data" if form else "json"
    asked = client.post(PATH, **{send: sale})
    assert asked.status_code == 422
    error = asked.json()["error"]
    assert (error["code"], error["fields"][0]["code"]) == ("price_unlikely", "price_unlikely")
    assert "in lakh?" in error["message"] and "rupees" in error["message"]
    assert _rows(service) == []
    kept = client.post(PATH, **{send: {**sale, "confirmed": "yes" if form else True}})
    assert kept.status_code == 200
    assert kept.json()["feedback_value"] == sale["feedback_value"]
    client.until(lambda: len(_rows(service)) == 1)


def test_a_price_near_its_estimate_is_kept_in_any_unit(client: Client, service: Service) -> None:
    prediction_id, estimate = _priced(client)
    for value in (estimate * 2, f"{estimate / 100:.4f} Cr", f"{estimate * 100_000:.0f} rupees"):
        assert client.post(PATH, json=_sold(prediction_id, value)).status_code == 200


def test_an_estimate_of_another_process_is_found_where_it_is_stored(
    client: Client, service: Service
) -> None:
    stored = {prediction(1).id: replace(prediction(1), price=80.0)}
    looked: list[str] = []

    def stored_request(uuid: str) -> PredictionRecord | None:
        looked.append(uuid)
        return stored.get(uuid) if len(looked) > 1 else None

    service.find = stored_request
    assert client.post(PATH, json=_sold(ID, 8_000)).json()["error"]["code"] == "price_unlikely"
    assert len(looked) == 2


def test_an_estimate_that_is_not_to_be_found_keeps_nobody_from_telling_a_price(
    client: Client, service: Service
) -> None:
    def away(uuid: str) -> PredictionRecord | None:
        raise Unavailable("PostgreSQL is away")

    service.find = away
    assert client.post(PATH, json=_sold(ID, 8_000)).status_code == 200
