"""The market's map as a model keeps it: what is known of a point that a caller names."""

from __future__ import annotations

from math import hypot

from homeprices.domain.listing import Home
from homeprices.domain.locality import Place
from homeprices.domain.market import Market
from homeprices.valuation.features.definitions import TargetEncodings, place_features
from homeprices.valuation.localities.geography import (
    Point,
    as_table,
    point_features,
    point_of,
    residual_around,
)


class MarketMap:
    """Points in kilometres east and north of the centre, with the listings around them.

    A market without landmarks has an empty map.
    """

    def __init__(self, market: Market, tables: TargetEncodings) -> None:
        self._market = market
        self._tables = tables
        self._listings = as_table(tables.listed)
        self._is_empty = not tables.landmarks

    def point(self, home: Home) -> Point | None:
        """Where `home` stands by its own coordinates; None where they are not given or no use."""
        latitude, longitude = home.number_fact("latitude"), home.number_fact("longitude")
        if self._is_empty or latitude is None or longitude is None:
            return None
        return point_of(self._market, (latitude, longitude))

    def features(self, place: Place, at: Point) -> list[float]:
        """`place_features` of `place` if it lies at this point."""
        around = residual_around(self._listings, at)
        spot = [around, *point_features(self._market, at)]
        return place_features(self._tables, place, spot)

    def apart_km(self, place: Place, at: Point) -> float | None:
        """How far `at` is from `place`; None where the map has no point for it."""
        geography = self._tables.geography
        known = geography.get(place.name_on_map(geography))
        return None if known is None else hypot(known[0] - at[0], known[1] - at[1])
