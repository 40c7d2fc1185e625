"""The range around an estimate, as services make it from a few numbers.

A residual is divided by the spread expected of such a home; two quantiles of the
quotient, each a sum over the groups that a home belongs to, give the range.
`calibrate` learns them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import log1p

from homeprices.valuation.features import BASE_LISTINGS, BEDROOMS

# What a range promises unless it was asked otherwise: eight homes of ten inside.
COVERAGE = 0.8
LEAST_COVERAGE, MOST_COVERAGE = 0.5, 0.99
UNUSUAL_FACTOR = 1.5
PRICE_GROUPS = 10
HOUSE_EDGES = (0.05, 0.2, 0.5, 0.85)
# Every home, dearer price groups, bedrooms, listings in the locality, likely a house.
GROUPS = 1 + (PRICE_GROUPS - 1) + 4 + 3 + len(HOUSE_EDGES)
_BEDROOMS = 1 + PRICE_GROUPS - 1
_LISTINGS = _BEDROOMS + 4
_HOUSE = _LISTINGS + 3
_FEW, _MANY = log1p(9.5), log1p(49.5)
_LEAST_WIDTH = 0.02


@dataclass(frozen=True, slots=True)
class Ranges:
    """Quantiles of residual by spread: a coefficient for each of `GROUPS`, down and up.

    `edges` part the log prices into groups of one size; `unknown` are the least log
    distances down and up where the locality is unknown. `width` is the median width of the
    range by its price, over all listings, each by models that had not seen it. `coverage` is
    the share of homes that is promised to fall inside.
    """

    low: list[float]
    high: list[float]
    edges: list[float]
    unknown: tuple[float, float]
    width: float
    coverage: float = COVERAGE

    def around(self, member: Sequence[int], spread: float, widen: float) -> tuple[float, float]:
        """Log distances down (negative) and up of the range, for a home of these groups."""
        low, high = self.low, self.high
        down = sum([low[i] for i in member]) * spread * widen
        up = sum([high[i] for i in member]) * spread * widen
        if _LISTINGS in member:
            down, up = min(down, self.unknown[0]), max(up, self.unknown[1])
        return min(down, -_LEAST_WIDTH), max(up, _LEAST_WIDTH)


def groups_of(
    values: Sequence[float], house: float, log_price: float, edges: Sequence[float]
) -> list[int]:
    """The groups that a home belongs to; `values` are its features, the counts in them log1p."""
    member = [0]
    if price := bisect_right(edges, log_price):
        member.append(price)
    bedrooms, listings = values[BEDROOMS], values[BASE_LISTINGS]
    if bedrooms != 2:
        member.append(_BEDROOMS + (0 if bedrooms < 2 else min(int(bedrooms), 5) - 2))
    if listings < _FEW:
        member.append(_LISTINGS if listings == 0 else _LISTINGS + 1)
    elif listings >= _MANY:
        member.append(_LISTINGS + 2)
    member += [_HOUSE + i for i, edge in enumerate(HOUSE_EDGES) if house > edge]
    return member


def is_unseen(member: Sequence[int]) -> bool:
    """True for homes in a locality without listings."""
    return _LISTINGS in member
