"""P(house): is a home of these four facts sold as a house on its plot, or as a flat?

Sellers of houses ask other prices than sellers of flats, and few callers say
which it is; plots are 600, 1200 or 2400 sqft, flats hardly ever.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from homeprices.valuation.features.definitions import (
    AREA_A_ROOM,
    AREA_HOUSES,
    BASE_HOUSES,
    BATHROOMS,
    BEDROOMS,
    LOG_AREA,
    ROOMS_HOUSES,
    ROUNDNESS,
    SPARE_BATHROOMS,
)
from homeprices.valuation.features.feature_sets import picker
from homeprices.valuation.predict.trees import Trees

HOUSES_FILE = "houses.txt"
HOUSE_COLUMNS = (
    LOG_AREA,
    BEDROOMS,
    BATHROOMS,
    AREA_A_ROOM,
    SPARE_BATHROOMS,
    ROUNDNESS,
    AREA_HOUSES,
    ROOMS_HOUSES,
    BASE_HOUSES,
)


def open_property_type(text: bytes | None, share: float) -> Callable[[Sequence[float]], float]:
    """P(house) from the features of a home: by trees, or the share of houses where none were."""
    if text is None:
        return lambda _: share
    trees, pick = Trees(text), picker(HOUSE_COLUMNS)
    return lambda values: trees.predict(pick(values))
