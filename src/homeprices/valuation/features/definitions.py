"""Every feature that a model sees of a home, by name and version: `FEATURES`.

It is the same code on the same numbers in training and in serving, so a home has the same features
to the last bit whether it is learned from or priced. A bundle names the features it was made with,
in their order (`layout`): to change what a feature means, add it anew with the next version and
leave the old one, that models learned with, as it is.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log, log1p

from homeprices.valuation.features.encodings import (
    HOUSE_KIND,
    NAN,
    ModelInput,
    PlaceLevels,
    TargetEncodings,
    curve_value,
    society_key,
    word,
)

# What `society_listings` is where no society is given.
NO_SOCIETY = -1.0
_SAME_PROJECT = 0.004
# Few places make up most of the traffic.
_PLACES_AT_HAND = 4096


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """Features that are made together of some facts of a home, the `inputs`.

    `values` are their names in the order in which `function` gives them; where there is one more
    for each landmark of the market, `per_landmark` is what these are called, before a number.
    """

    name: str
    version: int
    values: tuple[str, ...]
    inputs: tuple[str, ...]
    function: Callable[[TargetEncodings, ModelInput], Sequence[float]]
    per_landmark: str | None = None


def _size(encodings: TargetEncodings, model_input: ModelInput) -> Sequence[float]:
    home, log_area = model_input.home, model_input.log_area
    return (
        log_area,
        float(home.bedrooms),
        float(home.bathrooms),
        log_area - log(home.bedrooms),
        float(home.bathrooms - home.bedrooms),
        curve_value(encodings, log_area, home),
    )


def _project(encodings: TargetEncodings, model_input: ModelInput) -> Sequence[float]:
    """Mean residual and number of the listings that look like the same project."""
    homes = encodings.projects.get(model_input.project_key)
    if not homes:
        return NAN, 0.0
    log_area, own_bathrooms = model_input.log_area, model_input.home.bathrooms
    total, listings = 0.0, 0
    for i in range(bisect_left(homes, (log_area - _SAME_PROJECT,)), len(homes)):
        other, bathrooms, residual = homes[i]
        if other > log_area + _SAME_PROJECT:
            break
        if abs(bathrooms - own_bathrooms) <= 1:
            total += residual
            listings += 1
    return (total / listings if listings else NAN), float(listings)


def _plot(encodings: TargetEncodings, model_input: ModelInput) -> Sequence[float]:
    """How round the area is, and how many of the homes of that area are houses."""
    area, shares, usual = model_input.area, encodings.house_shares, encodings.house_share
    whole = int(area) if area == int(area) else 0
    steps = (whole % 100 == 0) + (whole % 50 == 0) + (whole % 10 == 0) + (whole % 5 == 0)
    roundness, size = float(steps) if whole else 0.0, f"{area:.0f}"
    return (
        roundness,
        shares.get(f"a{size}", usual),
        shares.get(f"r{size} {model_input.home.bedrooms}", usual),
    )


def _house_probability(_: TargetEncodings, __: ModelInput) -> Sequence[float]:
    """Not known yet: the property type classifier of the bundle reads the others and fills it."""
    return (NAN,)


def _is_house(encodings: TargetEncodings, model_input: ModelInput) -> Sequence[float]:
    """NaN where the kind is not given or not known: then P(house) takes its place."""
    text = model_input.home.facts.get("kind")
    kind = word(text) if text and isinstance(text, str) else None
    return (float(kind == HOUSE_KIND) if kind in encodings.kinds else NAN,)


def _area_type(encodings: TargetEncodings, model_input: ModelInput) -> Sequence[float]:
    """The number of the area type among those that listings have."""
    text = model_input.home.facts.get("area_type")
    area_type = word(text) if text and isinstance(text, str) else None
    types = encodings.area_types
    return (float(types.index(area_type)) if area_type in types else NAN,)


def _is_ready(encodings: TargetEncodings, model_input: ModelInput) -> Sequence[float]:
    text = model_input.home.facts.get("availability")
    return (float(word(text) == encodings.ready) if isinstance(text, str) else NAN,)


def _balconies(_: TargetEncodings, model_input: ModelInput) -> Sequence[float]:
    balconies = model_input.home.facts.get("balconies")
    return (NAN if balconies is None else float(balconies),)


def _society(encodings: TargetEncodings, model_input: ModelInput) -> Sequence[float]:
    """The level of the society, shrunk to that of the sublocality, and its listings."""
    name = model_input.home.facts.get("society")
    if not name or not isinstance(name, str):
        return NAN, NO_SOCIETY
    key = society_key(name, model_input.place)
    society = encodings.societies.get(key)
    if not society:
        return NAN, 0.0
    total, listings = society
    level = model_input.place_levels.sublocality.residual
    return (total + level) / (listings + 1), float(listings)


def _locality(_: TargetEncodings, model_input: ModelInput) -> Sequence[float]:
    return _levels(model_input.place_levels)


@lru_cache(_PLACES_AT_HAND)
def _levels(levels: PlaceLevels) -> Sequence[float]:
    """The values of `locality`; remembered, for they are the same in every home of a place."""
    return (
        levels.region.residual,
        levels.locality.residual,
        levels.sublocality.residual,
        log1p(levels.region.listings),
        log1p(levels.locality.listings),
        log1p(levels.sublocality.listings),
        levels.house_share,
        levels.neighbourhood,
        levels.east_km,
        levels.north_km,
        *levels.landmarks_km,
    )


FEATURES = (
    FeatureSpec(
        "size",
        1,
        (
            "log_area",
            "bedrooms",
            "bathrooms",
            "log_area_per_bedroom",
            "spare_bathrooms",
            "size_curve",
        ),
        ("area", "bedrooms", "bathrooms"),
        _size,
    ),
    FeatureSpec(
        "project",
        1,
        ("project_level", "project_listings"),
        ("locality", "area", "bedrooms", "bathrooms"),
        _project,
    ),
    FeatureSpec(
        "plot",
        1,
        ("area_roundness", "area_house_share", "area_and_bedrooms_house_share"),
        ("area", "bedrooms"),
        _plot,
    ),
    FeatureSpec(
        "house_probability",
        1,
        ("house_probability",),
        ("locality", "area", "bedrooms", "bathrooms"),
        _house_probability,
    ),
    FeatureSpec("kind", 1, ("is_house",), ("kind",), _is_house),
    FeatureSpec("area_type", 1, ("area_type",), ("area_type",), _area_type),
    FeatureSpec("availability", 1, ("is_ready",), ("availability",), _is_ready),
    FeatureSpec("balconies", 1, ("balconies",), ("balconies",), _balconies),
    FeatureSpec(
        "society", 1, ("society_level", "society_listings"), ("society", "locality"), _society
    ),
    FeatureSpec(
        "locality",
        1,
        (
            "region_level",
            "locality_level",
            "sublocality_level",
            "region_log_listings",
            "locality_log_listings",
            "sublocality_log_listings",
            "locality_house_share",
            "neighbourhood_level",
            "km_east",
            "km_north",
        ),
        ("locality", "latitude", "longitude"),
        _locality,
        per_landmark="km_to_landmark",
    ),
)
