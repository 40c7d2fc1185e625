"""How good a set of parameters is, by grouped cross-validation, without packing a model.

The features of a fold do not depend on the parameters, so they are made once and shared by every
set of parameters that is tried.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import log
from typing import Any

import numpy as np

from homeprices.datasets.split import folds_of
from homeprices.domain.errors import Refused
from homeprices.domain.listing import Listing
from homeprices.domain.market import Market
from homeprices.valuation.arrays import Floats
from homeprices.valuation.evaluate.metrics import log_error_metrics
from homeprices.valuation.features.encodings import curve_value
from homeprices.valuation.features.feature_sets import FOUR
from homeprices.valuation.localities.names import LocalityResolver
from homeprices.valuation.train import preprocessing
from homeprices.valuation.train.recipe import FitParameters, Recipe, as_numbers
from homeprices.valuation.train.target_encodings import EncodingRows
from homeprices.valuation.train.training_set import CVFold

FOLDS = 5
SALT = "cross-validation"


class CrossValidation:
    """The folds that every set of parameters of one dataset is asked on."""

    def __init__(self, listings: Sequence[Listing], market: Market) -> None:
        """Make the features of every fold; raises Refused when the listings are too few."""
        folds = np.array(folds_of(listings, FOLDS, SALT))
        if len(np.unique(folds)) < FOLDS:
            raise Refused(f"{len(listings)} listings are too few for {FOLDS} folds")
        self._folds = [self._fold(listings, folds == out, market) for out in range(FOLDS)]

    @staticmethod
    def _fold(listings: Sequence[Listing], out: np.ndarray, market: Market) -> CVFold:
        pairs = list(zip(listings, out.tolist(), strict=True))
        learn = [listing for listing, is_out in pairs if not is_out]
        unseen = [listing for listing, is_out in pairs if is_out]
        return cv_fold(learn, unseen, market)

    def errors(self, fold: int, recipe: Recipe[Any], parameters: Mapping[str, float]) -> Floats:
        """Log estimate minus log price of every home of `fold`, by a model that never saw it."""
        part = self._folds[fold]
        error: Floats = recipe.estimates(part, parameters) - part.unseen.target
        return error


def cv_fold(learn: Sequence[Listing], unseen: Sequence[Listing], market: Market) -> CVFold:
    """What four facts of `learn` teach, and `unseen` as a service would see them; raises Refused.

    Refused when too few are left to learn from.
    """
    prepared = preprocessing.prepare(learn, market)
    fitted = preprocessing.features_out_of_fold(prepared, as_numbers(FitParameters()))
    homes = [listing.home for listing in unseen]
    areas = [prepared.area_clipping.area(home) for home in homes]
    resolver = LocalityResolver(prepared.names, market)
    places = [resolver.find(home.locality).place for home in homes]
    target = np.array([log(row.price / area) for row, area in zip(unseen, areas, strict=True)])
    training_set, encodings = (
        preprocessing.training_set_for(prepared, fitted, FOUR),
        fitted.encodings,
    )
    rows = EncodingRows(homes, areas, places, target)
    unseen_set = replace(
        training_set,
        features=preprocessing.features_of(fitted.layout, encodings, rows, fitted.classifier()),
        target=target,
        curve=np.array(
            [
                curve_value(encodings, log(area), home)
                for area, home in zip(areas, homes, strict=True)
            ]
        ),
        folds=np.zeros(len(homes), dtype=np.int64),
        places=places,
        societies=[None] * len(homes),
    )
    return CVFold(training_set, unseen_set)


def cv_metrics(errors: Sequence[Floats]) -> dict[str, float]:
    """Figures of log errors, fold by fold."""
    return log_error_metrics(np.concatenate(list(errors)))
