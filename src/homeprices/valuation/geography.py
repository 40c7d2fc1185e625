"""Where localities lie, and what listings around them say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, exp, hypot, radians

import numpy as np
import numpy.typing as npt

from homeprices.domain.market import Market
from homeprices.valuation.locality import Places

Floats = npt.NDArray[np.float64]
_KM_PER_DEGREE = 111.2
_AROUND_KM, _AROUND_SCALE_KM = 10.0, 1.5


@dataclass(frozen=True, slots=True)
class Geography:
    """Kilometres from the centre by base, and the features made of them."""

    position: dict[str, tuple[float, float]]
    features: dict[str, list[float]]
    landmarks: int


def fit_geography(
    market: Market, places: Places, coordinates: Mapping[str, tuple[float, float]]
) -> Geography:
    """Positions of the market's bases on a plane around its first landmark."""
    if not market.landmarks:
        return Geography({}, {}, 0)
    centre = next(iter(market.landmarks.values()))
    marks = [_plane(centre, mark) for mark in market.landmarks.values()]
    position: dict[str, tuple[float, float]] = {}
    for name, point in coordinates.items():
        position.setdefault(places.find(name, market).place.base, _plane(centre, point))
    features = {
        base: [x, y, *(hypot(x - east, y - north) for east, north in marks)]
        for base, (x, y) in position.items()
    }
    return Geography(position, features, len(marks))


def _plane(centre: tuple[float, float], point: tuple[float, float]) -> tuple[float, float]:
    north = (point[0] - centre[0]) * _KM_PER_DEGREE
    return (point[1] - centre[1]) * _KM_PER_DEGREE * cos(radians(centre[0])), north


def residual_around(
    groups: Mapping[str, list[float]], position: Mapping[str, tuple[float, float]]
) -> dict[str, float]:
    """The mean residual within ten kilometres of each base, the near ones weighing more.

    `groups` are residuals by base, or by parent where a base has no position.
    """
    found = [(position[b], sum(v), len(v)) for b, v in groups.items() if b in position]
    if not found:
        return {}
    at = np.array([place for place, _, _ in found])
    total = np.array([s for _, s, _ in found])
    listings = np.array([n for _, _, n in found], float)
    around = {}
    for base, point in position.items():
        distance = np.hypot(*(at - point).T)
        weight = np.where(distance <= _AROUND_KM, np.exp(-distance / _AROUND_SCALE_KM), 0.0)
        mass = float(weight @ listings)
        if mass > exp(-_AROUND_KM / _AROUND_SCALE_KM):
            around[base] = float(weight @ total) / mass
    return around
