"""What a form asks for comes from the market, and the description of the API says the same."""

import pytest

from support.client import Client
from support.service import MARKET


def test_every_fact_of_the_market_is_asked_for_in_its_order(client: Client) -> None:
    form = client.get("/api/fields").json()
    named = {field["fact"]: field["name"] for field in form["fields"]}
    assert list(named.items()) == list(MARKET.fields.items())
    required = [field["name"] for field in form["fields"] if field["required"]]
    assert required == ["location", "total_sqft", "bhk", "bath"]
    kind, balcony = (
        next(field for field in form["fields"] if field["name"] == name)
        for name in ("kind", "balcony")
    )
    assert (kind["kind"], kind["values"]) == ("choice", ["flat", "house"])
    assert (balcony["least"], balcony["most"], balcony["step"]) == (0, 20, 1)
    assert form["money"]["price_unit"] == "lakh"
    assert form["number_format"] == "en-IN"


@pytest.mark.parametrize("written", [unit for unit in MARKET.area_choices.values() if unit])
def test_every_unit_of_area_that_is_offered_is_read(client: Client, written: str) -> None:
    home = {"location": "Hebbal", "bhk": 2, "bath": 2}
    size = "3 guntha" if written == "guntha" else f"111 {written}"
    answer = client.post("/api/predict_home_price", json=home | {"total_sqft": size})
    assert answer.json()["area"] > 900


def test_the_description_of_the_api_has_the_same_fields(client: Client) -> None:
    form = client.get("/api/fields").json()
    home = client.get("/openapi.json").json()["components"]["schemas"]["Home"]
    assert list(home["properties"]) == [field["name"] for field in form["fields"]]
    assert home["required"] == [field["name"] for field in form["fields"] if field["required"]]
    for field in form["fields"]:
        described = home["properties"][field["name"]]
        assert described["title"] == field["title"]
        assert [value for value in described.get("enum", []) if value] == field["values"]
        assert [str(example) for example in described.get("examples", [])] == field["examples"]


def test_a_problem_of_a_field_has_a_code_beside_its_sentence(client: Client) -> None:
    refused = client.post("/api/predict_home_price", json={"location": "Hebbal", "bhk": "x"})
    codes = {field["field"]: field["code"] for field in refused.json()["error"]["fields"]}
    assert codes == {"total_sqft": "missing", "bhk": "not_a_number", "bath": "missing"}
