"""Reads numbers and areas as people write them.

>>> units = {"": 1.0, "sqft": 1.0, "sqmeter": 10.7639}
>>> read_area("1133 - 1384", units), round(read_area("34.46Sq. Meter", units))
(1258.5, 371)
"""

import re
from collections.abc import Mapping
from math import isfinite


class Unfit(ValueError):
    """A value that cannot be read or used: `code` and `values` say why, as in `notes.Note`."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_NUMBER = r"\d+(?:,\d+)*(?:\.\d+)?|\.\d+"
_AREA = re.compile(
    rf"(?P<low>{_NUMBER})(?:\s*(?:-|–|to)\s*(?P<high>{_NUMBER}))?\s*(?P<unit>[A-Za-z][A-Za-z. ]*)?"
)


def read_number(value: object) -> float:
    """`value`, a number or its text, as a finite float; raises Unfit."""
    if isinstance(value, str):
        text = value.strip().replace(",", "")
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


def read_area(value: object, units: Mapping[str, float]) -> float:
    """`value` in the market's unit of area; a range counts as its middle. Raises Unfit.

    `units` maps each unit's name, casefolded and without spaces and dots, to
    its size; "" is a number without a unit.
    """
    if not isinstance(value, str):
        return read_number(value)
    match = _AREA.fullmatch(value.strip())
    if match is None:
        return read_number(value)
    low = read_number(match["low"])
    high = read_number(match["high"]) if match["high"] else low
    if high < low:
        raise Unfit("range_reversed")
    unit = re.sub(r"[. ]", "", match["unit"] or "").casefold()
    if unit not in units:
        raise Unfit("unknown_unit", unit=match["unit"])
    return (low + high) / 2 * units[unit]


def counted(number: int, noun: str) -> str:
    """So many of what `noun` is one of.

    >>> counted(1, "request"), counted(1200, "request")
    ('1 request', '1,200 requests')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
