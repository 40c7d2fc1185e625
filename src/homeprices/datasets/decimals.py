"""Which sign stands before the decimals of a file's numbers: a point, or a comma.

It is decided for the whole file, by the numbers that can be read in one way alone: "62.5" has a
point, "62,5" and "1.250,75" a comma; "1,250" is taken for thousands. A file with both has points:
what has a comma in it is then no number, and no other number becomes a thousand times as much.
"""

import re
from collections.abc import Iterable

POINT, COMMA = ".", ","
# Of the cells of numbers, fewer with the one sign or the other are slips of the pen.
LEAST_SHARE = 0.005
_TOKEN = re.compile(r"\d[\d.,]*", re.ASCII)
_COMMA = re.compile(r"\d+,(\d{1,2}|\d{4,})|\d{1,3}(\.\d{3})+,\d*", re.ASCII)
# A point before decimals, or commas between groups as thousands have them, India's too.
_NO_COMMA = re.compile(r"\d+\.(\d{1,2}|\d{4,})|\d{1,3}(,\d{2,3})*,\d{3}(\.\d*)?", re.ASCII)
_THOUSANDS = re.compile(r"\d{1,3}(\.\d{3})+", re.ASCII)


def decimal_sign(cells: Iterable[str]) -> str:
    """The sign that the cells of numbers show; a point where none or too few show a comma."""
    count = commas = others = 0
    for cell in cells:
        count += 1
        for token in _TOKEN.findall(cell) if "," in cell or "." in cell else ():
            commas += _COMMA.fullmatch(token) is not None
            others += _NO_COMMA.fullmatch(token) is not None
    least = max(1.0, LEAST_SHARE * count)
    return COMMA if commas >= least > others else POINT


def with_points(cell: str) -> str:
    """A cell of a file whose sign is a comma, as one whose sign is a point."""
    return _TOKEN.sub(lambda token: _pointed(token[0]), cell)


def _pointed(token: str) -> str:
    if "," in token or _THOUSANDS.fullmatch(token):
        return token.replace(".", "").replace(",", ".")
    return token
