"""What a model sees of a home: one scalar function for training and serving alike.

It is the same code on the same numbers, so a home has the same features to the
last bit whether it is learned from or priced. Tables are learned by `tables`.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from math import log, log1p

from homeprices.domain.listing import Home
from homeprices.domain.locality import Place

NAN = float("nan")
# Where some of the features stand; those of the home come first.
BEDROOMS, CURVE, LEAF, BASE_LISTINGS = 1, 5, 13, 15
_SAME_PROJECT = 0.004
_ROUND = (100, 50, 10, 5)
_HOUSE_WEIGHT = 4.0


@dataclass(frozen=True, slots=True)
class Level:
    """What listings say at one level of the hierarchy: mean residual, shrunk, and how many."""

    residual: float
    listings: int


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything learned that a feature needs; residuals are of the log price per area.

    `curve` and `centre` give the size curve. `geography` holds kilometres east
    and north of the centre and to each landmark, `around` the mean residual of
    the neighbourhood, both by base. `projects` lists (log area, bathrooms,
    residual) of the homes of one base and number of bedrooms, sorted.
    `houses` is the share of houses by area, base, and area with bedrooms.
    """

    curve: list[float]
    centre: float
    parents: dict[str, Level]
    bases: dict[str, Level]
    leaves: dict[str, Level]
    geography: dict[str, list[float]]
    around: dict[str, float]
    projects: dict[str, list[tuple[float, int, float]]]
    house_share: float
    houses: dict[str, tuple[float, int]]
    landmarks: int


def curve_terms(log_area: float, bedrooms: int, bathrooms: int) -> list[float]:
    """The terms of the size curve; `log_area` is measured from the centre."""
    rooms = float(min(bedrooms, 6) - 2)
    baths = float(min(bathrooms, 6) - 2)
    large = float(bedrooms >= 4)
    return [1.0, log_area, log_area * log_area, rooms, large, baths, log_area * rooms]


def curve_value(tables: Tables, area: float, home: Home) -> float:
    """The log price per area that the size alone suggests."""
    terms = curve_terms(log(area) - tables.centre, home.bedrooms, home.bathrooms)
    return sum(c * t for c, t in zip(tables.curve, terms, strict=True))


def place_features(tables: Tables, place: Place) -> list[float]:
    """The shrunk chain parent, base, leaf; log counts; geography; neighbourhood; houses."""
    parent = tables.parents.get(place.parent, Level(0.0, 0))
    base = tables.bases.get(place.base, Level(parent.residual, 0))
    leaf = tables.leaves.get(place.leaf, Level(base.residual, 0))
    known = place.base if place.base in tables.geography else place.parent
    nowhere = [NAN] * (2 + tables.landmarks)
    return [
        parent.residual,
        base.residual,
        leaf.residual,
        log1p(parent.listings),
        log1p(base.listings),
        log1p(leaf.listings),
        *tables.geography.get(known, nowhere),
        tables.around.get(known, NAN),
        _house_share(tables, f"b{place.base}"),
    ]


def home_features(tables: Tables, home: Home, area: float, place: Place) -> list[float]:
    """What depends on the home itself; `area` is guarded."""
    log_area = log(area)
    mean, listings = _project(tables, home, log_area, place)
    whole = int(area) if area == int(area) else 0
    return [
        log_area,
        float(home.bedrooms),
        float(home.bathrooms),
        log_area - log(home.bedrooms),
        float(home.bathrooms - home.bedrooms),
        curve_value(tables, area, home),
        mean,
        float(listings),
        float(sum(whole > 0 and whole % step == 0 for step in _ROUND)),
        _house_share(tables, f"a{area:.0f}"),
        _house_share(tables, f"r{area:.0f} {home.bedrooms}"),
    ]


def _project(tables: Tables, home: Home, log_area: float, place: Place) -> tuple[float, int]:
    """Mean residual and number of the listings that look like the same project."""
    homes = tables.projects.get(f"{place.base}|{home.bedrooms}")
    if not homes:
        return NAN, 0
    total, listings = 0.0, 0
    for i in range(bisect_left(homes, (log_area - _SAME_PROJECT,)), len(homes)):
        other, bathrooms, residual = homes[i]
        if other > log_area + _SAME_PROJECT:
            break
        if abs(bathrooms - home.bathrooms) <= 1:
            total += residual
            listings += 1
    return (total / listings if listings else NAN), listings


def _house_share(tables: Tables, key: str) -> float:
    share, listings = tables.houses.get(key, (0.0, 0))
    prior = _HOUSE_WEIGHT * tables.house_share
    return (share * listings + prior) / (listings + _HOUSE_WEIGHT)
