import pytest

from homeprices.domain.errors import BadInput, NotFound, Refused
from homeprices.domain.market import Market
from homeprices.valuation.train.fit import FitConfig, fit
from homeprices.valuation.train.recipe import Recipe
from homeprices.valuation.train.recipes import RECIPES, recipe_named


def test_overrides_replace_defaults_and_whole_numbers_stay_whole() -> None:
    given = recipe_named("booster").parameters({"rounds": 50.0})
    assert given == {**recipe_named("booster").parameters({}), "rounds": 50.0}


@pytest.mark.parametrize(
    "overrides",
    [{"trees": 3}, {"rounds": 2.5}, {"l2": -1}, {"folds": 0}, {"bins": 1}, {"leaves": 1}],
)
def test_what_is_no_parameter_or_no_value_is_refused_by_name(overrides: dict[str, float]) -> None:
    with pytest.raises(BadInput, match=next(iter(overrides))):
        recipe_named("booster").parameters(overrides)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_what_is_quick_and_what_is_searched_are_parameters(recipe: Recipe) -> None:
    assert recipe.parameters(recipe.quick).keys() == recipe.parameters({}).keys()
    assert recipe.search_space.keys() <= recipe.parameters({}).keys()


def test_an_unknown_recipe_is_told_with_those_there_are() -> None:
    with pytest.raises(NotFound, match="linear, booster"):
        recipe_named("oracle")


def test_too_few_listings_are_refused(market: Market) -> None:
    with pytest.raises(Refused, match="0 listings are left"):
        fit(FitConfig("linear", {}), [], market, lambda _: None)


@pytest.mark.parametrize("coverage", [0.0, 1.0, 80.0])
def test_a_promise_that_no_range_can_keep_is_refused(market: Market, coverage: float) -> None:
    with pytest.raises(BadInput, match=r"coverage must be 0\.5 to 0\.99"):
        fit(FitConfig("linear", {}, coverage), [], market, lambda _: None)
