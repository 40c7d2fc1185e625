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
from homeprices.markets.aggregates import coordinates
from homeprices.valuation.features import layout as layout_module
from homeprices.valuation.features.definitions import FEATURES, FeatureSpec
from homeprices.valuation.features.encodings import (
    Level,
    ModelInput,
    TargetEncodings,
    count_comparables,
    curve_value,
    place_levels,
)
from homeprices.valuation.features.feature_sets import FEATURE_SETS, OPTIONAL, FeatureSet
from homeprices.valuation.features.layout import FeatureLayout, current_layout
from homeprices.valuation.localities.geography import fit_geography
from homeprices.valuation.localities.names import fit_locality_names
from homeprices.valuation.predict import bundle
from homeprices.valuation.predict.property_type import PROPERTY_TYPE_FEATURES
from homeprices.valuation.train.fit import FitConfig, fit
from homeprices.valuation.train.preprocessing import (
    FittedFeatures,
    PreparedListings,
    features_of,
    fill_house_probability,
    prepare,
    training_set_for,
)
from homeprices.valuation.train.target_encodings import fit_encodings


@pytest.fixture(scope="module")
def tables(booster_files: Mapping[str, bytes]) -> TargetEncodings:
    return msgspec.msgpack.decode(booster_files["encodings.msgpack"], type=TargetEncodings)


def layout_of(tables: TargetEncodings) -> FeatureLayout:
    return current_layout(tables.landmarks)


def of(tables: TargetEncodings, home: Home, market: Market) -> dict[str, float]:
    """The features of a home by name, P(house) not filled."""
    place = place_of(home.locality, market)
    layout = layout_of(tables)
    model_input = ModelInput(home, home.area, place, place_levels(tables, place))
    return dict(zip(layout.names, layout.row(tables, model_input), strict=True))


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


@pytest.mark.parametrize("facts", FEATURE_SETS.values(), ids=FEATURE_SETS.keys())
def test_features_are_equal_to_the_last_bit_in_training_and_in_serving(
    facts: FeatureSet, ground: PreparedListings, served: Mapping[str, bytes]
) -> None:
    tables = fit_encodings(ground.rows, ground.geography)
    layout = layout_of(tables)
    columns = features_of(layout, tables, ground.rows)
    trees = served["property_type.txt"]
    seen = columns[:, layout.positions(PROPERTY_TYPE_FEATURES)]
    probability = np.asarray(lightgbm.Booster(model_str=trees.decode()).predict(seen))
    fill_house_probability(columns, probability, layout)
    folds = np.zeros(len(columns), np.int64)
    fitted = FittedFeatures(tables, layout, trees, columns, folds)
    learned_from = training_set_for(ground, fitted, facts).seen

    predictor, pick = bundle.load(served), layout.picker(facts.features(layout))
    homes = [home.with_only(facts.optional) for home in ground.rows.homes]
    rows = [pick(predictor.features(home)[1]) for home in homes]
    assert len(ground.rows) >= 5000
    assert np.array(rows).tobytes() == learned_from.tobytes()


def test_features_are_what_their_names_say(tables: TargetEncodings, market: Market) -> None:
    home = Home("Whitefield", 1200.0, 3, 2, {"kind": "house", "balconies": 4})
    values = of(tables, home, market)
    assert (values["bedrooms"], values["is_house"], values["balconies"]) == (3, 1, 4)
    assert values["size_curve"] == curve_value(tables, log(1200.0), home)
    assert values["sublocality_level"] == tables.sublocalities["whitefield"].residual
    listings = tables.localities["whitefield"].listings
    assert values["locality_log_listings"] == pytest.approx(log(1 + listings))


def test_a_kind_that_is_not_given_is_the_probability_of_a_house(
    booster_files: Mapping[str, bytes],
) -> None:
    predictor = bundle.load(booster_files)
    _, values = predictor.features(Home("Whitefield", 1200.0, 3, 2))
    named = dict(zip(predictor.layout.names, values, strict=True))
    assert 0 < named["is_house"] == named["house_probability"] < 1


def test_what_is_not_given_differs_from_what_nobody_knows(
    tables: TargetEncodings, market: Market
) -> None:
    home = Home("Whitefield", 1200.0, 3, 2)
    new = home.with_facts(society="Never Heard Of")
    assert [of(tables, h, market)["society_listings"] for h in (home, new)] == [-1.0, 0.0]


def test_a_place_without_listings_has_the_level_of_the_one_above_it(
    tables: TargetEncodings, market: Market
) -> None:
    known = place_of("Whitefield", market)
    unseen = replace(known, sublocality="whitefield phase 99")
    assert (
        place_levels(tables, unseen).sublocality.residual
        == tables.localities["whitefield"].residual
    )
    nowhere = place_of("Atlantis", market)
    levels = place_levels(tables, nowhere)
    assert {levels.region, levels.locality, levels.sublocality} == {Level(0.0, 0)}


def test_another_version_of_the_locality_changes_no_other_feature_and_no_older_model(
    tables: TargetEncodings,
    market: Market,
    booster_files: Mapping[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nearest_first(_: TargetEncodings, model_input: ModelInput) -> tuple[float, ...]:
        levels = model_input.place_levels
        return levels.neighbourhood, -1e9, 1e9, levels.sublocality.residual

    values = ("neighbourhood_level", "colder", "warmer", "sublocality_level")
    second = FeatureSpec("locality", 2, values, ("locality",), nearest_first)
    societies = (name.partition("|") for name in tables.societies)
    society = next(name for name, _, region in societies if region == "whitefield")
    home = Home("Whitefield", 1200.0, 3, 2, {"society": society})
    before = of(tables, home, market)
    estimate = bundle.load(booster_files).estimate(home)

    monkeypatch.setattr(layout_module, "FEATURES", (*FEATURES, second))
    after = of(tables, home, market)
    assert (after["colder"], "colder" in before) == (-1e9, False)
    assert after["society_level"] == before["society_level"] != before["sublocality_level"]
    assert after["sublocality_level"] == before["sublocality_level"]
    assert bundle.load(booster_files).estimate(home) == estimate


def test_homes_of_one_size_in_one_base_are_one_project(
    tables: TargetEncodings, market: Market
) -> None:
    name, homes = max(tables.projects.items(), key=lambda item: len(item[1]))
    locality, _, bedrooms = name.partition("|")
    log_area, bathrooms, _ = homes[0]
    place = replace(place_of("x", market), locality=locality)
    home = Home("x", 2.718281828459045**log_area, int(bedrooms), bathrooms)
    layout = layout_of(tables)
    model_input = ModelInput(home, home.area, place, place_levels(tables, place))
    assert layout.row(tables, model_input)[layout.position("project_listings")] >= 1


def test_distances_are_kilometres(market: Market, listings: tuple[Listing, ...]) -> None:
    names = fit_locality_names([listing.home.locality for listing in listings], market)
    geography = fit_geography(market, names, coordinates(market.name))
    east, north, *marks = geography.features["whitefield"]
    assert (12 < east < 20, -3 < north < 3) == (True, True)
    assert marks[0] == pytest.approx((east**2 + north**2) ** 0.5)
    assert len(marks) == len(market.landmarks)


def test_comparables_are_of_the_base_the_rooms_and_about_the_area(
    tables: TargetEncodings, market: Market
) -> None:
    place = place_of("Whitefield", market)
    homes = [(log(area), 2, 0.0) for area in (900.0, 961.0, 1200.0, 1200.0, 1499.0, 1501.0)]
    levels = place_levels(tables, place)
    tables = replace(tables, projects={"whitefield|2": homes})
    home = Home("Whitefield", 1200.0, 2, 1)
    alike = [
        count_comparables(tables, ModelInput(other, other.area, place, levels), log(1.25))
        for other in (home, replace(home, bedrooms=3), replace(home, area=5000.0))
    ]
    assert alike == [4, 0, 0]
