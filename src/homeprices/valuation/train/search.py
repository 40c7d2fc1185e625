"""What may be tuned of each recipe, and how good a set of parameters is.

A set is judged by grouped cross-validation. The features of a fold do not
depend on the parameters, so they are made once and shared by every trial.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from homeprices.datasets.split import folds_of
from homeprices.domain.errors import NotFound, Refused
from homeprices.domain.listing import Listing
from homeprices.domain.market import Market
from homeprices.valuation.evaluate.metrics import log_error_metrics
from homeprices.valuation.features.definitions import LEAF
from homeprices.valuation.train.booster import point_estimates
from homeprices.valuation.train.cross_validation import CVFold, rehearse
from homeprices.valuation.train.parameters import BlendParameters, BoosterParameters, overridden
from homeprices.valuation.train.training_set import Floats

FOLDS = 5
SALT = "cross-validation"
Answer = Callable[[CVFold, Mapping[str, float]], Floats]


@dataclass(frozen=True, slots=True)
class Dimension:
    """The values that one parameter may take, searched on a log scale where `is_log`."""

    least: float
    most: float
    is_whole: bool = False
    is_log: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """What may be tuned of a recipe, and the point estimates of a set of parameters.

    `answer` gives the log prices per area of the homes asked about. An empty
    `space` means that there is nothing to tune.
    """

    space: Mapping[str, Dimension]
    answer: Answer


def _linear(part: CVFold, _: Mapping[str, float]) -> Floats:
    estimate: Floats = part.asked.curve + part.asked.features[:, LEAF]
    return estimate


def _booster(part: CVFold, parameters: Mapping[str, float]) -> Floats:
    chosen = overridden(BoosterParameters(), parameters)
    return point_estimates(part.material, part.asked.features, chosen)


def _process(part: CVFold, _: Mapping[str, float]) -> Floats:
    return part.process


def _blend(part: CVFold, parameters: Mapping[str, float]) -> Floats:
    chosen = overridden(BlendParameters(), parameters)
    booster = point_estimates(part.material, part.asked.features, chosen)
    weight = chosen.booster_in_four
    return weight * booster + (1 - weight) * part.process


_TREES = {
    "rounds": Dimension(60, 400, is_whole=True),
    "learning_rate": Dimension(0.04, 0.15, is_log=True),
    "leaves": Dimension(12, 96, is_whole=True, is_log=True),
    "bins": Dimension(47, 255, is_whole=True, is_log=True),
    "least_in_leaf": Dimension(3, 30, is_whole=True, is_log=True),
    "feature_share": Dimension(0.4, 0.9),
    "row_share": Dimension(0.5, 0.9),
    "l2": Dimension(0.1, 20.0, is_log=True),
    "huber": Dimension(0.05, 0.4, is_log=True),
}
# Two boosters of all facts must fit into the size and the time that an estimate may take.
_SMALL_TREES = {
    **_TREES,
    "rounds": Dimension(60, 120, is_whole=True),
    "leaves": Dimension(12, 64, is_whole=True, is_log=True),
}
SEARCHES: Mapping[str, Search] = {
    "linear": Search({}, _linear),
    "gaussian_process": Search({}, _process),
    "booster": Search(_TREES, _booster),
    "blend": Search(
        {**_SMALL_TREES, "booster_in_four": Dimension(0.3, 0.8)},
        _blend,
    ),
}


def search_of(recipe: str) -> Search:
    """What may be tuned of `recipe`; raises NotFound."""
    if recipe not in SEARCHES:
        raise NotFound(f"no recipe called {recipe!r} can be tuned; choose {', '.join(SEARCHES)}")
    return SEARCHES[recipe]


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
        return rehearse(learn, unseen, market)

    def errors(self, fold: int, answer: Answer, parameters: Mapping[str, float]) -> Floats:
        """Log estimate minus log price of every home of `fold`, by a model that never saw it."""
        part = self._folds[fold]
        error: Floats = answer(part, parameters) - part.asked.target
        return error


def cv_metrics(errors: Sequence[Floats]) -> dict[str, float]:
    """Figures of log errors, fold by fold."""
    return log_error_metrics(np.concatenate(list(errors)))
