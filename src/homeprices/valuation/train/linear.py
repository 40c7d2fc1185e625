"""The readable baseline: one curve over the size, one level for each locality.

The curve is fitted with the tables (`tables`), so nothing is left to learn here.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from homeprices.valuation.features.definitions import CURVE, LEAF
from homeprices.valuation.train.parameters import LinearParameters, as_numbers, overridden
from homeprices.valuation.train.training_set import FitResult, TrainingSet


class Linear:
    """Recipe `linear`."""

    def parameters(self, overrides: Mapping[str, float]) -> dict[str, float]:
        """All parameters in force; raises BadInput."""
        return as_numbers(overridden(LinearParameters(), overrides))

    def learn(self, material: TrainingSet, overrides: Mapping[str, float]) -> FitResult:
        """The formula learned from `material`."""
        estimate = material.features[:, CURVE] + material.features[:, LEAF]
        return FitResult({}, estimate, {"linear": 1.0}, np.zeros_like(estimate))
