"""The booster and the Gaussian process together: each errs where the other does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np

from homeprices.valuation.train.booster import Booster
from homeprices.valuation.train.gaussian_recipe import GaussianProcess
from homeprices.valuation.train.parameters import (
    BlendParameters,
    BoosterParameters,
    GaussianProcessParameters,
    LinearParameters,
    as_numbers,
    overridden,
)
from homeprices.valuation.train.training_set import FitResult, TrainingSet


class Blend:
    """Recipe `blend`: a weighted mean of the log prices of its members."""

    def parameters(self, overrides: Mapping[str, float]) -> dict[str, float]:
        """All parameters in force, those of the members among them; raises BadInput."""
        return as_numbers(overridden(BlendParameters(), overrides))

    def learn(self, material: TrainingSet, overrides: Mapping[str, float]) -> FitResult:
        """The formula learned from `material`; raises BadInput."""
        given = self.parameters(overrides)
        booster = Booster().learn(material, _only(BoosterParameters(), given))
        process = GaussianProcess().learn(material, _only(GaussianProcessParameters(), given))
        weight = given[f"booster_in_{material.facts.name}"]
        return FitResult(
            files={**booster.files, **process.files},
            estimate=weight * booster.estimate + (1 - weight) * process.estimate,
            members={"booster": weight, "gaussian_process": 1 - weight},
            disagreement=np.abs(booster.estimate - process.estimate),
            served_differs=process.served_differs,
        )


def _only(parameters: LinearParameters, given: Mapping[str, float]) -> dict[str, float]:
    """Those of the given numbers that `parameters` have."""
    return {name: given[name] for name in asdict(parameters)}
