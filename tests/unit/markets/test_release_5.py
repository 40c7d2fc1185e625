"""What a release of format 5 kept is read as today's."""

from typing import Any

import msgspec
import pytest

from homeprices import markets
from homeprices.domain.listing import Home
from homeprices.domain.market import Bounds
from homeprices.domain.requests.home_request import read_home
from homeprices.markets.release_5 import home_of_format_5, market_of_format_5
from support.kept import FORMAT_5

BANGALORE = markets.load("bangalore")
KEPT = (FORMAT_5 / "objects/models/price_check_BO1/market.json").read_bytes()
OLD: dict[str, Any] = msgspec.json.decode(KEPT)
# What its code knew, and its market did not say.
KINDS = {"locality": "locality", "area": "area", "bedrooms": "whole", "bathrooms": "whole"}
KINDS |= {"kind": "choice", "balconies": "whole", "latitude": "number", "longitude": "number"}
KINDS |= dict.fromkeys(("area_type", "society", "availability"), "text")


def test_a_market_of_format_5_declares_what_its_code_knew() -> None:
    market = market_of_format_5(KEPT)
    assert {**market.fields, "price": "price"} == OLD["fields"]
    assert market.columns == OLD["columns"]
    assert market.aliases == OLD["aliases"]
    assert market.size_fact == ("kind", OLD["kinds"])
    assert set(market.required_facts) == {"locality", "area", "bedrooms", "bathrooms"}
    assert {name: spec.kind for name, spec in market.facts.items()} == KINDS
    assert set(market.grouped_facts) == {"latitude", "longitude"}
    bounds = {name: spec.bounds for name, spec in market.facts.items() if spec.bounds}
    declared = {name: Bounds(**ends) for name, ends in OLD["accepted"].items()}
    assert bounds == {**declared, "balconies": Bounds(0, 20)}
    assert [market.columns[fact][0] for fact in market.published] == [
        *("area_type", "availability", "location", "size", "society", "total_sqft", "bath"),
        *("balcony", "price"),
    ]


def test_inputs_recorded_then_are_read_as_they_were() -> None:
    market = market_of_format_5(KEPT)
    inputs = {"location": "Hebbal", "total_sqft": "1200", "bhk": "2", "bath": "2", "kind": "House"}
    inputs |= {"balcony": "1", "latitude": "12.97", "longitude": "77.75", "society": "Prestige"}
    assert read_home(inputs, market) == read_home(inputs, BANGALORE)


def test_a_home_of_format_5_has_its_facts_where_they_belong() -> None:
    old = {"locality": "Hebbal", "area": 1200.0, "bedrooms": 2, "bathrooms": 2, "kind": "flat"}
    old |= {"area_type": None, "balconies": 1, "latitude": None}
    assert home_of_format_5(old) == Home("Hebbal", 1200.0, 2, 2, {"kind": "flat", "balconies": 1})


def test_what_is_no_market_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="'fields'"):
        market_of_format_5(b'{"name": "bangalore"}')
