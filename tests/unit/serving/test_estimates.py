"""GET /api/estimates/{id}."""

import pytest

from homeprices.domain.errors import Gone, NotFound, Unavailable
from support.client import Client
from support.service import IDENTITY, Service, prediction

PATH = f"/api/estimates/{IDENTITY.issued(prediction(1).id)}"


def test_a_past_estimate_is_told_with_reasons_that_add_up(client: Client) -> None:
    answer = client.get(PATH).json()
    assert (answer["model_version"], answer["equal"], answer["what_if"]) == ("BO1", True, None)
    assert answer["home"] == {"total_sqft": 1200.0, "location": "Hebbal", "bhk": 2, "bath": 2}
    total = answer["baseline"]["estimated_price"] + sum(r["amount"] for r in answer["reasons"])
    assert total == answer["rebuilt"]["estimated_price"] == 75.0
    assert "adds ₹ 5.00 lakh" in answer["reasons"][0]["sentence"]
    assert answer["comparables"]["listings"][0]["times_listed"] == 2


@pytest.mark.parametrize(
    ("asked", "field"),
    [("area", "total_sqft"), ("total_sqft", "total_sqft"), ("bhk", "bhk")],
)
def test_a_curve_is_told_when_it_is_asked_for(client: Client, asked: str, field: str) -> None:
    assert client.get(f"{PATH}?curve={asked}").json()["what_if"]["field"] == field


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/estimates/7", 400),
        (f"/api/estimates/{prediction(1).id}-{'0' * 12}", 404),
        (f"{PATH}?curve=price", 422),
    ],
)
def test_what_is_no_id_of_ours_or_no_curve_is_refused(
    client: Client, path: str, status: int
) -> None:
    assert client.get(path).status_code == status


@pytest.mark.parametrize("error", [NotFound("not kept"), Gone("deleted"), Unavailable("away")])
def test_what_cannot_be_rebuilt_says_why(client: Client, service: Service, error) -> None:
    service.past.error = error
    answer = client.get(PATH)
    assert answer.status_code == error.status
    assert answer.json()["error"]["message"] == error.message


def test_while_postgresql_is_away_a_wrong_id_is_still_told(
    client: Client, service: Service
) -> None:
    service.log.away = True
    client.until(lambda: client.get("/api/health").json()["status"] == "degraded")
    assert client.get(PATH).status_code == 503
    assert client.get("/api/estimates/7").status_code == 400
