"""Areas and numbers as people write them."""

from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeprices import markets
from homeprices.domain.units import Unfit, read_area, read_number

UNITS = markets.load("bangalore").area_units


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
        ("8.5m x 11m", 1006),
        ("0.05 acres", 2178),
        ("100 - 111 sqm", 1136),
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
