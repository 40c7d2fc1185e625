"""Makes listings ready to learn from: areas clipped, places found, features out of fold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from homeprices.datasets.split import folds_of
from homeprices.domain.errors import Refused
from homeprices.domain.listing import Listing
from homeprices.domain.locality import Place
from homeprices.domain.market import Market
from homeprices.markets.aggregates import coordinates
from homeprices.valuation.arrays import Floats, Integers
from homeprices.valuation.features.area_clipping import (
    AreaClipping,
    fit_area_clipping,
    is_plausible,
)
from homeprices.valuation.features.encodings import (
    HOUSE_KIND,
    ModelInput,
    TargetEncodings,
    curve_value,
    place_levels,
    society_of,
)
from homeprices.valuation.features.feature_sets import FeatureSet
from homeprices.valuation.features.layout import FeatureLayout, current_layout
from homeprices.valuation.localities.geography import Geography, fit_geography
from homeprices.valuation.localities.names import LocalityNames, fit_locality_names
from homeprices.valuation.predict.property_type import (
    PROPERTY_TYPE_FEATURES,
    PropertyTypeClassifier,
)
from homeprices.valuation.train.boosting import fit_property_type
from homeprices.valuation.train.target_encodings import EncodingRows, fit_encodings
from homeprices.valuation.train.training_set import TrainingSet

FEWEST_LISTINGS = 200


@dataclass(frozen=True, slots=True)
class PreparedListings:
    """Listings made ready, and what is known before anything is learned of prices."""

    listings: list[Listing]
    rows: EncodingRows
    names: LocalityNames
    known: list[Place]
    area_clipping: AreaClipping
    geography: Geography


@dataclass(frozen=True, slots=True)
class FittedFeatures:
    """The final encodings and trees of P(house), and the features out of fold `(n, k)`."""

    encodings: TargetEncodings
    layout: FeatureLayout
    property_type: bytes | None
    features: Floats
    folds: Integers

    def classifier(self) -> PropertyTypeClassifier:
        """P(house) as it will be served."""
        share = self.encodings.house_share
        return PropertyTypeClassifier(
            self.property_type, share, PROPERTY_TYPE_FEATURES, self.layout
        )


def prepare(listings: Sequence[Listing], market: Market) -> PreparedListings:
    """The listings that can be learned from; raises Refused when too few are left."""
    plausible = [listing for listing in listings if is_plausible(listing.home, market)]
    if len(plausible) < FEWEST_LISTINGS:
        raise Refused(
            f"{len(plausible):,} listings are left to learn from; {FEWEST_LISTINGS} are needed: "
            "publish a larger dataset"
        )
    homes = [listing.home for listing in plausible]
    clipping = fit_area_clipping(homes, market)
    points = coordinates(market.name)
    names = fit_locality_names([home.locality for home in homes], market, points)
    areas = [clipping.area(home) for home in homes]
    target = [log(row.price / area) for row, area in zip(plausible, areas, strict=True)]
    texts = dict.fromkeys(home.locality for home in homes)
    place = {text: names.find(text, market).place for text in texts}
    places = [place[home.locality] for home in homes]
    rows = EncodingRows(homes, areas, places, np.array(target))
    geocoded = [names.find(name, market).place for name in points]
    known = list(dict.fromkeys([*places, *geocoded]))
    geography = fit_geography(market, names, points)
    return PreparedListings(plausible, rows, names, known, clipping, geography)


def features_out_of_fold(
    prepared: PreparedListings, parameters: Mapping[str, float]
) -> FittedFeatures:
    """Features of each row from encodings and trees of P(house) learned without its fold."""
    rows, folds = prepared.rows, int(parameters["folds"])
    fold = np.array(folds_of(prepared.listings, folds), dtype=np.int64)
    encodings = fit_encodings(rows, prepared.geography)
    layout = current_layout(encodings.landmarks)
    features = np.full((len(fold), len(layout.names)), np.nan)
    for k in range(folds):
        out = np.flatnonzero(fold == k)
        if not len(out):
            continue
        learn = rows.take(np.flatnonzero(fold != k).tolist())
        without = fit_encodings(learn, prepared.geography)
        features[out] = features_of(layout, without, rows.take(out.tolist()))
    kinds = [_house(home.text_fact("kind")) for home in rows.homes]
    settings = int(parameters.get("house_rounds", 0)), int(parameters.get("seed", 0))
    seen = features[:, layout.positions(PROPERTY_TYPE_FEATURES)]
    property_type, share = fit_property_type(seen, np.array(kinds), fold, settings)
    fill_house_probability(features, share, layout)
    return FittedFeatures(encodings, layout, property_type, features, fold)


def _house(kind: str | None) -> float:
    return np.nan if kind is None else float(kind == HOUSE_KIND)


def fill_house_probability(features: Floats, share: Floats, layout: FeatureLayout) -> None:
    """Write P(house) into features `(n, k)`, and as the kind where none was given."""
    is_house = layout.position("is_house")
    features[:, layout.position("house_probability")] = share
    given = features[:, is_house]
    features[:, is_house] = np.where(np.isnan(given), share, given)


def features_of(
    layout: FeatureLayout,
    encodings: TargetEncodings,
    rows: EncodingRows,
    classifier: PropertyTypeClassifier | None = None,
) -> Floats:
    """The features `(n, k)` of `rows`, home by home as a service makes them."""
    features = []
    for home, area, place in zip(rows.homes, rows.areas, rows.places, strict=True):
        model_input = ModelInput(home, area, place, place_levels(encodings, place))
        values = layout.row(encodings, model_input)
        if classifier is not None:
            classifier.fill(values)
        features.append(values)
    return np.array(features)


def training_set_for(
    prepared: PreparedListings, fitted: FittedFeatures, feature_set: FeatureSet
) -> TrainingSet:
    """What a model of `feature_set` is learned from."""
    rows, encodings = prepared.rows, fitted.encodings
    pairs = list(zip(rows.homes, rows.places, strict=True))
    sizes = zip(rows.areas, rows.homes, strict=True)
    return TrainingSet(
        feature_set=feature_set,
        layout=fitted.layout,
        features=fitted.features,
        target=rows.target,
        curve=np.array([curve_value(encodings, log(area), home) for area, home in sizes]),
        folds=fitted.folds,
        places=rows.places,
        societies=[society_of(home, place) for home, place in pairs],
        positions=prepared.geography.position,
        known=prepared.known,
        area_types=len(encodings.area_types),
    )
