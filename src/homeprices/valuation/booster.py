"""Boosted trees of the log price per area."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from homeprices.valuation.boosting import Sample, boost, boost_out_of_fold, text_of
from homeprices.valuation.formulas import booster_file
from homeprices.valuation.learned import Floats, Learned, Material
from homeprices.valuation.parameters import BoosterParameters, as_numbers, overridden


class Booster:
    """Recipe `booster`: deterministic for the same rows and parameters."""

    def parameters(self, overrides: Mapping[str, float]) -> dict[str, float]:
        """All parameters in force; raises BadInput."""
        return as_numbers(overridden(BoosterParameters(), overrides))

    def learn(self, material: Material, overrides: Mapping[str, float]) -> Learned:
        """The formula learned from `material`; raises BadInput."""
        facts, parameters = material.facts, overridden(BoosterParameters(), overrides)
        sample, rows = Sample(*material.copies()), len(material.target)
        estimate, files = np.zeros(rows), {}
        for i in range(facts.boosters):
            settings = _settings(parameters, parameters.seed + i)
            left_out = boost_out_of_fold(sample, settings, parameters.rounds)[:rows]
            estimate += left_out / facts.boosters
            files[booster_file(i)] = text_of(boost(sample, settings, parameters.rounds))
        return Learned(files, estimate, {"booster": 1.0}, np.zeros(rows))


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


def point_estimates(material: Material, asked: Floats, parameters: BoosterParameters) -> Floats:
    """The log prices per area of homes with features `asked` `(m, k)`, by one booster."""
    trees = boost(
        Sample(*material.copies()), _settings(parameters, parameters.seed), parameters.rounds
    )
    columns = material.facts.columns(asked.shape[1])
    return np.asarray(trees.predict(asked[:, columns]), dtype=np.float64)
