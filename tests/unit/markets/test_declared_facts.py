"""A fact that a market declares is read, asked for, described and kept; no code knows it."""

from pathlib import Path

import msgspec
import pytest
from fastapi import FastAPI

from homeprices import markets
from homeprices.datasets.clean import Cleaned, RejectReason, clean, read_listings, to_csv
from homeprices.datasets.columns import columns_of
from homeprices.datasets.read import read
from homeprices.domain.errors import BadInput
from homeprices.domain.listing import Facts, Home
from homeprices.domain.market import Market
from homeprices.domain.requests.home_request import read_home
from homeprices.serving.documentation.document import Documents
from homeprices.wording.speech import Speech
from support.service import Service
from support.town import BANGALORE, TOWN

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


def test_a_column_may_be_called_as_the_field_of_a_form(town: Market) -> None:
    columns = columns_of(["location", "bhk", "total_sqft", "bath", "half_bath", "sold_on"], town)
    assert (columns["half_baths"], columns["sold_on"]) == (4, 5)


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


def test_the_api_describes_them(town: Market, tmp_path: Path) -> None:
    service = Service(tmp_path, market=town)
    document = Documents(service.dependencies).document(FastAPI())
    home = document["components"]["schemas"]["Home"]
    properties = home["properties"]
    assert properties["half_bath"] == {
        "title": "Half baths",
        "type": "integer",
        "minimum": 0,
        "maximum": 4,
        "description": "Number of half baths, 0 to 4.",
    }
    assert properties["bath"]["multipleOf"] == 0.5
    assert properties["sold_on"]["type"] == ["string", "null"]
    assert properties["sold_on"]["format"] == "date"
    assert properties["facing"]["enum"] == ["north", "north east", None]
    assert "half_bath" in home["required"]


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
        ('[facts.society]\nkind = "text"', '[facts.society]\nkind = "choice"', "needs values"),
        ("[facts.locality]", "[facts.place]", "declares no fact locality"),
        ('"price",\n]', '"price", "garage"]', "declares no fact garage"),
    ],
)
def test_a_market_file_that_cannot_work_says_why(before: str, after: str, why: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=why):
        markets.parse(BANGALORE.replace(before, after).encode())
