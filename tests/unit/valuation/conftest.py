from collections.abc import Callable, Mapping

import pytest

from homeprices import markets
from homeprices.datasets.clean import read_listings
from homeprices.datasets.simulate import simulate
from homeprices.domain.listing import Listing
from homeprices.domain.market import Market
from homeprices.valuation.train.fit import FitConfig, fit
from homeprices.valuation.train.recipes import RECIPES
from support.shared import SharedFolders

Fitted = Callable[..., Mapping[str, bytes]]


@pytest.fixture(scope="session")
def market() -> Market:
    return markets.load("bangalore")


@pytest.fixture(scope="session")
def listings(market: Market) -> tuple[Listing, ...]:
    return read_listings(simulate(market, 3000, 3), market)


@pytest.fixture(scope="session")
def fitted(shared: SharedFolders, listings: tuple[Listing, ...], market: Market) -> Fitted:
    """The files of a quick model of a recipe, fitted once for all workers."""

    def files(recipe: str, **parameters: float) -> Mapping[str, bytes]:
        config = FitConfig(recipe, {**RECIPES[recipe].quick, **parameters})
        name = "-".join([recipe, *(f"{name} {value:g}" for name, value in parameters.items())])
        return shared.files(name, lambda: fit(config, listings, market, print))

    return files


@pytest.fixture(scope="session")
def booster_files(fitted: Fitted) -> Mapping[str, bytes]:
    return fitted("booster")


@pytest.fixture(scope="session")
def linear_files(fitted: Fitted) -> Mapping[str, bytes]:
    return fitted("linear")


@pytest.fixture(scope="session")
def blend_files(fitted: Fitted) -> Mapping[str, bytes]:
    return fitted("blend", fact_sets=3.0)
