"""LightGBM as all learners here use it: one row is one home, the same rows give the same trees.

For training only: importing LightGBM brings half a statistics library along.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt

from homeprices.valuation.learned import Floats, Folds

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
