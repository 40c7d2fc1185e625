"""LightGBM as all learners here use it: one row is one home, the same rows give the same trees.

For training only: importing LightGBM brings half a statistics library along.
"""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np

from homeprices.valuation.learned import Floats, Folds

# So few rows gain little from a second thread, and threads that spin on a busy machine lose a lot.
_ALWAYS: dict[str, Any] = {
    "num_threads": 1,
    "verbosity": -1,
    "deterministic": True,
    "force_col_wise": True,
    "bagging_freq": 1,
}


def boost(
    features: Floats, target: Floats, settings: dict[str, Any], rounds: int
) -> lightgbm.Booster:
    """Trees learned from features `(n, k)` and targets `(n,)`."""
    return lightgbm.train({**_ALWAYS, **settings}, lightgbm.Dataset(features, target), rounds)


def boost_out_of_fold(
    features: Floats, target: Floats, folds: Folds, settings: dict[str, Any], rounds: int
) -> Floats:
    """Each row's prediction `(n,)` by trees that had not seen its fold."""
    predicted = np.empty_like(target)
    for fold in np.unique(folds):
        out = folds == fold
        trees = boost(features[~out], target[~out], settings, rounds)
        predicted[out] = trees.predict(features[out])
    return predicted


def text_of(trees: lightgbm.Booster) -> bytes:
    """The model as LightGBM's text."""
    return str(trees.model_to_string()).encode()
