from collections.abc import Mapping

import pytest

from homeprices import markets
from homeprices.datasets.clean import read_listings
from homeprices.datasets.simulate import simulate
from homeprices.domain.listing import Listing
from homeprices.domain.market import Market
from homeprices.valuation.train.fit import FitConfig, fit
from homeprices.valuation.train.recipes import RECIPES


@pytest.fixture(scope="session")
def market() -> Market:
    return markets.load("bangalore")


@pytest.fixture(scope="session")
def listings(market: Market) -> tuple[Listing, ...]:
    return read_listings(simulate(market, 3000, 3), market)


def quick(name: str, listings: tuple[Listing, ...], market: Market) -> Mapping[str, bytes]:
    return fit(FitConfig(name, RECIPES[name].quick), listings, market, lambda _: None)


@pytest.fixture(scope="session")
def booster_files(listings: tuple[Listing, ...], market: Market) -> Mapping[str, bytes]:
    return quick("booster", listings, market)


@pytest.fixture(scope="session")
def linear_files(listings: tuple[Listing, ...], market: Market) -> Mapping[str, bytes]:
    return quick("linear", listings, market)


@pytest.fixture(scope="session")
def blend_files(listings: tuple[Listing, ...], market: Market) -> Mapping[str, bytes]:
    return fit(
        FitConfig("blend", {**RECIPES["blend"].quick, "fact_sets": 3.0}),
        listings,
        market,
        lambda _: None,
    )
