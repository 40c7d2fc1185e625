"""Keeps an area that is hard to believe from pricing a home absurdly.

An area outside what the market accepts is a slip of the pen (a unit, a zero):
the typical area for that number of bedrooms stands in. An extreme one counts
as the nearest that the model has learned from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from homeprices.domain.listing import Home
from homeprices.domain.market import Bounds, Market

_EXTREME = 0.002


@dataclass(frozen=True, slots=True)
class Guard:
    """`learned` are the areas to learn from and price by; `typical` is the area by bedrooms."""

    accepted: Bounds
    learned: Bounds
    typical: dict[int, float]

    def area(self, home: Home) -> float:
        """The area to price `home` by."""
        if home.area not in self.accepted:
            most = max(self.typical)
            return self.typical.get(home.bedrooms, self.typical[most])
        return min(max(home.area, self.learned.least), self.learned.most)


def fit_guard(homes: Sequence[Home], market: Market) -> Guard:
    """The guard learned from `homes`."""
    bounds = market.accepted.area
    areas = defaultdict(list)
    for home in homes:
        if home.area in bounds:
            areas[home.bedrooms].append(home.area)
    everything = np.concatenate([np.asarray(a) for a in areas.values()])
    least, most = np.quantile(everything, [_EXTREME, 1 - _EXTREME])
    typical = {bedrooms: float(np.median(a)) for bedrooms, a in sorted(areas.items())}
    return Guard(bounds, Bounds(float(least), float(most)), typical)


def is_plausible(home: Home, market: Market) -> bool:
    """True for a home whose area may be learned from: inside the bounds, with room to live."""
    room = home.area / home.bedrooms
    return home.area in market.accepted.area and room >= market.usual.least_area_per_bedroom / 2
