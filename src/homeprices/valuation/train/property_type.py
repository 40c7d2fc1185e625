"""Learns P(house) from the kinds of the listings."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from homeprices.valuation.predict.property_type import HOUSE_COLUMNS
from homeprices.valuation.train.booster import Sample, boost, boost_out_of_fold, text_of
from homeprices.valuation.train.training_set import Floats, Folds

# With fewer of either kind there is nothing to tell them apart by.
FEWEST_OF_A_KIND = 30
_SETTINGS: dict[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.18,
    "num_leaves": 15,
    "min_data_in_leaf": 15,
    "feature_fraction": 0.8,
    "bagging_fraction": 0.7,
    "lambda_l2": 2.0,
}


def fit_property_type(
    features: Floats, house: npt.NDArray[np.float64], folds: Folds, settings: tuple[int, int]
) -> tuple[bytes | None, Floats]:
    """The trees, and P(house) `(n,)` of each row by trees that had not seen its fold.

    `house` is 1, 0, or NaN where the kind is not known; `settings` are rounds and seed. Without
    enough of both kinds, None and the share of houses.
    """
    rounds, seed = settings
    known = ~np.isnan(house)
    counts = np.bincount(house[known].astype(int), minlength=2)
    if not rounds or counts.min() < FEWEST_OF_A_KIND:
        share = counts[1] / max(1, counts.sum())
        return None, np.full(len(house), share)
    chosen = {**_SETTINGS, "seed": seed}
    seen = features[:, HOUSE_COLUMNS]
    sample = Sample(seen[known], house[known], folds[known])
    trees = boost(sample, chosen, rounds)
    share = np.asarray(trees.predict(seen), dtype=np.float64)
    share[known] = boost_out_of_fold(sample, chosen, rounds)
    return text_of(trees), share
