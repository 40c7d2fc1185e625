"""How the listings of a dataset spread.

The spread is the reference that traffic is compared with; bins are frozen here. Localities are
counted by their keys, so that traffic must be keyed the same way (`traffic_features`).
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from homeprices.domain.drift import NameBins, NumberBins, Profile
from homeprices.domain.listing import Listing
from homeprices.domain.locality import locality_key
from homeprices.domain.market import Market

LARGEST_LOCALITIES = 15
_BEDROOM_EDGES = [2.0, 3.0, 4.0, 5.0]
_BATHROOM_EDGES = [2.0, 3.0, 4.0]
_TENTHS = np.arange(0.1, 0.95, 0.1)


def describe(listings: Sequence[Listing], market: Market) -> Profile:
    """The reference profile of `listings`."""
    homes = [listing.home for listing in listings]
    areas = [home.area for home in homes]
    rooms = [home.area / home.bedrooms for home in homes]
    keys = Counter(locality_key(home.locality, market) for home in homes)
    largest = sorted(keys, key=lambda key: (-keys[key], key))[:LARGEST_LOCALITIES]
    rest = len(homes) - sum(keys[name] for name in largest)
    return Profile(
        numbers={
            "area": _bins(areas, _tenths(areas)),
            "area_per_bedroom": _bins(rooms, _tenths(rooms)),
            "bedrooms": _bins([home.bedrooms for home in homes], _BEDROOM_EDGES),
            "bathrooms": _bins([home.bathrooms for home in homes], _BATHROOM_EDGES),
        },
        names={"locality": NameBins(largest, [*(keys[name] for name in largest), rest])},
    )


def _tenths(values: Sequence[float]) -> list[float]:
    """Edges between tenths; equal ones are one edge."""
    edges = np.unique(np.round(np.quantile(np.asarray(values, float), _TENTHS), 1))
    return [float(edge) for edge in edges]


def _bins(values: Sequence[float], edges: list[float]) -> NumberBins:
    places = np.searchsorted(edges, np.asarray(values, float), side="right")
    return NumberBins(edges, np.bincount(places, minlength=len(edges) + 1).tolist())
