"""How far off an estimate is expected to be: boosted trees of the size of the residual."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from homeprices.valuation.train.booster import Sample, boost, boost_out_of_fold, text_of
from homeprices.valuation.train.training_set import FitResult, Floats, TrainingSet

# Keeps the log of a residual that happens to be near nothing from being what is learned.
_SMALLEST_ERROR = 0.1


def fit_error_scale(
    material: TrainingSet, learned: FitResult, parameters: Mapping[str, float]
) -> tuple[bytes | None, Floats]:
    """The trees and each row's spread by trees without it; None and ones where there are none.

    They see what the formula sees, its estimate, and how far its members lie apart.
    """
    rounds = int(parameters.get("spread_rounds", 0))
    if not rounds:
        return None, np.ones_like(learned.estimate)
    seen = np.column_stack([material.seen, learned.estimate, learned.disagreement])
    size = np.log(np.abs(material.target - learned.estimate) + _SMALLEST_ERROR)
    settings = _settings(parameters)
    sample = Sample(seen, size, material.folds)
    spread = np.exp(boost_out_of_fold(sample, settings, rounds))
    return text_of(boost(sample, settings, rounds)), spread


def _settings(parameters: Mapping[str, float]) -> dict[str, Any]:
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
