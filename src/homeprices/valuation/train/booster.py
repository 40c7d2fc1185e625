"""Boosted trees of the log price per area."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt

from homeprices.valuation.predict.ensemble import booster_file
from homeprices.valuation.train.parameters import BoosterParameters, as_numbers, overridden
from homeprices.valuation.train.training_set import FitResult, Floats, Folds, TrainingSet


class Booster:
    """Recipe `booster`: deterministic for the same rows and parameters."""

    def parameters(self, overrides: Mapping[str, float]) -> dict[str, float]:
        """All parameters in force; raises BadInput."""
        return as_numbers(overridden(BoosterParameters(), overrides))

    def learn(self, material: TrainingSet, overrides: Mapping[str, float]) -> FitResult:
        """The formula learned from `material`; raises BadInput."""
        facts, parameters = material.facts, overridden(BoosterParameters(), overrides)
        sample, rows = Sample(*material.copies()), len(material.target)
        estimate, files = np.zeros(rows), {}
        for i in range(facts.boosters):
            settings = _settings(parameters, parameters.seed + i)
            left_out = boost_out_of_fold(sample, settings, parameters.rounds)[:rows]
            estimate += left_out / facts.boosters
            files[booster_file(i)] = text_of(boost(sample, settings, parameters.rounds))
        return FitResult(files, estimate, {"booster": 1.0}, np.zeros(rows))


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


def point_estimates(material: TrainingSet, asked: Floats, parameters: BoosterParameters) -> Floats:
    """The log prices per area of homes with features `asked` `(m, k)`, by one booster."""
    trees = boost(
        Sample(*material.copies()), _settings(parameters, parameters.seed), parameters.rounds
    )
    columns = material.facts.columns(asked.shape[1])
    return np.asarray(trees.predict(asked[:, columns]), dtype=np.float64)


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


@dataclass(frozen=True, slots=True)
class Sample:
    """Features `(n, k)`, targets, folds and weights `(n,)` to learn from."""

    features: Floats
    target: Floats
    folds: Folds
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
