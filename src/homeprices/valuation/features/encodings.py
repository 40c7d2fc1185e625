"""What is learned of the listings before any model: the numbers that features are looked up in.

`train.target_encodings` learns them; residuals are of the log price per area, size curve taken out.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isnan, log
from operator import mul

from homeprices.domain.listing import Home
from homeprices.domain.locality import Place

HOUSE_KIND = "house"
NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Level:
    """What listings say at one level of the hierarchy: mean residual, shrunk, and how many."""

    residual: float
    listings: int


@dataclass(frozen=True, slots=True, eq=False)
class PlaceLevels:
    """What is known of a place whatever the home: made once a place, and read by its features.

    A level without listings has the residual of the one above it. `house_share` is that of the
    locality; `neighbourhood` the mean residual of the listings around, NaN where there are none;
    `east_km` and `north_km` are from the centre, `landmarks_km` to each landmark, NaN off the map.
    """

    region: Level
    locality: Level
    sublocality: Level
    house_share: float
    neighbourhood: float
    east_km: float
    north_km: float
    landmarks_km: tuple[float, ...]

    @property
    def has_neighbourhood(self) -> bool:
        """True where there are listings around the place."""
        return not isnan(self.neighbourhood)


@dataclass(slots=True)
class ModelInput:
    """A home to learn from or to price: its clipped area, its place, and what is known of that.

    `at` is where it stands, in kilometres east and north of the centre, when it is priced by its
    own coordinates. `log_area` and the `project_key` are made once, for they are asked for often.
    """

    home: Home
    area: float
    place: Place
    place_levels: PlaceLevels
    at: tuple[float, float] | None = None
    log_area: float = field(init=False)
    project_key: str = field(init=False)

    def __post_init__(self) -> None:
        self.log_area = log(self.area)
        self.project_key = f"{self.place.locality}|{self.home.bedrooms}"


@dataclass(frozen=True, slots=True)
class TargetEncodings:
    """Everything learned that a feature needs.

    `size_curve` and `log_area_centre` give the size curve. `geography` holds kilometres east
    and north of the centre and to each landmark, `neighbourhood` the mean residual of the
    listings around, both by locality; `listed_points` has for each locality on the map with
    listings its kilometres east and north, their sum of residuals, and their number. `projects`
    lists (log area, bathrooms, residual) of the homes of one locality and number of bedrooms,
    sorted. `house_shares` is the share of houses by area, locality, and area with bedrooms, shrunk
    to `house_share`, that of all listings. `societies` is the sum of residuals and the count by
    `society_key`; `kinds`, `area_types` and `ready` are the words that listings use, as `word`
    gives them.
    """

    size_curve: list[float]
    log_area_centre: float
    regions: dict[str, Level]
    localities: dict[str, Level]
    sublocalities: dict[str, Level]
    geography: dict[str, list[float]]
    neighbourhood: dict[str, float]
    listed_points: dict[str, tuple[float, float, float, int]]
    projects: dict[str, list[tuple[float, int | float, float]]]
    house_share: float
    house_shares: dict[str, float]
    societies: dict[str, tuple[float, int]]
    kinds: list[str]
    area_types: list[str]
    ready: str
    landmarks: int


def place_levels(
    encodings: TargetEncodings, place: Place, spot: Sequence[float] | None = None
) -> PlaceLevels:
    """What is known of a place, by itself or at a `spot`.

    `spot` is the residual of the neighbourhood and the kilometres, else the map has them. The
    neighbourhood stands above the hierarchy: it is the level of a region without listings.
    """
    neighbourhood, east_km, north_km, *landmarks_km = spot or _on_the_map(encodings, place)
    over = 0.0 if isnan(neighbourhood) else neighbourhood
    region = encodings.regions.get(place.region, Level(over, 0))
    locality = encodings.localities.get(place.locality, Level(region.residual, 0))
    sublocality = encodings.sublocalities.get(place.sublocality, Level(locality.residual, 0))
    house_share = encodings.house_shares.get(f"b{place.locality}", encodings.house_share)
    return PlaceLevels(
        region,
        locality,
        sublocality,
        house_share,
        neighbourhood,
        east_km,
        north_km,
        tuple(landmarks_km),
    )


def _on_the_map(encodings: TargetEncodings, place: Place) -> list[float]:
    name = place.name_on_map(encodings.geography)
    nowhere = [NAN] * (2 + encodings.landmarks)
    return [encodings.neighbourhood.get(name, NAN), *encodings.geography.get(name, nowhere)]


def word(text: str) -> str:
    """An optional fact as it is compared: case and spaces do not count."""
    return " ".join(text.casefold().split())


def society_key(society: str, place: Place) -> str:
    """The society inside its region, since names of societies repeat over a city."""
    return f"{word(society)}|{place.region}"


def society_of(home: Home, place: Place) -> str | None:
    """The key of the society of `home`; None where it was not provided."""
    society = home.text_fact("society")
    return society_key(society, place) if society else None


def project_key(place: Place, bedrooms: float) -> str:
    """What homes of one project have in common, beside their size."""
    return f"{place.locality}|{bedrooms:.0f}"


def curve_terms(log_area: float, bedrooms: int, bathrooms: float) -> list[float]:
    """The terms of the size curve; `log_area` is measured from the centre."""
    rooms = float(min(bedrooms, 6) - 2)
    baths = float(min(bathrooms, 6) - 2)
    large = float(bedrooms >= 4)
    return [1.0, log_area, log_area * log_area, rooms, large, baths, log_area * rooms]


def curve_value(encodings: TargetEncodings, log_area: float, home: Home) -> float:
    """The log price per area that the size alone suggests."""
    terms = curve_terms(log_area - encodings.log_area_centre, home.bedrooms, home.bathrooms)
    value: float = sum(map(mul, encodings.size_curve, terms))
    return value


def count_comparables(encodings: TargetEncodings, model_input: ModelInput, log_ratio: float) -> int:
    """How many listings are like a home: of its locality, as many bedrooms, and about its area.

    Up to `log_ratio` larger or smaller in log area. A home that is listed twice counts twice;
    bathrooms, kind and project do not count: they may differ.
    """
    homes = encodings.projects.get(model_input.project_key)
    if not homes:
        return 0
    log_area = model_input.log_area
    first = bisect_left(homes, (log_area - log_ratio,))
    return bisect_left(homes, (log_area + log_ratio,), first) - first
