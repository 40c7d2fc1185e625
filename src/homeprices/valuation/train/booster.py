"""Recipe `booster`: boosted trees of the log price per area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from homeprices.valuation.arrays import Floats
from homeprices.valuation.predict.members import booster_file
from homeprices.valuation.train.boosting import Sample, boost, boost_out_of_fold, text_of
from homeprices.valuation.train.recipe import QUICK_FIT, Dimension, FitParameters, Recipe
from homeprices.valuation.train.training_set import CVFold, FitResult, TrainingSet


@dataclass(frozen=True)
class BoosterParameters(FitParameters):
    """LightGBM's, by plain names; `huber` is where the loss turns from square to absolute.

    Every level of every tree is paid for at each estimate: few rounds, many leaves, coarse `bins`.
    """

    rounds: int = 90
    learning_rate: float = 0.13
    leaves: int = 64
    bins: int = 95
    least_in_leaf: int = 6
    feature_share: float = 0.7
    row_share: float = 0.71
    l2: float = 2.0
    huber: float = 0.25


SEARCH_SPACE = {
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
QUICK_TREES = {**QUICK_FIT, "rounds": 60, "learning_rate": 0.1, "leaves": 12}


def fit_booster(training_set: TrainingSet, parameters: BoosterParameters) -> FitResult:
    """One booster, or several with a seed each; the same for the same rows and parameters."""
    boosters, rows = training_set.feature_set.boosters, len(training_set.target)
    sample = Sample(*training_set.copies())
    estimate, files = np.zeros(rows), {}
    for i in range(boosters):
        settings = _settings(parameters, parameters.seed + i)
        left_out = boost_out_of_fold(sample, settings, parameters.rounds)[:rows]
        estimate += left_out / boosters
        files[booster_file(i)] = text_of(boost(sample, settings, parameters.rounds))
    return FitResult(files, estimate, {"booster": 1.0}, np.zeros(rows))


def booster_estimates(fold: CVFold, parameters: BoosterParameters) -> Floats:
    """The log prices per area of the unseen homes, by one booster."""
    sample = Sample(*fold.training_set.copies())
    trees = boost(sample, _settings(parameters, parameters.seed), parameters.rounds)
    return np.asarray(trees.predict(fold.unseen.seen), dtype=np.float64)


def _settings(p: BoosterParameters, seed: int) -> dict[str, Any]:
    return {
        "objective": "huber",
        "alpha": p.huber,
        "learning_rate": p.learning_rate,
        "num_leaves": p.leaves,
        "max_bin": p.bins,
        "min_data_in_leaf": p.least_in_leaf,
        "feature_fraction": p.feature_share,
        "bagging_fraction": p.row_share,
        "lambda_l2": p.l2,
        "seed": seed,
    }


BOOSTER = Recipe(
    "booster",
    BoosterParameters(),
    fit_booster,
    booster_estimates,
    quick=QUICK_TREES,
    search_space=SEARCH_SPACE,
)
