"""Areas and numbers as people write them."""

from contextlib import suppress
from math import isfinite
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeprices import markets
from homeprices.domain.units import Unfit, price_in_unit, read_area, read_number, read_price

MARKET = markets.load("bangalore")
UNITS, MONEY = MARKET.area_units, MARKET.money


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("1056", 1056),
        ("1,056.5", 1056.5),
        ("1133 - 1384", 1258.5),
        ("1133-1384", 1258.5),
        ("34.46Sq. Meter", 370.9),
        ("188.89Sq. Yards", 1700.0),
        ("2Acres", 87_120),
        ("1.26Acres", 54_885.6),
        ("6Guntha", 6_534),
        ("38Guntha", 41_382),
        ("5.31Acres", 231_303.6),
        ("1Grounds", 2_400),
        ("3Cents", 1_306.8),
        ("24Perch", 6_534),
        ("1500 Sq. Feet", 1500),
        ("  900  ", 900),
        (1056, 1056),
        (34.5, 34.5),
    ],
)
def test_every_unit_of_the_listings_is_read(text: object, area: float) -> None:
    assert read_area(text, UNITS) == pytest.approx(area, rel=1e-3)


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("120 sq m", 1292),
        ("93.7 gaj", 843),
        ("30x40 sqft", 1200),
        ("30 * 40.5 sq. ft.", 1215),
        ("8.5m x 11m", 1006),
        ("0.05 acres", 2178),
        ("100 - 111 sqm", 1136),
        # What so small an area is would be another one.
        ("6.7 sq m", 6.7 * UNITS["sqm"]),
        ("1291.67", 1291.67),
        ("1133 - 1384 sq ft", 1258.5),
        ("30.5 x 41 ft", 1250.5),
    ],
)
def test_an_area_in_another_unit_is_a_whole_one_and_others_keep_their_decimals(
    text: str, area: float
) -> None:
    assert read_area(text, UNITS) == area


NO_AREA = ["abc", "", "1133 -", "- 1384", "1384 - 1133", "12 furlongs", "NaN", "inf", "1e999"]
NO_NUMBER = ["1" * 400, None, True, [], {}, float("nan"), float("inf"), 10**400]


@pytest.mark.parametrize("text", [*NO_AREA, *NO_NUMBER])
def test_what_is_no_area_is_refused(text: object) -> None:
    with pytest.raises(Unfit, match=r"not_a_number|not_finite|unknown_unit|range_reversed"):
        read_area(text, UNITS)


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_number_and_its_text_are_read_alike(number: float) -> None:
    assert read_number(number) == read_number(repr(float(number)))


@given(st.text())
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    try:
        area = read_area(text, UNITS)
    except ValueError:
        return
    assert isfinite(area)


@pytest.mark.parametrize("part", ["1a.", "1 cr and", "1.", "1a", "a1", "1 l ,", "1ft x"])
def test_a_long_text_that_is_no_number_is_seen_at_once(part: str) -> None:
    started = process_time()
    for text in (part * 3000 + "!", "1" + part * 3000 + "1"):
        for read in (lambda text: read_area(text, UNITS), lambda text: read_price(text, MONEY)):
            with suppress(Unfit):
                read(text)
    assert process_time() - started < 1


def test_a_word_of_the_currency_says_the_same_before_a_number_and_behind() -> None:
    for price in ("73", "INR 73", "73 INR", "73 rs.", "73 rupees"):
        assert read_price(price, MONEY) == 73
    assert read_price("73,00,000 rupees", MONEY) == 73
    with pytest.raises(Unfit):
        read_price("5,000 rs", MONEY)
    assert price_in_unit("1.2 INR", "cr", MONEY) == "1.2 cr"
