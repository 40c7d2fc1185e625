"""The market's map as a model keeps it: what is known of a point that a caller names."""

from math import hypot

from homeprices.domain.listing import Home
from homeprices.domain.locality import Place
from homeprices.domain.market import Market
from homeprices.valuation.features.encodings import PlaceLevels, TargetEncodings, place_levels
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

    def __init__(self, market: Market, encodings: TargetEncodings) -> None:
        self._market = market
        self._encodings = encodings
        self._listings = as_table(encodings.listed_points)
        self._is_empty = not encodings.landmarks

    def point(self, home: Home) -> Point | None:
        """Where `home` stands by its own coordinates; None where they are not given or no use."""
        latitude, longitude = home.number_fact("latitude"), home.number_fact("longitude")
        if self._is_empty or latitude is None or longitude is None:
            return None
        return point_of(self._market, (latitude, longitude))

    def levels(self, place: Place, at: Point) -> PlaceLevels:
        """What is known of `place` if it lies at this point."""
        neighbourhood = residual_around(self._listings, at)
        spot = [neighbourhood, *point_features(self._market, at)]
        return place_levels(self._encodings, place, spot)

    def apart_km(self, place: Place, at: Point) -> float | None:
        """How far `at` is from `place`; None where the map has no point for it."""
        geography = self._encodings.geography
        known = geography.get(place.name_on_map(geography))
        return None if known is None else hypot(known[0] - at[0], known[1] - at[1])
