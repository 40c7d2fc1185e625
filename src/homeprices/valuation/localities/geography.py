"""Where localities lie, and what listings around them say."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, hypot, isnan, nan, radians

import numpy as np

from homeprices.domain.market import Market
from homeprices.valuation.arrays import Floats
from homeprices.valuation.localities.names import LocalityNames

# Kilometres east and north of the market's centre.
Point = tuple[float, float]
# Latitude and longitude.
Degrees = tuple[float, float]
# A point, the sum of the residuals of the listings there, and how many they are.
ListedPoint = tuple[float, float, float, int]
_KM_PER_DEGREE = 111.2
_AROUND_KM, _AROUND_SCALE_KM = 10.0, 1.5


@dataclass(frozen=True, slots=True)
class Geography:
    """Kilometres from the centre by locality, and the features made of them."""

    position: dict[str, Point]
    features: dict[str, list[float]]
    landmarks: int


def fit_geography(
    market: Market, names: LocalityNames, coordinates: Mapping[str, Degrees]
) -> Geography:
    """Positions of the market's localities on a plane around its first landmark."""
    if not market.landmarks:
        return Geography({}, {}, 0)
    position: dict[str, Point] = {}
    for name, point in coordinates.items():
        position.setdefault(names.find(name, market).place.locality, point_of(market, point))
    features = {locality: point_features(market, point) for locality, point in position.items()}
    return Geography(position, features, len(market.landmarks))


def point_of(market: Market, coordinates: Degrees) -> Point:
    """Kilometres east and north of the market's first landmark."""
    latitude, longitude = next(iter(market.landmarks.values()))
    north = (coordinates[0] - latitude) * _KM_PER_DEGREE
    return (coordinates[1] - longitude) * _KM_PER_DEGREE * cos(radians(latitude)), north


def point_features(market: Market, at: Point) -> list[float]:
    """Kilometres east and north, and to each landmark."""
    marks = [point_of(market, mark) for mark in market.landmarks.values()]
    return [*at, *(hypot(at[0] - east, at[1] - north) for east, north in marks)]


def listed_points(
    groups: Mapping[str, list[float]], position: Mapping[str, Point]
) -> dict[str, ListedPoint]:
    """The listings where the map has them, by locality.

    `groups` are residuals by locality, or by region where a locality has no position.
    """
    return {
        locality: (*position[locality], sum(residuals), len(residuals))
        for locality, residuals in groups.items()
        if locality in position
    }


def residuals_around(
    listings: Mapping[str, ListedPoint], points: Mapping[str, Point]
) -> dict[str, float]:
    """`residual_around` of each point by name, where it is a number."""
    table = as_table(listings)
    around = {name: residual_around(table, point) for name, point in points.items()}
    return {name: mean for name, mean in around.items() if not isnan(mean)}


def as_table(listings: Mapping[str, ListedPoint]) -> Floats:
    """`listings` as `(n, 4)`."""
    return np.array(list(listings.values()), dtype=np.float64).reshape(-1, 4)


def residual_around(table: Floats, at: Point) -> float:
    """The mean residual within ten kilometres, the near ones weighing more; NaN if there is none.

    `table` is of `as_table`.
    """
    east, north, total, listings = table.T
    distance = np.hypot(east - at[0], north - at[1])
    weight = np.where(distance <= _AROUND_KM, np.exp(-distance / _AROUND_SCALE_KM), 0.0)
    mass = float(weight @ listings)
    return float(weight @ total) / mass if mass > 0 else nan
