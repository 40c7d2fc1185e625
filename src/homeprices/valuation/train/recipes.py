"""The ways to learn a model, by name."""

from collections.abc import Mapping
from typing import Any

from homeprices.domain.errors import NotFound
from homeprices.valuation.train.blend import BLEND
from homeprices.valuation.train.boosting import BOOSTER
from homeprices.valuation.train.gaussian_recipe import GAUSSIAN_PROCESS
from homeprices.valuation.train.linear import LINEAR
from homeprices.valuation.train.recipe import Recipe

RECIPES: Mapping[str, Recipe[Any]] = {
    recipe.name: recipe for recipe in (LINEAR, BOOSTER, GAUSSIAN_PROCESS, BLEND)
}


def recipe_named(name: str) -> Recipe[Any]:
    """The recipe called `name`; raises NotFound."""
    if name not in RECIPES:
        raise NotFound(f"no recipe is called {name!r}; choose one of {', '.join(RECIPES)}")
    return RECIPES[name]
