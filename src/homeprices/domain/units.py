"""Reads numbers, areas and prices as people write them.

What can be understood in one way alone is read; all else is refused, never guessed.

>>> units = {"": 1.0, "sqft": 1.0, "sqmeter": 10.7639}
>>> read_area("1133 - 1384", units), read_area("34.46Sq. Meter", units)
(1258.5, 371.0)
>>> read_number("1,20,00,000")
12000000.0
"""

import re
from collections.abc import Mapping, Sequence
from math import isclose, isfinite

from homeprices.domain.market import Money
from homeprices.domain.written.text import normalised, plain_value


class Unfit(ValueError):
    """A value that cannot be read or used: `code` and `values` say why, as in `notes.Note`."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


# By what share of it a converted area may be rounded.
ROUNDING = 0.001
_DECIMAL = re.compile(r"[+-]?(\d+(?:\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
# Thousands in groups of three, or in India's groups of two before the last three.
_GROUPED = re.compile(r"([+-]?\d{1,3}(?:(?:,\d{3})+|(?:,\d{2})*,\d{3})(?:\.\d*)?)", re.ASCII)
_NUMBER = r"\d[\d,]*(?:\.\d*)?|\.\d+"
_UNIT = r"[A-Za-z][A-Za-z0-9. -]*?"
# Both ends of a range may have a unit: the same one, or one of the same size.
_AREA = re.compile(
    rf"(?P<low>{_NUMBER})\s*(?:(?P<low_unit>[A-Za-z][A-Za-z2. ]*?)?\s*(?:-|to)\s*"
    rf"(?P<high>{_NUMBER}))?\s*(?P<unit>{_UNIT})?\s*",
    re.ASCII,
)
_WITH_UNIT = re.compile(r"[A-Za-z]2?\.?$")
_LENGTH = rf"({_NUMBER})\s*(ft\.?|feet|m|meters?|metres?|')?"
_PLOT = re.compile(rf"{_LENGTH}\s*[xX*]\s*{_LENGTH}\s*({_UNIT})?\s*", re.ASCII | re.IGNORECASE)
# A dot may end a word, "Rs.73", and not a sign: "₹.73" is a fraction.
_CURRENCY = r"(?:[^\d\s.,+-]*[A-Za-z]\.?|[^\d\s.,+-]+)"
_PRICE = re.compile(
    rf"(?P<sign>{_CURRENCY})?\s*(?P<number>[+-]?(?:{_NUMBER}))\s*(?P<unit>[A-Za-z]++)?\.?"
    r"(?:\s*(?P<currency>[^\d\s.,+/-]+)\.?)?\s*(?:/-)?"
)
# Of what a home costs, the end of a range is less than so many times its start.
_WIDEST_RANGE = 2.0
_SIGN = re.compile(rf"{_CURRENCY}\s*(?=\d)")
# Amounts of ever smaller units: 1 crore 20 lakh. A unit takes all its letters and never gives one
# back: what does not match is then seen at once, however long it is.
_AMOUNT = re.compile(rf"({_NUMBER})\s*([A-Za-z][A-Za-z.]*+)\s*(?:(?:and|&|,)\s*)?")
_AMOUNTS = re.compile(rf"(?:{_AMOUNT.pattern}){{2,}}")


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


def price_in_unit(price: object, unit: str, money: Money) -> object:
    """`price` with the unit that is said apart from it, where it has none of its own.

    A currency stands before it as a sign, and so it does before a number that no home costs in the
    unit: `read_price` says what that counts.

    >>> units = {"cr": 100, "l": 1, "rs": 0.00001}
    >>> money = Money("₹", "rupees", "lakh", 100_000, "crore", 100, units, ["₹", "rs"])
    >>> [price_in_unit(price, "cr", money) for price in ("1.2", "85 L", "85,00,000")]
    ['1.2 cr', '85 L', '₹ 85,00,000']
    >>> price_in_unit("85", "rs", money)
    '₹ 85'
    """
    text = _plain_amount(str(price))
    ends = _range_ends(text) or ()
    if ends and all(_said_unit(end, money) == "" for end in ends):
        return " - ".join(str(price_in_unit(end, unit, money)) for end in ends)
    match = _PRICE.fullmatch(text)
    if match is None or (match["unit"] and not is_currency(_plain_unit(match["unit"]), money)):
        return price
    try:
        number = read_number(match["number"])
    except Unfit:
        return price
    size = None if is_currency(unit, money) else money.units.get(unit)
    if size is None or number * size >= money.units_of_currency:
        return price if match["sign"] else f"{money.signs[0]} {match['number']}"
    return f"{match['number']} {unit}"


def is_currency(unit: str, money: Money) -> bool:
    """True for a unit of price that is the currency itself."""
    return isclose(money.units.get(unit, 0) * money.units_of_currency, 1)


def read_area(value: object, units: Mapping[str, float]) -> float:
    """`value` in the market's unit of area; a range counts as its middle. Raises Unfit.

    `units` maps each unit's name, casefolded and without spaces and dots, to
    its size; "" is a number without a unit, "*" one length times another,
    "ft*ft" feet times feet. An area in another unit is rounded to a whole one of the market's,
    where that changes it by `ROUNDING` at most: nobody lists a home of 1291.67 sqft, and a model
    may go by how exactly an area is told.
    """
    if not isinstance(value, str):
        return read_number(value)
    text = _plain_amount(value)
    if _DECIMAL.fullmatch(text):
        return read_number(text)
    # No number: "(95)" of an accountant is less than nothing.
    unbracketed = text[1:-1] if text[:1] + text[-1:] == "()" else text
    if plot := _PLOT.fullmatch(unbracketed):
        return _plot_area(plot, units)
    if parts := _amounts(text, units):
        return _whole(_sum_of(parts, units))
    match = _AREA.fullmatch(text)
    if match is None:
        return read_number(text)
    low = read_number(match["low"])
    high = read_number(match["high"]) if match["high"] else low
    if high < low:
        raise Unfit("range_reversed")
    unit, low_unit = match["unit"] or "", match["low_unit"]
    if low_unit and _in_units(1.0, low_unit, units) != _in_units(1.0, unit, units):
        raise Unfit("unknown_unit", unit=low_unit)
    return _area((low + high) / 2, unit, units)


def _plain_amount(text: str) -> str:
    """A text without what says that it is roughly so: "~95"."""
    return normalised(text).lstrip("~≈ ")


def _plot_area(plot: re.Match[str], units: Mapping[str, float]) -> float:
    """One length times another; a unit behind both says no more than what a plot is told in."""
    width, width_unit, depth, depth_unit, unit = plot.groups(default="")
    lengths = f"{width_unit}*{depth_unit}"
    if unit and (lengths != "*" or _in_units(1.0, unit, units) != _in_units(1.0, "*", units)):
        raise Unfit("unknown_unit", unit=unit)
    return _area(read_number(width) * read_number(depth), lengths, units)


def _amounts(text: str, units: Mapping[str, float]) -> list[tuple[str, str]]:
    """The numbers and units of several amounts behind each other; none where it is not that."""
    parts = _AMOUNT.findall(text) if _AMOUNTS.fullmatch(text) else []
    return parts if all(_plain_unit(unit) in units for _, unit in parts) else []


def _sum_of(parts: Sequence[tuple[str, str]], units: Mapping[str, float]) -> float:
    """1 crore 20 lakh: whole numbers but for the last, each less than one of the unit before."""
    amounts = [_in_units(read_number(number), unit, units) for number, unit in parts]
    sizes = [_in_units(1.0, unit, units) for _, unit in parts]
    are_whole = all("." not in number for number, _ in parts[:-1])
    if not are_whole or any(a >= size for a, size in zip(amounts[1:], sizes, strict=False)):
        raise Unfit("not_a_number")
    return sum(amounts)


def _area(number: float, written: str, units: Mapping[str, float]) -> float:
    area = _in_units(number, written, units)
    return area if area == number else _whole(area)


def _whole(area: float) -> float:
    """`area` as a whole number, unless it is so small that this changes it."""
    whole = float(round(area))
    return whole if abs(whole - area) <= ROUNDING * area else area


def _in_units(number: float, written: str, units: Mapping[str, float]) -> float:
    unit = _plain_unit(written)
    if unit not in units:
        raise Unfit("unknown_unit", unit=written)
    return number * units[unit]


def _plain_unit(written: str) -> str:
    return re.sub(r"[. -]", "", written).casefold()


def read_listed_price(value: object, money: Money) -> float:
    """`value` as `read_price` has it; a range, as sellers ask, counts as its middle. Raises Unfit.

    A unit behind a range, "80-90 L", is that of both its ends.
    """
    ends = _range_ends(_plain_amount(value)) if isinstance(value, str) else None
    if ends is None:
        return read_price(value, money)
    low, high = (read_price(end, money) for end in _in_one_unit(*ends, money))
    if high < low:
        raise Unfit("range_reversed")
    if high > _WIDEST_RANGE * low:
        raise Unfit("not_a_number")
    return (low + high) / 2


def _range_ends(text: str) -> tuple[str, str] | None:
    """The two prices of "80-90 L"; None of a text that is no range."""
    low, dash, high = text.replace(" to ", "-").partition("-")
    is_range = dash and all(any(map(str.isdigit, end)) for end in (low, high))
    return (low.strip(), high.strip()) if is_range and not _DECIMAL.fullmatch(text) else None


def _in_one_unit(low: str, high: str, money: Money) -> tuple[str, str]:
    """The ends of a range, the lower with the unit of the upper where it has none of its own."""
    units = _said_unit(low, money), _said_unit(high, money)
    if units[0] and units[1] == "":
        raise Unfit("not_a_number")
    return f"{low} {units[1]}" if units[0] == "" and units[1] else low, high


def _said_unit(text: str, money: Money) -> str | None:
    """The unit behind one price, "" where there is none but the currency; None of no one price."""
    match = _PRICE.fullmatch(text)
    if match is None:
        return None
    unit = match["unit"] or ""
    return "" if is_currency(_plain_unit(unit), money) else unit


def read_price(value: object, money: Money) -> float:
    """`value` in the market's unit of price; raises Unfit.

    A unit may stand behind it, or several in turn, and a sign of the currency before or behind.
    A number that no home costs in the market's units, 62,00,000, counts the currency. One with the
    sign of the currency counts the market's units where no home costs so little; between them,
    "Rs 5,000", it is unfit.
    """
    text = _plain_amount(value) if isinstance(value, str) else ""
    sign_before = _SIGN.match(text)
    unsigned = text.removeprefix(sign_before[0]) if sign_before else text
    if parts := _amounts(unsigned, money.units):
        _require_currency(sign_before and sign_before[0].strip(), money)
        return _sum_of(parts, money.units)
    match = _PRICE.fullmatch(text)
    sign, unit, currency = match.group("sign", "unit", "currency") if match else (None, None, None)
    number = read_number(match["number"] if match else value)
    _require_currency(sign, money)
    _require_currency(currency, money)
    if unit and not is_currency(_plain_unit(unit), money):
        return _in_units(number, unit, money.units)
    sign = sign or unit
    if number >= money.units_of_currency:
        return number / money.units_of_currency
    if sign and number >= money.units_of_currency / 100:
        raise Unfit("unclear_price", unit=money.price_unit)
    return number


def _require_currency(word: str | None, money: Money) -> None:
    """Raise Unfit for a word beside a price that is not the market's currency."""
    plain = (word or "").casefold().rstrip(".:")
    if plain and plain not in money.signs and not is_currency(plain, money):
        raise Unfit("not_a_number")


def counted(number: int, noun: str) -> str:
    """So many of what `noun` is one of.

    >>> counted(1, "request"), counted(1200, "request")
    ('1 request', '1,200 requests')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
