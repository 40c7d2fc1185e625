from collections.abc import Mapping
from dataclasses import replace
from math import log

import lightgbm
import msgspec
import numpy as np
import pytest

from homeprices.datasets.clean import read_listings
from homeprices.datasets.simulate import simulate
from homeprices.domain.listing import Home, Listing
from homeprices.domain.locality import place_of
from homeprices.domain.market import Market
from homeprices.markets.places import coordinates
from homeprices.valuation.features.definitions import (
    BALCONIES,
    BASE,
    BASE_LISTINGS,
    BEDROOMS,
    CURVE,
    HOUSE,
    KIND,
    LEAF,
    PARENT,
    PROJECT_LISTINGS,
    SOCIETY_LISTINGS,
    ModelInput,
    TargetEncodings,
    comparables,
    curve_value,
    features,
    place_features,
    width,
)
from homeprices.valuation.features.feature_sets import FACT_SETS, OPTIONAL, FeatureSet, picker
from homeprices.valuation.localities.geography import fit_geography
from homeprices.valuation.localities.names import fit_places
from homeprices.valuation.predict import bundle
from homeprices.valuation.predict.property_type import HOUSE_COLUMNS
from homeprices.valuation.train.fit import FitConfig, fit
from homeprices.valuation.train.preprocessing import (
    FittedFeatures,
    PreparedListings,
    features_of,
    material_of,
    prepare,
    tell_houses,
)
from homeprices.valuation.train.target_encodings import fit_tables


@pytest.fixture(scope="module")
def tables(booster_files: Mapping[str, bytes]) -> TargetEncodings:
    return msgspec.msgpack.decode(booster_files["tables.msgpack"], type=TargetEncodings)


def of(tables: TargetEncodings, home: Home, market: Market) -> list[float]:
    place = place_of(home.locality, market)
    subject = ModelInput(home, home.area, place, place_features(tables, place))
    return features(tables, subject, lambda _: 0.25)


@pytest.fixture(scope="module")
def ground(market: Market) -> PreparedListings:
    """More than 5,000 listings, of which every ninth lacks one of the optional facts."""
    rows = read_listings(simulate(market, 6000, 4), market)
    lacking = [
        replace(row, home=row.home.with_facts(**{OPTIONAL[i // 9 % 5]: None}))
        if i % 9 == 0
        else row
        for i, row in enumerate(rows)
    ]
    return prepare(lacking, market)


@pytest.fixture(scope="module")
def served(ground: PreparedListings, market: Market) -> Mapping[str, bytes]:
    few = {"fact_sets": 3.0, "rounds": 5.0, "spread_rounds": 5.0, "folds": 2.0}
    return fit(FitConfig("booster", few), ground.listings, market, lambda _: None)


@pytest.mark.parametrize("facts", FACT_SETS.values(), ids=FACT_SETS.keys())
def test_features_are_equal_to_the_last_bit_in_training_and_in_serving(
    facts: FeatureSet, ground: PreparedListings, served: Mapping[str, bytes]
) -> None:
    tables = fit_tables(ground.rows, ground.geography)
    columns = features_of(tables, ground.rows, None)
    houses = lightgbm.Booster(model_str=served["houses.txt"].decode())
    tell_houses(columns, np.asarray(houses.predict(columns[:, HOUSE_COLUMNS])))
    prepared = FittedFeatures(
        tables, served["houses.txt"], columns, np.zeros(len(columns), np.int64)
    )
    learned_from = material_of(ground, prepared, facts).copies()[0]

    valuer, pick = bundle.load(served), picker(facts.columns(width(tables)))
    told = [[f for f in facts.optional if f not in hidden] for hidden in [(), *facts.hidden]]
    rows = [pick(valuer.see(h.with_only(names))[1]) for names in told for h in ground.rows.homes]
    assert len(ground.rows) >= 5000
    assert np.array(rows).tobytes() == learned_from.tobytes()


def test_named_features_stand_where_their_names_say(
    tables: TargetEncodings, market: Market
) -> None:
    home = Home("Whitefield", 1200.0, 3, 2, {"kind": "house", "balconies": 4})
    values = of(tables, home, market)
    assert (values[BEDROOMS], values[KIND], values[BALCONIES], values[HOUSE]) == (3, 1, 4, 0.25)
    assert values[CURVE] == curve_value(tables, 1200.0, home)
    assert values[LEAF] == tables.leaves["whitefield"].residual
    assert values[BASE_LISTINGS] == pytest.approx(log(1 + tables.bases["whitefield"].listings))


def test_a_kind_that_is_not_given_is_the_probability_of_a_house(
    tables: TargetEncodings, market: Market
) -> None:
    assert of(tables, Home("Whitefield", 1200.0, 3, 2), market)[KIND] == 0.25


def test_what_is_not_given_differs_from_what_nobody_knows(
    tables: TargetEncodings, market: Market
) -> None:
    home = Home("Whitefield", 1200.0, 3, 2)
    new = home.with_facts(society="Never Heard Of")
    assert [of(tables, h, market)[SOCIETY_LISTINGS] for h in (home, new)] == [-1.0, 0.0]


def test_a_place_without_listings_has_the_level_of_the_one_above_it(
    tables: TargetEncodings, market: Market
) -> None:
    known = place_of("Whitefield", market)
    unseen = replace(known, leaf="whitefield phase 99")
    assert place_features(tables, unseen)[LEAF - PARENT] == tables.bases["whitefield"].residual
    nowhere = place_of("Atlantis", market)
    assert place_features(tables, nowhere)[: BASE_LISTINGS + 1 - PARENT] == [0.0] * 5
    assert BASE == PARENT + 1


def test_homes_of_one_size_in_one_base_are_one_project(
    tables: TargetEncodings, market: Market
) -> None:
    name, homes = max(tables.projects.items(), key=lambda item: len(item[1]))
    base, _, bedrooms = name.partition("|")
    log_area, bathrooms, _ = homes[0]
    place = replace(place_of("x", market), base=base)
    home = Home("x", 2.718281828459045**log_area, int(bedrooms), bathrooms)
    subject = ModelInput(home, home.area, place, place_features(tables, place))
    assert features(tables, subject, None)[PROJECT_LISTINGS] >= 1


def test_distances_are_kilometres(market: Market, listings: tuple[Listing, ...]) -> None:
    places = fit_places([listing.home.locality for listing in listings], market)
    geography = fit_geography(market, places, coordinates(market.name))
    east, north, *marks = geography.features["whitefield"]
    assert (12 < east < 20, -3 < north < 3) == (True, True)
    assert marks[0] == pytest.approx((east**2 + north**2) ** 0.5)
    assert len(marks) == len(market.landmarks)


def test_comparables_are_of_the_base_the_rooms_and_about_the_area(
    tables: TargetEncodings, market: Market
) -> None:
    place = place_of("Whitefield", market)
    homes = [(log(area), 2, 0.0) for area in (900.0, 961.0, 1200.0, 1200.0, 1499.0, 1501.0)]
    tables = replace(tables, projects={"whitefield|2": homes})
    home = Home("Whitefield", 1200.0, 2, 1)
    alike = [
        comparables(tables, ModelInput(asked, asked.area, place, []), log(1.25))
        for asked in (home, replace(home, bedrooms=3), replace(home, area=5000.0))
    ]
    assert alike == [4, 0, 0]
