"""The ways to learn a model, by name. For training: services load `formulas` alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from homeprices.domain.errors import NotFound
from homeprices.valuation.train.blend import Blend
from homeprices.valuation.train.booster import Booster
from homeprices.valuation.train.gaussian_recipe import GaussianProcess
from homeprices.valuation.train.linear import Linear
from homeprices.valuation.train.training_set import FitResult, TrainingSet


class Recipe(Protocol):
    """One way to learn; `overrides` replace its default parameters by name."""

    def parameters(self, overrides: Mapping[str, float]) -> dict[str, float]:
        """All parameters in force; raises BadInput."""

    def learn(self, material: TrainingSet, overrides: Mapping[str, float]) -> FitResult:
        """The formula learned from `material`; raises BadInput."""


RECIPES: Mapping[str, Recipe] = {
    "linear": Linear(),
    "booster": Booster(),
    "gaussian_process": GaussianProcess(),
    "blend": Blend(),
}


def recipe(name: str) -> Recipe:
    """The recipe called `name`; raises NotFound."""
    if name not in RECIPES:
        raise NotFound(f"no recipe is called {name!r}; choose one of {', '.join(RECIPES)}")
    return RECIPES[name]
