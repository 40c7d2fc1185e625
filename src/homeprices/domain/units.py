"""Reads numbers, areas and prices as people write them.

What can be understood in one way alone is read; all else is refused, never guessed.

>>> units = {"": 1.0, "sqft": 1.0, "sqmeter": 10.7639}
>>> read_area("1133 - 1384", units), read_area("34.46Sq. Meter", units)
(1258.5, 371.0)
>>> read_number("1,20,00,000")
12000000.0
"""

import re
from collections.abc import Mapping
from math import isfinite

from homeprices.domain.market import Money
from homeprices.domain.written.text import normalised, plain_value


class Unfit(ValueError):
    """A value that cannot be read or used: `code` and `values` say why, as in `notes.Note`."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
# Thousands in groups of three, or in India's groups of two before the last three.
_GROUPED = re.compile(r"([+-]?\d{1,3}(?:(?:,\d{3})+|(?:,\d{2})*,\d{3})(?:\.\d*)?)", re.ASCII)
_NUMBER = r"\d[\d,]*(?:\.\d*)?|\.\d+"
_UNIT = r"[A-Za-z][A-Za-z0-9. -]*?"
_AREA = re.compile(
    rf"(?P<low>{_NUMBER})\s*(?:(?:-|to)\s*(?P<high>{_NUMBER}))?\s*(?P<unit>{_UNIT})?\s*", re.ASCII
)
_WITH_UNIT = re.compile(r"[A-Za-z]2?\.?$")
_LENGTH = rf"({_NUMBER})\s*(ft\.?|feet|m|meters?|metres?|')?"
_PLOT = re.compile(rf"{_LENGTH}\s*[xX*]\s*{_LENGTH}\s*", re.ASCII | re.IGNORECASE)
_PRICE = re.compile(
    rf"(?P<sign>[^\d\s.,+-]+\.?)?\s*(?P<number>[+-]?(?:{_NUMBER}))\s*(?P<unit>[A-Za-z]+)?\.?(?:/-)?"
)


def read_number(value: object) -> float:
    """`value`, a number or its text, as a finite float; raises Unfit.

    Commas stand between groups of digits, Western or Indian, and nowhere else.
    """
    if isinstance(value, str):
        text = value.strip()
        if "," in text and _GROUPED.fullmatch(text):
            text = text.replace(",", "")
        if not _DECIMAL.fullmatch(text):
            raise Unfit("not_a_number")
        value = text
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise Unfit("not_a_number")
    try:
        number = float(value)
    except OverflowError:
        raise Unfit("not_finite") from None
    if not isfinite(number):
        raise Unfit("not_finite")
    return number


def area_in_unit(area: object, unit: object) -> object:
    """`area` with the unit that is said apart from it behind it, where it has none and both are.

    >>> area_in_unit(133, "sq. yards"), area_in_unit("100 m²", "sq. yards"), area_in_unit("?", "m2")
    ('133 sq. yards', '100 m2', '')
    """
    number, said = plain_value(area), plain_value(unit)
    is_bare = isinstance(number, int | float) or (
        isinstance(number, str) and number and not _WITH_UNIT.search(number)
    )
    return number if said in (None, "") or not is_bare else f"{number} {said}"


def read_area(value: object, units: Mapping[str, float]) -> float:
    """`value` in the market's unit of area; a range counts as its middle. Raises Unfit.

    `units` maps each unit's name, casefolded and without spaces and dots, to
    its size; "" is a number without a unit, "*" one length times another,
    "ft*ft" feet times feet. An area in another unit is rounded to a whole one of the market's:
    nobody lists a home of 1291.67 sqft, and a model may go by how exactly an area is told.
    """
    if not isinstance(value, str):
        return read_number(value)
    text = normalised(value)
    if _DECIMAL.fullmatch(text):
        return read_number(text)
    if plot := _PLOT.fullmatch(text):
        width, width_unit, depth, depth_unit = plot.groups(default="")
        return _area(read_number(width) * read_number(depth), f"{width_unit}*{depth_unit}", units)
    match = _AREA.fullmatch(text)
    if match is None:
        return read_number(text)
    low = read_number(match["low"])
    high = read_number(match["high"]) if match["high"] else low
    if high < low:
        raise Unfit("range_reversed")
    return _area((low + high) / 2, match["unit"] or "", units)


def _area(number: float, written: str, units: Mapping[str, float]) -> float:
    area = _in_units(number, written, units)
    return area if area == number else float(round(area))


def _in_units(number: float, written: str, units: Mapping[str, float]) -> float:
    unit = re.sub(r"[. -]", "", written).casefold()
    if unit not in units:
        raise Unfit("unknown_unit", unit=written)
    return number * units[unit]


def read_price(value: object, money: Money) -> float:
    """`value` in the market's unit of price; raises Unfit.

    A unit may stand behind it, and a sign of the currency before.
    A number that no home costs in the market's units, 62,00,000, counts the currency. One with the
    sign of the currency counts the market's units where no home costs so little; between them,
    "Rs 5,000", it is unfit.
    """
    text = normalised(value) if isinstance(value, str) else ""
    match = _PRICE.fullmatch(text)
    sign, unit = (match["sign"], match["unit"]) if match else (None, None)
    number = read_number(match["number"] if match and (sign or unit) else value)
    if sign and sign.casefold().rstrip(".") not in money.signs:
        raise Unfit("not_a_number")
    if unit:
        return _in_units(number, unit, money.units)
    if number >= money.units_of_currency:
        return number / money.units_of_currency
    if sign and number >= money.units_of_currency / 100:
        raise Unfit("unclear_price", unit=money.price_unit)
    return number


def counted(number: int, noun: str) -> str:
    """So many of what `noun` is one of.

    >>> counted(1, "request"), counted(1200, "request")
    ('1 request', '1,200 requests')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
