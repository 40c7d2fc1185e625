"""The readable baseline: one curve over the size, one level for each locality.

The curve is fitted with the target encodings, so nothing is left to learn here.
"""

import numpy as np

from homeprices.valuation.arrays import Floats
from homeprices.valuation.train.recipe import Parameters, Recipe
from homeprices.valuation.train.training_set import CVFold, FitResult, TrainingSet


def _fit(training_set: TrainingSet, _: Parameters) -> FitResult:
    estimate = training_set.column("size_curve") + training_set.column("sublocality_level")
    return FitResult({}, estimate, {"linear": 1.0}, np.zeros_like(estimate))


def _point_estimates(fold: CVFold, _: Parameters) -> Floats:
    estimate: Floats = fold.unseen.curve + fold.unseen.column("sublocality_level")
    return estimate


LINEAR = Recipe("linear", Parameters(), _fit, _point_estimates)
