from dataclasses import replace

import numpy as np
import pytest

from homeprices.domain.listing import Listing
from homeprices.domain.market import Market
from homeprices.valuation.train.preprocessing import PreparedListings, prepare
from homeprices.valuation.train.target_encodings import fit_encodings, unlisted_locality_error


@pytest.fixture(scope="module")
def ground(listings: tuple[Listing, ...], market: Market) -> PreparedListings:
    return prepare(listings, market)


def test_the_listings_around_a_place_tell_some_of_its_level(ground: PreparedListings) -> None:
    levels = unlisted_locality_error(ground.rows, fit_encodings(ground.rows, ground.geography))
    near = ~np.isnan(levels.neighbourhood)
    assert near.mean() > 0.5
    assert levels.neighbourhood[near].std() < levels.city[near].std()


def test_a_places_own_listings_do_not_count_among_those_around_it(ground: PreparedListings) -> None:
    rows, name = ground.rows, ground.rows.places[0].locality
    tables = fit_encodings(rows, ground.geography)
    dearer = replace(
        tables, listed_points={**tables.listed_points, name: _dearer(tables.listed_points[name])}
    )
    own = np.array([place.locality == name for place in rows.places])
    before, after = (unlisted_locality_error(rows, one).neighbourhood for one in (tables, dearer))
    assert np.array_equal(before[own], after[own])
    assert not np.array_equal(before[~own], after[~own], equal_nan=True)


def test_where_no_place_is_on_the_map_there_is_no_neighbourhood(ground: PreparedListings) -> None:
    tables = fit_encodings(ground.rows, replace(ground.geography, position={}, features={}))
    levels = unlisted_locality_error(ground.rows, tables)
    assert np.isnan(levels.neighbourhood).all()
    assert np.isfinite(levels.city).all()


def _dearer(spot: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    east, north, total, mass = spot
    return east, north, total + 10 * mass, mass
