"""What a model sees of a home: one scalar function for training and serving alike.

It is the same code on the same numbers, so a home has the same features to the
last bit whether it is learned from or priced. Encodings are learned by `train.target_encodings`,
the probability that a home is a house (`HOUSE`) by `houses`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan, log, log1p

from homeprices.domain.listing import Home
from homeprices.domain.locality import Place

NAN = float("nan")
# Where the features stand: of the home, its optional facts, its place.
LOG_AREA, BEDROOMS, BATHROOMS, AREA_A_ROOM, SPARE_BATHROOMS, CURVE = range(6)
PROJECT, PROJECT_LISTINGS, ROUNDNESS, AREA_HOUSES, ROOMS_HOUSES, HOUSE = range(6, 12)
KIND, AREA_TYPE, READY, BALCONIES, SOCIETY, SOCIETY_LISTINGS = range(12, 18)
PARENT, BASE, LEAF, PARENT_LISTINGS, BASE_LISTINGS, LEAF_LISTINGS = range(18, 24)
BASE_HOUSES, AROUND, _GEOGRAPHY = 24, 25, 26
_SAME_PROJECT = 0.004
_ROUND = (100, 50, 10, 5)
HOUSE_KIND = "house"
# What SOCIETY_LISTINGS is where no society is given.
NOT_GIVEN = -1.0


@dataclass(frozen=True, slots=True)
class Level:
    """What listings say at one level of the hierarchy: mean residual, shrunk, and how many."""

    residual: float
    listings: int


@dataclass(slots=True)
class ModelInput:
    """A home to learn from or to price: its guarded area, its place, and `place_features` of it.

    `at` is where it stands, in kilometres east and north of the centre, when it is priced by its
    own coordinates.
    """

    home: Home
    area: float
    place: Place
    here: list[float]
    at: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class TargetEncodings:
    """Everything learned that a feature needs; residuals are of the log price per area.

    `curve` and `centre` give the size curve. `geography` holds kilometres east
    and north of the centre and to each landmark, `around` the mean residual of
    the neighbourhood, both by base; `listed` has for each base on the map with listings
    its kilometres east and north, their sum of residuals, and their number. `projects`
    lists (log area, bathrooms, residual) of the homes of one base and number of bedrooms, sorted.
    `houses` is the share of houses by area, base, and area with bedrooms, shrunk to
    `house_share`, that of all listings.
    `societies` is the sum of residuals and the count by `society_key`;
    `kinds`, `area_types` and `ready` are the words that listings use, as `word` gives them.
    """

    curve: list[float]
    centre: float
    parents: dict[str, Level]
    bases: dict[str, Level]
    leaves: dict[str, Level]
    geography: dict[str, list[float]]
    around: dict[str, float]
    listed: dict[str, tuple[float, float, float, int]]
    projects: dict[str, list[tuple[float, int | float, float]]]
    house_share: float
    houses: dict[str, float]
    societies: dict[str, tuple[float, int]]
    kinds: list[str]
    area_types: list[str]
    ready: str
    landmarks: int


def width(tables: TargetEncodings) -> int:
    """How many features a home has."""
    return _GEOGRAPHY + 2 + tables.landmarks


def word(text: str) -> str:
    """An optional fact as it is compared: case and spaces do not count."""
    return " ".join(text.casefold().split())


def society_key(society: str | None, place: Place) -> str | None:
    """The society inside its wider locality, since names of societies repeat over a city."""
    return f"{word(society)}|{place.parent}" if society else None


def curve_terms(log_area: float, bedrooms: int, bathrooms: float) -> list[float]:
    """The terms of the size curve; `log_area` is measured from the centre."""
    rooms = float(min(bedrooms, 6) - 2)
    baths = float(min(bathrooms, 6) - 2)
    large = float(bedrooms >= 4)
    return [1.0, log_area, log_area * log_area, rooms, large, baths, log_area * rooms]


def curve_value(tables: TargetEncodings, area: float, home: Home) -> float:
    """The log price per area that the size alone suggests."""
    terms = curve_terms(log(area) - tables.centre, home.bedrooms, home.bathrooms)
    return sum([c * t for c, t in zip(tables.curve, terms, strict=True)])


def place_features(
    tables: TargetEncodings, place: Place, spot: Sequence[float] | None = None
) -> list[float]:
    """The shrunk chain parent, base, leaf; log counts; houses; neighbourhood; geography.

    `spot` gives the last two, else those of the place on the map. The neighbourhood stands
    above the chain: it is the level of a parent without listings.
    """
    around, *geography = spot or _on_the_map(tables, place)
    parent = tables.parents.get(place.parent, Level(0.0 if isnan(around) else around, 0))
    base = tables.bases.get(place.base, Level(parent.residual, 0))
    leaf = tables.leaves.get(place.leaf, Level(base.residual, 0))
    return [
        parent.residual,
        base.residual,
        leaf.residual,
        log1p(parent.listings),
        log1p(base.listings),
        log1p(leaf.listings),
        tables.houses.get(f"b{place.base}", tables.house_share),
        around,
        *geography,
    ]


def _on_the_map(tables: TargetEncodings, place: Place) -> list[float]:
    known = place.name_on_map(tables.geography)
    nowhere = [NAN] * (2 + tables.landmarks)
    return [tables.around.get(known, NAN), *tables.geography.get(known, nowhere)]


def features(
    tables: TargetEncodings, subject: ModelInput, house: Callable[[Sequence[float]], float] | None
) -> list[float]:
    """All features of a home; those of its landmarks come last.

    `house` gives P(house) from the others; without it (before it is learned, or where nobody
    asks) HOUSE is missing, and so is a KIND that is not known.
    """
    values = [
        *_home_features(tables, subject),
        NAN,
        *_optional_features(tables, subject),
        *subject.here,
    ]
    if house is not None:
        tell_house(values, house)
    return values


def tell_house(values: list[float], house: Callable[[Sequence[float]], float]) -> None:
    """Write P(house) into the features of a home, and as its kind where that is not known."""
    values[HOUSE] = share = house(values)
    if isnan(values[KIND]):
        values[KIND] = share


def _home_features(tables: TargetEncodings, subject: ModelInput) -> list[float]:
    home, area = subject.home, subject.area
    log_area = log(area)
    mean, listings = _project(tables, home, log_area, subject.place)
    whole = int(area) if area == int(area) else 0
    size, shares, usual = f"{area:.0f}", tables.houses, tables.house_share
    return [
        log_area,
        float(home.bedrooms),
        float(home.bathrooms),
        log_area - log(home.bedrooms),
        float(home.bathrooms - home.bedrooms),
        curve_value(tables, area, home),
        mean,
        float(listings),
        float(sum([whole % step == 0 for step in _ROUND])) if whole else 0.0,
        shares.get(f"a{size}", usual),
        shares.get(f"r{size} {home.bedrooms}", usual),
    ]


def _optional_features(tables: TargetEncodings, subject: ModelInput) -> list[float]:
    """Kind, area type, ready, balconies, level of the society, its listings."""
    # Looked up at once, not by `text_fact`: most of the cost of an estimate is in lines like these.
    facts = subject.home.facts
    if not facts:
        return [NAN, NAN, NAN, NAN, NAN, NOT_GIVEN]
    get = facts.get
    kind, area_type, society = get("kind"), get("area_type"), get("society")
    availability, balconies = get("availability"), get("balconies")
    kind = word(kind) if isinstance(kind, str) and kind else None
    area_type = word(area_type) if isinstance(area_type, str) and area_type else None
    known = society_key(society, subject.place) if isinstance(society, str) else None
    level = tables.societies.get(known) if known else None
    return [
        float(kind == HOUSE_KIND) if kind in tables.kinds else NAN,
        float(tables.area_types.index(area_type)) if area_type in tables.area_types else NAN,
        float(word(availability) == tables.ready) if isinstance(availability, str) else NAN,
        NAN if balconies is None else float(balconies),
        (level[0] + subject.here[LEAF - PARENT]) / (level[1] + 1) if level else NAN,
        float(level[1]) if level else 0.0 if known else NOT_GIVEN,
    ]


def _project(
    tables: TargetEncodings, home: Home, log_area: float, place: Place
) -> tuple[float, int]:
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


def comparables(tables: TargetEncodings, subject: ModelInput, log_ratio: float) -> int:
    """How many listings are like a home: of its base, with as many bedrooms, and of its area.

    Up to `log_ratio` larger or smaller in log area. A home that is listed twice counts twice;
    bathrooms, kind and project do not count: they may differ.
    """
    homes = tables.projects.get(f"{subject.place.base}|{subject.home.bedrooms}")
    if not homes:
        return 0
    log_area = log(subject.area)
    first = bisect_left(homes, (log_area - log_ratio,))
    return bisect_left(homes, (log_area + log_ratio,), first) - first
