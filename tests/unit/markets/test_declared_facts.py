"""A fact that a market declares is read, asked for, described and kept; no code knows it."""

from importlib import resources

import msgspec
import pytest
from fastapi import FastAPI

from homeprices import markets
from homeprices.datasets.clean import Cleaned, RejectReason, clean, read_listings, to_csv
from homeprices.datasets.read import read
from homeprices.domain.errors import BadInput
from homeprices.domain.listing import Facts, Home
from homeprices.domain.market import Market
from homeprices.domain.requests.home_request import read_home
from homeprices.serving.openapi import described
from homeprices.wording.speech import Speech

BANGALORE = resources.files(markets).joinpath("bangalore.toml").read_text(encoding="utf-8")
MORE = """
[facts.half_baths]
kind = "whole"
field = "half_bath"
columns = ["half_baths", "HalfBath"]
title = "Half baths"
words = "number of half baths"
required = true
bounds = { least = 0, most = 4 }

[facts.sold_on]
kind = "date"
field = "sold_on"
columns = ["date_of_sale", "sold_on"]
title = "Sold on"
words = "date of sale"

[facts.gated]
kind = "flag"
field = "gated"
columns = ["gated"]
title = "Gated"
words = "gated community"

[facts.facing]
kind = "choice"
field = "facing"
columns = ["facing"]
title = "Facing"
words = "direction it faces"
values = { north = ["n"], "north east" = ["ne", "north-east"] }
"""
TOWN = (
    BANGALORE.replace(
        '"price",\n]',
        '"price", "half_baths", "latitude", "longitude", "sold_on", "gated",\n"facing"]',
    ).replace('[facts.bathrooms]\nkind = "whole"', '[facts.bathrooms]\nkind = "number"\nstep = 0.5')
    + MORE
)
ROW = "Whitefield,2 BHK,1200,2.5,64,1,12.97,77.75,2026-03-31,Yes,North-East"
FILE = (
    "location,size,total_sqft,bath,price,HalfBath,lat,lng,date_of_sale,gated,facing\n"
    f"{ROW}\nHebbal,3 BHK,1500,2,80,2,,,soon,maybe,up\nHebbal,3 BHK,1510,2.3,80,0,,,,,\n"
    "Hebbal,3 BHK,1500,2,80,,,,,,\n"
).encode()
FACTS = {
    "kind": "flat",
    "half_baths": 1,
    "latitude": 12.97,
    "longitude": 77.75,
    "sold_on": "2026-03-31",
    "gated": True,
    "facing": "north east",
}


@pytest.fixture(scope="module")
def town() -> Market:
    return markets.parse(TOWN.encode())


@pytest.fixture(scope="module")
def cleaned(town: Market) -> Cleaned:
    return clean(read(FILE, town), town)


def test_a_listing_file_gives_every_declared_fact(cleaned: Cleaned) -> None:
    assert cleaned.listings[0].home == Home("Whitefield", 1200.0, 2, 2.5, FACTS)


def test_what_cannot_be_read_of_an_optional_fact_counts_as_not_provided(cleaned: Cleaned) -> None:
    assert cleaned.listings[1].home.facts == {"kind": "flat", "half_baths": 2}


def test_a_row_without_a_required_fact_is_rejected_for_that(cleaned: Cleaned) -> None:
    assert [rejection.reason for rejection in cleaned.rejections] == [
        RejectReason.BATHROOMS_UNREADABLE,
        RejectReason.FACT_UNREADABLE,
    ]


def test_the_dataset_keeps_them(cleaned: Cleaned, town: Market) -> None:
    kept = to_csv(cleaned.listings, town)
    assert kept.startswith(b"area_type,") and b"half_baths,latitude,longitude,date_of_sale" in kept
    assert read_listings(kept, town) == cleaned.listings
    assert to_csv(read_listings(kept, town), town) == kept


def test_a_form_is_asked_for_them(town: Market) -> None:
    asked = {"total_sqft": 1200, "location": "Whitefield", "bhk": 2, "bath": "2.5", "kind": "flat"}
    told = {"half_bath": "1", "latitude": 12.97, "longitude": 77.75, "sold_on": "2026-03-31"}
    home = read_home({**asked, **told, "gated": "yes", "facing": "NE"}, town)
    assert home == Home("Whitefield", 1200.0, 2, 2.5, FACTS)
    with pytest.raises(BadInput) as refused:
        read_home({**asked, "bath": 2.3, "sold_on": "soon", "gated": "so", "facing": "up"}, town)
    assert {problem.field: Speech(town).problem(problem) for problem in refused.value.problems} == {
        "bath": "must be 1 to 20 in Bengaluru; got 2.3, which is no multiple of 0.5",
        "half_bath": "is missing: must be 0 to 4 in Bengaluru",
        "sold_on": "must be a day, as in 2026-03-31, or left out; got soon",
        "gated": "must be yes or no, or left out; got so",
        "facing": "must be north or north east, or left out; got up",
    }


def test_the_api_describes_them(town: Market) -> None:
    paths = described(FastAPI(), town, is_key_required=False)()["paths"]
    form = paths["/api/predict_home_price"]["post"]["requestBody"]["content"]["application/json"]
    properties = form["schema"]["properties"]
    assert properties["half_bath"] == {
        "title": "Half baths",
        "type": "integer",
        "minimum": 0,
        "maximum": 4,
    }
    assert properties["bath"]["multipleOf"] == 0.5
    assert properties["sold_on"] == {"title": "Sold on", "type": "string", "format": "date"}
    assert properties["facing"]["enum"] == ["north", "north east"]
    assert "half_bath" in form["schema"]["required"]


def test_the_facts_of_a_home_never_change() -> None:
    facts = Facts({"balconies": 1})
    for change in (
        lambda: facts.update(balconies=2),
        lambda: facts.pop("balconies"),
        lambda: facts.__setitem__("balconies", 2),
        facts.clear,
    ):
        with pytest.raises(TypeError, match="with_facts"):
            change()
    assert facts == {"balconies": 1}
    assert len({Home("Hebbal", 1200.0, 2, 2, facts), Home("Hebbal", 1200.0, 2, 2, facts)}) == 1


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("bounds = { least = 0, most = 20 }", "", "needs bounds"),
        ("values = { flat = [], house = [] }", "", "needs values"),
        ("[facts.locality]", "[facts.place]", "declares no fact locality"),
        ('"price",\n]', '"price", "garage"]', "declares no fact garage"),
    ],
)
def test_a_market_file_that_cannot_work_says_why(before: str, after: str, why: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=why):
        markets.parse(BANGALORE.replace(before, after).encode())
