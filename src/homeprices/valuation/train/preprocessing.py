"""Makes listings ready to learn from: areas guarded, places found, features out of fold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from homeprices.datasets.split import folds_of
from homeprices.domain.errors import Refused
from homeprices.domain.listing import Listing
from homeprices.domain.locality import Place
from homeprices.domain.market import Market
from homeprices.markets.places import coordinates
from homeprices.valuation.features.area_clipping import (
    AreaClipping,
    fit_area_clipping,
    is_plausible,
)
from homeprices.valuation.features.definitions import (
    HOUSE,
    HOUSE_KIND,
    KIND,
    ModelInput,
    TargetEncodings,
    curve_value,
    features,
    place_features,
    society_key,
    width,
)
from homeprices.valuation.features.feature_sets import FeatureSet
from homeprices.valuation.localities.geography import Geography, fit_geography
from homeprices.valuation.localities.names import LocalityNames, fit_places
from homeprices.valuation.train.property_type import fit_property_type
from homeprices.valuation.train.target_encodings import EncodingRows, fit_tables
from homeprices.valuation.train.training_set import Floats, Folds, TrainingSet

FEWEST_LISTINGS = 200


@dataclass(frozen=True, slots=True)
class PreparedListings:
    """Listings made ready, and what is known before anything is learned of prices."""

    listings: list[Listing]
    rows: EncodingRows
    places: LocalityNames
    known: list[Place]
    guard: AreaClipping
    geography: Geography


@dataclass(frozen=True, slots=True)
class FittedFeatures:
    """The final tables and trees of P(house), and the features out of fold `(n, k)`."""

    tables: TargetEncodings
    houses: bytes | None
    features: Floats
    folds: Folds


def prepare(listings: Sequence[Listing], market: Market) -> PreparedListings:
    """The ground to learn on; raises Refused when too few listings are left."""
    plausible = [listing for listing in listings if is_plausible(listing.home, market)]
    if len(plausible) < FEWEST_LISTINGS:
        raise Refused(
            f"{len(plausible):,} listings are left to learn from; {FEWEST_LISTINGS} are needed: "
            "publish a larger dataset"
        )
    homes = [listing.home for listing in plausible]
    guard = fit_area_clipping(homes, market)
    points = coordinates(market.name)
    places = fit_places([home.locality for home in homes], market, points)
    areas = [guard.area(home) for home in homes]
    target = [log(row.price / area) for row, area in zip(plausible, areas, strict=True)]
    where = [places.find(home.locality, market).place for home in homes]
    rows = EncodingRows(homes, areas, where, np.array(target))
    charted = [places.find(name, market).place for name in points]
    geography = fit_geography(market, places, points)
    return PreparedListings(
        plausible, rows, places, list(dict.fromkeys([*where, *charted])), guard, geography
    )


def features_out_of_fold(
    ground: PreparedListings, parameters: Mapping[str, float]
) -> FittedFeatures:
    """Features of each row from tables and trees of P(house) that were learned without its fold."""
    rows, folds = ground.rows, int(parameters["folds"])
    fold = np.array(folds_of(ground.listings, folds), dtype=np.int64)
    tables = fit_tables(rows, ground.geography)
    found = np.full((len(fold), width(tables)), np.nan)
    for k in range(folds):
        out = np.flatnonzero(fold == k)
        if not len(out):
            continue
        without = fit_tables(rows.take(np.flatnonzero(fold != k).tolist()), ground.geography)
        found[out] = features_of(without, rows.take(out.tolist()), None)
    kinds = [_house(home.text_fact("kind")) for home in rows.homes]
    settings = int(parameters.get("house_rounds", 0)), int(parameters.get("seed", 0))
    houses, share = fit_property_type(found, np.array(kinds), fold, settings)
    tell_houses(found, share)
    return FittedFeatures(tables, houses, found, fold)


def _house(kind: str | None) -> float:
    return np.nan if kind is None else float(kind == HOUSE_KIND)


def tell_houses(found: Floats, share: Floats) -> None:
    """Write P(house) into features `(n, k)`, and as the kind where none was given."""
    found[:, HOUSE] = share
    found[:, KIND] = np.where(np.isnan(found[:, KIND]), share, found[:, KIND])


def features_of(
    tables: TargetEncodings, rows: EncodingRows, house: Callable[[Sequence[float]], float] | None
) -> Floats:
    """The features `(n, k)` of `rows`, home by home as a service makes them."""
    return np.array(
        [
            features(tables, ModelInput(home, area, place, place_features(tables, place)), house)
            for home, area, place in zip(rows.homes, rows.areas, rows.places, strict=True)
        ]
    )


def material_of(
    ground: PreparedListings, prepared: FittedFeatures, facts: FeatureSet
) -> TrainingSet:
    """What a model of `facts` is learned from."""
    rows, tables = ground.rows, prepared.tables
    pairs = list(zip(rows.homes, rows.places, strict=True))
    return TrainingSet(
        facts=facts,
        features=prepared.features,
        target=rows.target,
        curve=np.array(
            [curve_value(tables, a, h) for a, h in zip(rows.areas, rows.homes, strict=True)]
        ),
        folds=prepared.folds,
        places=rows.places,
        societies=[society_key(home.text_fact("society"), place) for home, place in pairs],
        positions=ground.geography.position,
        known=ground.known,
        area_types=len(tables.area_types),
    )
