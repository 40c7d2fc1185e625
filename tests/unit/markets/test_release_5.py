"""What models of format 5 keep of a market and of homes is read as today's."""

import msgspec
import pytest

from homeprices import markets
from homeprices.domain.listing import Home
from homeprices.domain.requests.home_request import read_home
from homeprices.markets.release_5 import home_of_format_5, market_of_format_5

BANGALORE = markets.load("bangalore")
OLD = msgspec.to_builtins(BANGALORE) | {
    "accepted": {
        name: {"least": spec.accepted.least, "most": spec.accepted.most}
        for name, spec in BANGALORE.facts.items()
        if spec.bounds is not None and name != "balconies"
    },
    "fields": {**BANGALORE.fields, "price": "price"},
    "columns": dict(BANGALORE.columns),
    "kinds": {"bhk": "flat", "rk": "flat", "bedroom": "house"},
}
for added in ("area_words", "language", "facts", "price_columns", "published"):
    OLD.pop(added, None)


def test_a_market_of_format_5_declares_what_its_code_knew() -> None:
    market = market_of_format_5(msgspec.json.encode(OLD))
    for same in ("fields", "columns", "published", "size_fact", "required_facts", "aliases"):
        assert getattr(market, same) == getattr(BANGALORE, same)
    for name, spec in BANGALORE.facts.items():
        read = market.facts[name]
        assert (read.kind, read.bounds, read.group) == (spec.kind, spec.bounds, spec.group)


def test_inputs_recorded_then_are_read_as_they_were() -> None:
    market = market_of_format_5(msgspec.json.encode(OLD))
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
