"""LightGBM: recipe `booster`, and trees that every recipe may have, of P(house) and the error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt

from homeprices.valuation.arrays import Floats, Integers
from homeprices.valuation.predict.members import booster_file
from homeprices.valuation.train.recipe import QUICK_FIT, Dimension, FitParameters, Recipe
from homeprices.valuation.train.training_set import CVFold, FitResult, TrainingSet

# What prediction does not ask: how the splits were found, and where each tree begins in the text.
_FOR_OTHERS = ("split_gain=", "leaf_weight=", "leaf_count=", "internal_", "tree_sizes=")
# So few rows gain little from a second thread, and threads that spin on a busy machine lose a lot.
_ALWAYS: dict[str, Any] = {
    "num_threads": 1,
    "verbosity": -1,
    "deterministic": True,
    "force_col_wise": True,
    "bagging_freq": 1,
}
# Keeps the log of a residual that happens to be near nothing from being what is learned.
_SMALLEST_ERROR = 0.1
# With fewer of either kind there is nothing to tell them apart by.
FEWEST_OF_A_KIND = 30
_PROPERTY_TYPE: dict[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.18,
    "num_leaves": 15,
    "min_data_in_leaf": 15,
    "feature_fraction": 0.8,
    "bagging_fraction": 0.7,
    "lambda_l2": 2.0,
}


@dataclass(frozen=True, slots=True)
class Sample:
    """Features `(n, k)`, targets, folds and weights `(n,)` to learn from."""

    features: Floats
    target: Floats
    folds: Integers
    weight: Floats | None = None

    def take(self, rows: npt.NDArray[np.bool_]) -> Sample:
        """The rows where `rows` is true."""
        weight = None if self.weight is None else self.weight[rows]
        return Sample(self.features[rows], self.target[rows], self.folds[rows], weight)


def boost(sample: Sample, settings: dict[str, Any], rounds: int) -> lightgbm.Booster:
    """Trees learned from `sample`."""
    data = lightgbm.Dataset(sample.features, sample.target, weight=sample.weight)
    return lightgbm.train({**_ALWAYS, **settings}, data, rounds)


def boost_out_of_fold(sample: Sample, settings: dict[str, Any], rounds: int) -> Floats:
    """Each row's prediction `(n,)` by trees that had not seen its fold."""
    predicted = np.empty_like(sample.target)
    for fold in np.unique(sample.folds):
        out = sample.folds == fold
        trees = boost(sample.take(~out), settings, rounds)
        predicted[out] = trees.predict(sample.features[out])
    return predicted


def text_of(trees: lightgbm.Booster) -> bytes:
    """The model as LightGBM's text, without what only inspection asks: half as long."""
    lines = str(trees.model_to_string()).split("\n")
    return "\n".join(line for line in lines if not line.startswith(_FOR_OTHERS)).encode()


def fit_property_type(
    features: Floats, house: Floats, folds: Integers, settings: tuple[int, int]
) -> tuple[bytes | None, Floats]:
    """The trees, and P(house) `(n,)` of each row by trees that had not seen its fold.

    `features` are what the trees see; `house` is 1, 0, or NaN where the kind is not known;
    `settings` are rounds and seed. Without enough of both kinds, None and the share of houses.
    """
    rounds, seed = settings
    known = ~np.isnan(house)
    counts = np.bincount(house[known].astype(int), minlength=2)
    if not rounds or counts.min() < FEWEST_OF_A_KIND:
        share = counts[1] / max(1, counts.sum())
        return None, np.full(len(house), share)
    chosen = {**_PROPERTY_TYPE, "seed": seed}
    sample = Sample(features[known], house[known], folds[known])
    trees = boost(sample, chosen, rounds)
    share = np.asarray(trees.predict(features), dtype=np.float64)
    share[known] = boost_out_of_fold(sample, chosen, rounds)
    return text_of(trees), share


def fit_error_scale(
    training_set: TrainingSet, fit_result: FitResult, parameters: Mapping[str, float]
) -> tuple[bytes | None, Floats]:
    """Trees of the size of the residual, and each row's scale by trees without its fold.

    None and ones where there are none. They see what the members see, the estimate, and how far
    the members lie apart.
    """
    estimate = fit_result.estimate
    rounds = int(parameters.get("spread_rounds", 0))
    if not rounds:
        return None, np.ones_like(estimate)
    seen = np.column_stack([training_set.seen, estimate, fit_result.disagreement])
    size = np.log(np.abs(training_set.target - estimate) + _SMALLEST_ERROR)
    settings = _error_scale_settings(parameters)
    sample = Sample(seen, size, training_set.folds)
    error_scale = np.exp(boost_out_of_fold(sample, settings, rounds))
    return text_of(boost(sample, settings, rounds)), error_scale


def _error_scale_settings(parameters: Mapping[str, float]) -> dict[str, Any]:
    return {
        "objective": "regression",
        "learning_rate": 0.12,
        "num_leaves": int(parameters["spread_leaves"]),
        "min_data_in_leaf": 40,
        "feature_fraction": 0.5,
        "bagging_fraction": 0.7,
        "lambda_l2": 5.0,
        "seed": int(parameters["seed"]),
    }


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
QUICK_TREES = {**QUICK_FIT, "rounds": 30, "learning_rate": 0.2, "leaves": 16}


def fit_booster(training_set: TrainingSet, parameters: BoosterParameters) -> FitResult:
    """One booster, or several with a seed each; the same for the same rows and parameters."""
    boosters, rows = training_set.feature_set.boosters, len(training_set.target)
    sample = _sample(training_set)
    estimate, files = np.zeros(rows), {}
    for i in range(boosters):
        settings = _settings(parameters, parameters.seed + i, training_set)
        left_out = boost_out_of_fold(sample, settings, parameters.rounds)
        estimate += left_out / boosters
        files[booster_file(i)] = text_of(boost(sample, settings, parameters.rounds))
    return FitResult(files, estimate, {"booster": 1.0}, np.zeros(rows))


def booster_estimates(fold: CVFold, parameters: BoosterParameters) -> Floats:
    """The log prices per area of the unseen homes, by one booster."""
    settings = _settings(parameters, parameters.seed, fold.training_set)
    trees = boost(_sample(fold.training_set), settings, parameters.rounds)
    return np.asarray(trees.predict(fold.unseen.seen), dtype=np.float64)


def _sample(rows: TrainingSet) -> Sample:
    return Sample(rows.seen, rows.target, rows.folds)


def _settings(p: BoosterParameters, seed: int, rows: TrainingSet) -> dict[str, Any]:
    return {
        "interaction_constraints": rows.interactions,
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
