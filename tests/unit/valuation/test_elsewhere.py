from dataclasses import replace

import numpy as np
import pytest

from homeprices.domain.listing import Listing
from homeprices.domain.market import Market
from homeprices.valuation.elsewhere import elsewhere
from homeprices.valuation.ground import Ground, prepare
from homeprices.valuation.tables import fit_tables


@pytest.fixture(scope="module")
def ground(listings: tuple[Listing, ...], market: Market) -> Ground:
    return prepare(listings, market)


@pytest.fixture(scope="module")
def residual(ground: Ground) -> np.ndarray:
    return np.random.default_rng(3).normal(0, 0.2, len(ground.rows))


def test_eight_of_ten_homes_are_inside_when_the_level_of_their_place_is_not_known(
    ground: Ground, residual: np.ndarray
) -> None:
    tables = fit_tables(ground.rows, ground.geography)
    promised = elsewhere(ground.rows, tables).promise(residual, 0.8)
    level = [tables.bases[place.base].residual for place in ground.rows.places]
    off = residual + level
    low, high = promised.city
    assert np.mean((low < off) & (off < high)) == pytest.approx(0.8, abs=0.005)
    assert high - low > 1.1 * np.subtract(*np.quantile(residual, [0.9, 0.1]))


def test_listings_around_narrow_the_range_and_a_bolder_promise_widens_it(
    ground: Ground, residual: np.ndarray
) -> None:
    levels = elsewhere(ground.rows, fit_tables(ground.rows, ground.geography))
    eight, nine = (levels.promise(residual, share) for share in (0.8, 0.9))
    for found in (eight, nine):
        near = found.neighbourhood[1] - found.neighbourhood[0]
        assert near < found.city[1] - found.city[0]
    assert nine.neighbourhood[0] < eight.neighbourhood[0]


def test_where_no_place_is_on_the_map_the_city_stands_in(
    ground: Ground, residual: np.ndarray
) -> None:
    tables = fit_tables(ground.rows, replace(ground.geography, position={}, features={}))
    promised = elsewhere(ground.rows, tables).promise(residual, 0.8)
    assert promised.neighbourhood == promised.city
