"""Boosted trees of the log price per area, and of how far off they are.

For training only: importing LightGBM brings half a statistics library along.
"""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np

from homeprices.valuation.formulas import POINT_FILE, SPREAD_FILE
from homeprices.valuation.learned import Floats, Learned, Material
from homeprices.valuation.parameters import BoosterParameters

# Keeps the log of a residual that happens to be nothing finite.
_SMALLEST_ERROR = 0.03
# So few rows gain little from a second thread, and threads that spin on a busy machine lose a lot.
_ALWAYS: dict[str, Any] = {
    "num_threads": 1,
    "verbosity": -1,
    "deterministic": True,
    "force_col_wise": True,
    "bagging_freq": 1,
}


def learn_booster(material: Material, parameters: BoosterParameters) -> Learned:
    """The formula of recipe `booster`: deterministic for the same rows and parameters."""
    settings = _point_settings(parameters)
    features, target, folds = material.features, material.target, material.folds
    estimate = _out_of_fold(material, target, settings, parameters.rounds)
    residual = target - estimate
    seen = Material(np.column_stack([features, estimate]), target, folds)
    size = np.log(np.abs(residual) + _SMALLEST_ERROR)
    spread_settings = _spread_settings(parameters)
    spread = np.exp(_out_of_fold(seen, size, spread_settings, parameters.spread_rounds))
    point = _train(features, target, settings, parameters.rounds)
    wide = _train(seen.features, size, spread_settings, parameters.spread_rounds)
    return Learned({POINT_FILE: _text(point), SPREAD_FILE: _text(wide)}, residual, spread)


def _out_of_fold(
    material: Material, target: Floats, settings: dict[str, Any], rounds: int
) -> Floats:
    """Each row's prediction by trees that had not seen its fold."""
    predicted = np.empty_like(target)
    for fold in np.unique(material.folds):
        out = material.folds == fold
        trees = _train(material.features[~out], target[~out], settings, rounds)
        predicted[out] = trees.predict(material.features[out])
    return predicted


def _train(
    features: Floats, target: Floats, settings: dict[str, Any], rounds: int
) -> lightgbm.Booster:
    return lightgbm.train(settings, lightgbm.Dataset(features, target), rounds)


def _text(trees: lightgbm.Booster) -> bytes:
    return str(trees.model_to_string()).encode()


def _point_settings(p: BoosterParameters) -> dict[str, Any]:
    return {
        **_ALWAYS,
        "objective": "huber",
        "alpha": p.huber,
        "learning_rate": p.learning_rate,
        "num_leaves": p.leaves,
        "min_data_in_leaf": p.least_in_leaf,
        "feature_fraction": p.feature_share,
        "bagging_fraction": p.row_share,
        "lambda_l2": p.l2,
        "seed": p.seed,
    }


def _spread_settings(p: BoosterParameters) -> dict[str, Any]:
    return {
        **_ALWAYS,
        "objective": "regression",
        "learning_rate": 0.03,
        "num_leaves": p.spread_leaves,
        "min_data_in_leaf": 40,
        "feature_fraction": 0.5,
        "bagging_fraction": 0.7,
        "lambda_l2": 5.0,
        "seed": p.seed,
    }


def point_estimates(material: Material, asked: Floats, parameters: BoosterParameters) -> Floats:
    """The log prices per area of homes with features `asked`, by trees of all of `material`."""
    settings = _point_settings(parameters)
    trees = _train(material.features, material.target, settings, parameters.rounds)
    return np.asarray(trees.predict(asked), dtype=np.float64)
