"""Keeps an area that is hard to believe from pricing a home absurdly.

An area outside what the market accepts is a slip of the pen (a unit, a zero):
the typical area for that number of bedrooms stands in. An extreme one, for a
home or for its bedrooms, counts as the nearest that the model has learned from:
beyond it listings are mostly slips, and prices would fall where the area grows.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from homeprices.domain.listing import Home
from homeprices.domain.market import Bounds, Market

_EXTREME = 0.002


@dataclass(frozen=True, slots=True)
class AreaClipping:
    """`learned` are the areas to learn from and price by, up to `most_per_bedroom` each.

    `typical` is the area by bedrooms.
    """

    accepted: Bounds
    learned: Bounds
    most_per_bedroom: float
    typical: dict[int, float]

    def area(self, home: Home) -> float:
        """The area to price `home` by."""
        if home.area not in self.accepted:
            return self.typical.get(home.bedrooms, self.typical[max(self.typical)])
        most = min(self.learned.most, home.bedrooms * self.most_per_bedroom)
        return min(max(home.area, self.learned.least), most)


def fit_area_clipping(homes: Sequence[Home], market: Market) -> AreaClipping:
    """The clipping learned from `homes`."""
    bounds = market.facts["area"].accepted
    areas = defaultdict(list)
    for home in homes:
        if home.area in bounds:
            areas[home.bedrooms].append(home.area)
    everything = np.concatenate([np.asarray(a) for a in areas.values()])
    least, most = np.quantile(everything, [_EXTREME, 1 - _EXTREME])
    typical = {bedrooms: float(np.median(a)) for bedrooms, a in sorted(areas.items())}
    learned = Bounds(float(least), float(most))
    return AreaClipping(bounds, learned, market.usual.most_area_per_bedroom, typical)


def is_plausible(home: Home, market: Market) -> bool:
    """True for a home whose area may be learned from: inside the bounds, with room to live."""
    room, usual = home.area / home.bedrooms, market.usual
    return (
        home.area in market.facts["area"].accepted
        and usual.least_area_per_bedroom / 2 <= room <= usual.most_area_per_bedroom
    )
