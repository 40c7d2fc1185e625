"""The ways to learn a model, by name. For training: services load `formulas` alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from homeprices.domain.errors import NotFound
from homeprices.valuation.booster import learn_booster
from homeprices.valuation.learned import Learned, Material
from homeprices.valuation.linear import learn_linear
from homeprices.valuation.parameters import (
    BoosterParameters,
    LinearParameters,
    as_numbers,
    overridden,
)


class Recipe(Protocol):
    """One way to learn; `overrides` replace its default parameters by name."""

    def parameters(self, overrides: Mapping[str, float]) -> dict[str, float]:
        """All parameters in force; raises BadInput."""

    def learn(self, material: Material, overrides: Mapping[str, float]) -> Learned:
        """The formula learned from `material`; raises BadInput."""


class Linear:
    """The readable baseline."""

    def parameters(self, overrides: Mapping[str, float]) -> dict[str, float]:
        """All parameters in force; raises BadInput."""
        return as_numbers(overridden(LinearParameters(), overrides))

    def learn(self, material: Material, overrides: Mapping[str, float]) -> Learned:
        """The formula learned from `material`."""
        return learn_linear(material)


class Booster:
    """Boosted trees."""

    def parameters(self, overrides: Mapping[str, float]) -> dict[str, float]:
        """All parameters in force; raises BadInput."""
        return as_numbers(overridden(BoosterParameters(), overrides))

    def learn(self, material: Material, overrides: Mapping[str, float]) -> Learned:
        """The formula learned from `material`; raises BadInput."""
        return learn_booster(material, overridden(BoosterParameters(), overrides))


RECIPES: Mapping[str, Recipe] = {"linear": Linear(), "booster": Booster()}


def recipe(name: str) -> Recipe:
    """The recipe called `name`; raises NotFound."""
    if name not in RECIPES:
        raise NotFound(f"no recipe is called {name!r}; choose one of {', '.join(RECIPES)}")
    return RECIPES[name]
