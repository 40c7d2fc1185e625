from collections.abc import Mapping
from dataclasses import replace
from math import log

import msgspec
import pytest

from homeprices.domain.listing import Home, Listing
from homeprices.domain.locality import place_of
from homeprices.domain.market import Market
from homeprices.markets.places import coordinates
from homeprices.valuation.features import (
    BASE_LISTINGS,
    BEDROOMS,
    CURVE,
    LEAF,
    Tables,
    curve_value,
    home_features,
    place_features,
)
from homeprices.valuation.locality import fit_places
from homeprices.valuation.tables import fit_geography


@pytest.fixture(scope="module")
def tables(booster_files: Mapping[str, bytes]) -> Tables:
    return msgspec.msgpack.decode(booster_files["tables.msgpack"], type=Tables)


def test_named_features_stand_where_their_names_say(tables: Tables, market: Market) -> None:
    home, place = Home("Whitefield", 1200.0, 3, 2), place_of("Whitefield", market)
    values = [*home_features(tables, home, 1200.0, place), *place_features(tables, place)]
    assert values[BEDROOMS] == 3
    assert values[CURVE] == curve_value(tables, 1200.0, home)
    assert values[LEAF] == tables.leaves["whitefield"].residual
    assert values[BASE_LISTINGS] == pytest.approx(log(1 + tables.bases["whitefield"].listings))


def test_a_place_without_listings_has_the_level_of_the_one_above_it(
    tables: Tables, market: Market
) -> None:
    known = place_of("Whitefield", market)
    unseen = replace(known, leaf="whitefield phase 99")
    assert place_features(tables, unseen)[2] == tables.bases["whitefield"].residual
    nowhere = place_of("Atlantis", market)
    assert place_features(tables, nowhere)[:6] == [0.0] * 6


def test_homes_of_one_size_in_one_base_are_one_project(tables: Tables, market: Market) -> None:
    name, homes = max(tables.projects.items(), key=lambda item: len(item[1]))
    base, _, bedrooms = name.partition("|")
    log_area, bathrooms, _ = homes[0]
    place = replace(place_of("x", market), base=base)
    home = Home("x", 1.0, int(bedrooms), bathrooms)
    listings = home_features(tables, home, 2.718281828459045**log_area, place)[7]
    assert listings >= 1


def test_distances_are_kilometres(market: Market, listings: tuple[Listing, ...]) -> None:
    places = fit_places([listing.home.locality for listing in listings], market)
    geography = fit_geography(market, places, coordinates(market.name))
    east, north, *marks = geography.features["whitefield"]
    assert (12 < east < 20, -3 < north < 3) == (True, True)
    assert marks[0] == pytest.approx((east**2 + north**2) ** 0.5)
    assert len(marks) == len(market.landmarks)
