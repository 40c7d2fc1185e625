"""The range around an estimate, calibrated on residuals of homes the model had not seen.

A residual is divided by the spread expected of such a home; the quantiles of
the quotient, group by group, give a range that holds its promise in each group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from homeprices.valuation.features import BASE_LISTINGS, BEDROOMS

COVERAGE = 0.8
UNUSUAL_FACTOR = 1.5
_FEWEST = 150
_LOG1P_OF_TEN = 2.39
_LEAST_WIDTH = 0.02
_WIDE_AMONG_KNOWN = 0.9
_EVERYTHING = "every home"
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ranges:
    """Quantiles of residual by spread for each group.

    `unknown` are the least log distances down and up where the locality is unknown.
    """

    groups: dict[str, tuple[float, float]]
    unknown: tuple[float, float]

    def around(self, values: Sequence[float], spread: float, widen: float) -> tuple[float, float]:
        """Log distances down (negative) and up of the range, for a home with these features."""
        group = group_of(values)
        low, high = self.groups.get(group, self.groups[_EVERYTHING])
        down, up = low * spread * widen, high * spread * widen
        if group.startswith("unseen"):
            down, up = min(down, self.unknown[0]), max(up, self.unknown[1])
        return min(down, -_LEAST_WIDTH), max(up, _LEAST_WIDTH)


def group_of(values: Sequence[float]) -> str:
    """The group whose quantiles a home takes: listings in its locality, and its bedrooms.

    `values` are its features; the counts in them are log1p.
    """
    listings = values[BASE_LISTINGS]
    tier = "unseen" if listings == 0 else "few" if listings < _LOG1P_OF_TEN else "many"
    bedrooms = values[BEDROOMS]
    return f"{tier}, {'one' if bedrooms < 2 else 'some' if bedrooms < 4 else 'many'} bedrooms"


def fit_ranges(features: Floats, residual: Floats, spread: Floats) -> Ranges:
    """Ranges from out-of-fold residuals (log actual minus log estimate) and their spreads."""
    quotient = residual / spread
    names = np.array([group_of(row) for row in features.tolist()])
    groups = {_EVERYTHING: _quantiles(quotient)}
    for name in np.unique(names).tolist():
        members = quotient[names == name]
        if len(members) >= _FEWEST:
            groups[name] = _quantiles(members)
    known = ~np.char.startswith(names, "unseen")
    low, high = np.array([groups.get(n, groups[_EVERYTHING]) for n in names[known]]).T
    wide = float(np.quantile((high - low) * spread[known], _WIDE_AMONG_KNOWN))
    down, up = _quantiles(residual[~known]) if (~known).sum() >= _FEWEST else (-1.0, 1.0)
    stretch = wide / (up - down)
    return Ranges(groups, (down * stretch, up * stretch))


def _quantiles(values: Floats) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    return float(low), float(high)
