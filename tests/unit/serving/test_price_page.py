"""A price is a page for a browser that asks by itself, and JSON for everybody else."""

import re
from typing import Any

import pytest

from support.client import Client
from support.service import IDENTITY, Service

PRICE = "/api/predict_home_price"
HOME: dict[str, Any] = {"total_sqft": 1200, "location": "Hebbal", "bhk": 2, "bath": 2}
# What Firefox sends with a form.
BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def test_a_browser_is_shown_the_price_with_its_range(client: Client, service: Service) -> None:
    visitor = {"x-router": IDENTITY.router_key, "x-visitor": "0f" * 16}
    answer = client.get(PRICE, params=HOME, headers=BROWSER | visitor)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    for words in ("₹ 12 lakh", "₹ 10.8 lakh", "₹ 13.2 lakh", "8 of 10", "Hebbal", "Simulated"):
        assert words in answer.text
    # As a form without a script would send it again.
    asked = dict(re.findall(r'<input name="(\w+)" value="([^"]*)"', answer.text))
    assert asked == {**{name: str(value) for name, value in HOME.items()}, "unit": "sq ft"}
    again = client.get(PRICE, params={**asked, "unit": "sq. yards"}, headers=BROWSER)
    assert 'name="unit" value="sq. yards"' in again.text
    assert "script" not in answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-security-policy"].startswith(
        "default-src 'none'; style-src 'sha"
    )
    assert (answer.headers["x-variant"], answer.headers["x-model-version"]) == ("production", "BO1")
    assert "visit=" in answer.headers["set-cookie"]
    assert service.spool.counts().issued == 2


def test_what_cannot_be_priced_is_told_by_the_titles_of_the_form(client: Client) -> None:
    answer = client.get(PRICE, params={**HOME, "bhk": "<b>", "location": ""}, headers=BROWSER)
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")
    assert "Locality is missing" in answer.text
    assert re.search(r"BHK [^<]*&lt;b&gt;", answer.text)
    assert "<b>" not in answer.text
    twice = client.get(f"{PRICE}?bhk=1", headers=BROWSER | {"x-api-key": ""})
    assert twice.headers.get_list("cache-control") == ["private, no-store"]


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "application/json, text/html;q=0.9", "text/html;q=0"]
)
def test_who_wants_no_page_is_given_json(client: Client, accept: str) -> None:
    for answer in (
        client.get(PRICE, params=HOME, headers={"accept": accept}),
        client.post(PRICE, json=HOME, headers=BROWSER),
    ):
        assert answer.json()["estimated_price"] == 12.0


@pytest.mark.parametrize(
    ("area", "unit", "square_feet"),
    [
        ("133", "sq. yards", 1197.0),
        (133, "sq. yards", 1197.0),
        ("100 - 120", "sq. meter", 1184.0),
        ("1200", "", 1200.0),
        ("1,200", "sq ft", 1200.0),
        ("1200 sqft", "sq. yards", 1200.0),
        ("111.5 m²", "sq. yards", 1200.0),
        ("111.5 sq. m.", "guntha", 1200.0),
    ],
)
def test_a_unit_that_a_form_sends_apart_stands_behind_the_area(
    client: Client, service: Service, area: object, unit: str, square_feet: float
) -> None:
    home = {**HOME, "total_sqft": area, "unit": unit}
    answers = [
        client.post(PRICE, json=home).json(),
        client.get(PRICE, params=home).json(),
        client.post(PRICE, data=home).json(),
        client.post(f"{PRICE}/batch", json=[home]).json()[0],
    ]
    assert [answer["area"] for answer in answers] == [square_feet] * 4
    # What is kept is what was priced: an estimate is explained from it.
    client.until(lambda: len(service.log.rows) == 3)
    for row in list(service.log.rows.values()):
        assert client.post(PRICE, json=row.inputs).json()["area"] == square_feet


def test_a_unit_that_is_none_of_the_markets_is_told(client: Client) -> None:
    answer = client.post(PRICE, json={**HOME, "unit": "hands"})
    (problem,) = answer.json()["error"]["fields"]
    assert (answer.status_code, problem["field"], problem["code"]) == (
        422,
        "total_sqft",
        "unknown_unit",
    )


def _hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def test_the_form_of_a_price_is_answered_with_a_page(client: Client, service: Service) -> None:
    headers = BROWSER | {"x-router": IDENTITY.router_key, "x-visitor": "0f" * 16}
    sale = _hidden(client.get(PRICE, params=HOME, headers=headers).text)
    answer = client.post("/api/feedback", data={**sale, "feedback_value": "12.5"}, headers=headers)
    assert (answer.status_code, answer.headers["content-type"][:9]) == (200, "text/html")
    assert "Sale prices are kept" in answer.text
    assert 'href="../"' in answer.text
    assert "script" not in answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    assert "visit=" in answer.headers["set-cookie"]
    client.until(lambda: len(service.log.rows) == 2)


def test_an_unlikely_price_is_sent_again_from_the_page_that_asks_about_it(client: Client) -> None:
    sale = _hidden(client.get(PRICE, params=HOME, headers=BROWSER).text)
    value = "1250"
    asked = client.post("/api/feedback", data={**sale, "feedback_value": value}, headers=BROWSER)
    assert (asked.status_code, asked.headers["content-type"][:9]) == (422, "text/html")
    assert "in lakh?" in asked.text
    assert _hidden(asked.text) == sale
    assert f'name="feedback_value" value="{value}"' in asked.text
    again = {**_hidden(asked.text), "feedback_value": value, "confirmed": "yes"}
    assert client.post("/api/feedback", data=again, headers=BROWSER).status_code == 200


@pytest.mark.parametrize("value", ["", "<script>", "abc"])
def test_a_price_that_is_none_is_told_on_a_page(client: Client, value: str) -> None:
    sale = _hidden(client.get(PRICE, params=HOME, headers=BROWSER).text)
    answer = client.post("/api/feedback", data={**sale, "feedback_value": value}, headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"][:9]) == (422, "text/html")
    assert "This was not kept" in answer.text
    assert "<script" not in answer.text


def test_a_script_that_sends_feedback_is_given_json(client: Client) -> None:
    sale = _hidden(client.get(PRICE, params=HOME, headers=BROWSER).text)
    body = {**sale, "feedback_value": "12.5"}
    for answer in (
        client.post("/api/feedback", json=body, headers=BROWSER),
        client.post("/api/feedback", data=body, headers={"accept": "*/*"}),
    ):
        assert answer.json()["status"] == "kept"
