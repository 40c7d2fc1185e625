import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeprices import markets
from homeprices.datasets.clean import (
    RejectReason,
    clean,
    read_listings,
    read_published,
    rejections_csv,
    to_csv,
)
from homeprices.datasets.read import read
from homeprices.domain.errors import Corrupt
from homeprices.domain.listing import Home, Listing

MARKET = markets.load("bangalore")
HEADER = "location,size,total_sqft,bath,price"


def cleaned(*rows: str):
    return clean(read("\n".join([HEADER, *rows]).encode(), MARKET), MARKET)


@pytest.mark.parametrize(
    ("written", "area"),
    [
        ("1200", 1200),
        ("1133 - 1384", 1258.5),
        ("34.46Sq. Meter", 371),
        ("1100Sq. Yards", 9900),
        ("2Acres", 87120),
        ("1500Cents", 653400),
        ("24Guntha", 26136),
        ("1Grounds", 2400),
        ("4125Perch", 1_123_031),
    ],
)
def test_every_unit_and_range_is_read_and_no_area_is_refused_for_its_size(
    written: str, area: float
) -> None:
    (listing,) = cleaned(f"Hebbal,2 BHK,{written},2,60").listings
    assert listing.home.area == pytest.approx(area, abs=0.001)


@pytest.mark.parametrize(
    ("size", "bedrooms", "kind"),
    [
        ("2 BHK", 2, "flat"),
        ("4 Bedroom", 4, "house"),
        ("5 bedrooms", 5, "house"),
        ("1 RK", 1, "flat"),
        ("3", 3, None),
    ],
)
def test_sizes_tell_bedrooms_and_kind(size: str, bedrooms: int, kind: str | None) -> None:
    (listing,) = cleaned(f"Hebbal,{size},1200,2,60").listings
    assert (listing.home.bedrooms, listing.home.text_fact("kind")) == (bedrooms, kind)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",2 BHK,1200,2,60", RejectReason.LOCALITY_MISSING),
        ("Hebbal,,1200,2,60", RejectReason.BEDROOMS_UNREADABLE),
        ("Hebbal,2 castles,1200,2,60", RejectReason.BEDROOMS_UNREADABLE),
        ("Hebbal,43 Bedroom,1200,2,60", RejectReason.BEDROOMS_OUT_OF_RANGE),
        ("Hebbal,2 BHK,1133 -,2,60", RejectReason.AREA_UNREADABLE),
        ("Hebbal,2 BHK,-1000,2,60", RejectReason.AREA_UNREADABLE),
        ("Hebbal,2 BHK,nan,2,60", RejectReason.AREA_UNREADABLE),
        ("Hebbal,2 BHK,1200,,60", RejectReason.BATHROOMS_UNREADABLE),
        ("Hebbal,2 BHK,1200,2.5,60", RejectReason.BATHROOMS_UNREADABLE),
        ("Hebbal,2 BHK,1200,40,60", RejectReason.BATHROOMS_OUT_OF_RANGE),
        ("Hebbal,2 BHK,1200,2,", RejectReason.PRICE_UNREADABLE),
        ("Hebbal,2 BHK,1200,2,-3", RejectReason.PRICE_UNREADABLE),
    ],
)
def test_a_row_that_cannot_be_used_is_kept_with_its_reason(row: str, reason: RejectReason) -> None:
    (rejection,) = cleaned(row).rejections
    assert (rejection.reason, rejection.row.line) == (reason, 2)


def test_the_same_row_again_is_a_duplicate_however_its_numbers_are_written() -> None:
    result = cleaned("Hebbal,2 BHK,1200,2,60", "Hebbal,2 BHK,1200.0,2,60.00")
    assert [r.reason for r in result.rejections] == [RejectReason.DUPLICATE]


def test_no_price_is_too_high_or_too_low_to_stay() -> None:
    result = cleaned("Hebbal,2 BHK,1200,2,0.01", "Hebbal,2 BHK,1200,2,99999")
    assert len(result.listings) == 2


def test_rejected_rows_are_written_with_line_reason_and_the_original_fields() -> None:
    result = cleaned("Hebbal,2 BHK,34 apples,2,60")
    assert rejections_csv(HEADER.split(","), result.rejections).decode().splitlines() == [
        f"line,reason,{HEADER}",
        "2,area_unreadable,Hebbal,2 BHK,34 apples,2,60",
    ]


def test_a_rejected_row_is_no_formula_to_whom_it_is_sent() -> None:
    result = cleaned('"=HYPERLINK(""http://x"")",2 BHK,34 apples,2,-60')
    written = rejections_csv(["=1+1", *HEADER.split(",")[1:]], result.rejections).decode()
    header, row = csv.reader(written.splitlines())
    assert header[2] == "'=1+1"
    assert row[2:] == ['\'=HYPERLINK("http://x")', "2 BHK", "34 apples", "2", "-60"]


def test_a_published_file_read_again_is_the_same_file(listings_file: Path) -> None:
    listings = read_listings(listings_file.read_bytes(), MARKET)
    table = to_csv(listings, MARKET)
    assert read_published(table, MARKET) == listings
    assert clean(read(table, MARKET), MARKET).rejections == ()


@given(
    area=st.floats(0.01, 1e7),
    price=st.floats(0.01, 1e6),
    society=st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=20),
)
def test_any_listing_survives_the_canonical_file(area: float, price: float, society: str) -> None:
    name = " ".join(society.split()) or None
    home = Home("Hebbal", round(area, 4), 2, 2, {"kind": "flat"}).with_facts(society=name)
    listing = Listing(home, round(price, 4))
    assert read_published(to_csv([listing], MARKET), MARKET) == (listing,)


# As release 0.4 published them: words that are nothing in a new file, and signs that nobody sees.
PUBLISHED = (
    "area_type,availability,location,size,society,total_sqft,bath,balcony,price\n"
    ",,Hebbal,2 bhk,,1200,2,,60\n,,Hebbal,2 bhk,NA,1200,2,,60\n"
    ",,Unknown,2 bhk,,1200,2,,60\n,,Hebbal,2 bhk,So\u200bbha,900.5,2,,6200000\n"
)


def test_a_file_of_an_earlier_release_has_the_listings_that_it_had() -> None:
    listings = read_published(PUBLISHED.encode(), MARKET)
    assert [listing.home.locality for listing in listings] == [
        "Hebbal",
        "Hebbal",
        "Unknown",
        "Hebbal",
    ]
    assert [listing.home.text_fact("society") for listing in listings] == [
        None,
        "NA",
        None,
        "So\u200bbha",
    ]
    assert listings[-1].price == 6_200_000
    assert to_csv(listings, MARKET).decode() == PUBLISHED


def test_a_published_file_with_a_row_that_is_none_is_corrupt() -> None:
    with pytest.raises(Corrupt, match="line 3 of a published file is no listing"):
        read_published(PUBLISHED.replace(",NA,1200", ",NA,x").encode(), MARKET)
