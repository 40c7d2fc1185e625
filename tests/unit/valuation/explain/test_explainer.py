from collections.abc import Mapping
from dataclasses import replace
from itertools import permutations

import msgspec
import numpy as np
import pytest

from homeprices.domain.listing import Home, Listing
from homeprices.domain.market import Market
from homeprices.domain.notes import note
from homeprices.valuation.explain.explainer import Explainer, open_explainer
from homeprices.valuation.explain.kept_listings import LISTINGS_FILE, read_listings, write_listings
from homeprices.valuation.explain.reasons import shapley
from homeprices.valuation.features import layout
from homeprices.valuation.features.definitions import FEATURES
from homeprices.valuation.features.encodings import ModelInput, TargetEncodings
from homeprices.valuation.features.feature_sets import FEATURE_SETS, OPTIONAL

FULL = Home("Whitefield", 1200.0, 2, 2, {"kind": "flat", "balconies": 1})


@pytest.fixture(scope="module")
def explainer(blend_files: Mapping[str, bytes]) -> Explainer:
    return open_explainer(blend_files)


def some_homes(listings: tuple[Listing, ...], n: int) -> list[Home]:
    rng = np.random.default_rng(7)
    places, sizes = rng.permutation(len(listings))[:n], rng.permutation(len(listings))[:n]
    return [
        replace(listings[i].home, locality=listings[j].home.locality)
        for i, j in zip(places, sizes, strict=True)
    ]


@pytest.mark.parametrize("facts", FEATURE_SETS.values(), ids=FEATURE_SETS)
def test_reasons_add_up_to_the_estimate_also_when_rounded(
    explainer: Explainer, listings: tuple[Listing, ...], facts
) -> None:
    for home in some_homes(listings, 12):
        asked = home.with_only(facts.optional)
        told = explainer.reasons(asked)
        price = explainer.predictor.estimate(asked).price
        total = told.reference_price + sum(reason.amount for reason in told.reasons)
        assert told.price == price
        assert total == pytest.approx(price, abs=1e-9)
        shown = told.rounded()
        hundredths = [round(100 * reason.amount) for reason in shown.reasons]
        assert round(100 * shown.reference_price) + sum(hundredths) == round(100 * price)
        for exact, reason in zip(told.reasons, shown.reasons, strict=True):
            assert abs(exact.amount - reason.amount) < 0.04


def test_the_rest_is_a_reason_only_when_some_of_it_is_given(explainer: Explainer) -> None:
    names = [reason.name for reason in explainer.reasons(FULL).reasons]
    assert names == ["locality", "area", "bedrooms", "bathrooms", "rest"]
    assert len(explainer.reasons(FULL.with_only(())).reasons) == 4


def test_the_middle_home_needs_no_reasons(explainer: Explainer) -> None:
    told = explainer.reasons(explainer.predictor.context.reference_home.with_only(()))
    assert told.reference_price == told.price
    assert [reason.amount for reason in told.reasons] == [0.0] * 4


def test_the_order_of_players_does_not_matter_and_one_that_changes_nothing_gets_nothing() -> None:
    def worth(joined: frozenset[str]) -> float:
        return len(joined & {"a", "b"}) ** 2.5 + 3.0 * ("a" in joined)

    first = shapley(["a", "b", "dummy"], worth)
    assert first["dummy"] == 0.0
    for order in permutations(first):
        assert shapley(order, worth) == pytest.approx(first)


@pytest.mark.parametrize("facts", FEATURE_SETS.values(), ids=FEATURE_SETS)
def test_the_listing_most_like_a_home_that_is_listed_is_itself(
    explainer: Explainer, listings: tuple[Listing, ...], facts
) -> None:
    for listing in listings[5:1000:97]:
        asked = listing.home.with_only(facts.optional)
        found = explainer.comparables(asked).homes
        twins = [one for one in found if one.likeness > found[0].likeness - 1e-5]
        assert listing.price in [one.listing.price for one in twins]
        assert found[0].likeness == pytest.approx(1.0, abs=1e-3)
        assert found[0].alike == note("nearly_the_same")
        likeness = [one.likeness for one in found]
        assert likeness == sorted(likeness, reverse=True)
        assert len(found) == 10


def test_twins_are_shown_once_with_their_count(blend_files: Mapping[str, bytes]) -> None:
    kept = read_listings(blend_files[LISTINGS_FILE])
    twin = kept.listings[5]
    listings = [*kept.listings, twin, twin]
    houses = np.array([*kept.houses, kept.houses[5], kept.houses[5]])
    again = open_explainer({**blend_files, LISTINGS_FILE: write_listings(listings, houses)})
    before = open_explainer(blend_files).comparables(twin.home).homes
    after = again.comparables(twin.home).homes
    assert [one.listing for one in before] == [one.listing for one in after]
    assert after[0].times == before[0].times + 2


def test_comparables_of_a_place_nobody_knows_are_found_by_size(explainer: Explainer) -> None:
    found = explainer.comparables(Home("Nowhere at all", 1200.0, 2, 2))
    assert found.homes[0].likeness < 0.8
    assert all(0.7 < one.listing.home.area / 1200 < 1.4 for one in found.homes)
    assert note("another_locality") in found.homes[0].differs


@pytest.mark.parametrize("recipe", ["linear", "booster"])
def test_bundles_of_every_recipe_have_comparables(
    recipe: str, listings: tuple[Listing, ...], request: pytest.FixtureRequest
) -> None:
    explainer = open_explainer(request.getfixturevalue(f"{recipe}_files"))
    found = explainer.comparables(listings[5].home.with_only(OPTIONAL))
    assert found.homes[0].likeness == pytest.approx(1.0, abs=1e-3)
    assert found.median_price and found.median_for_this_area


def test_listings_come_back_as_they_were(listings: tuple[Listing, ...]) -> None:
    houses = np.linspace(0.0, 1.0, len(listings))
    kept = read_listings(write_listings(listings, houses))
    assert tuple(kept.listings) == listings
    assert kept.houses == pytest.approx(houses, abs=1e-5)


@pytest.mark.parametrize("area", [100.0, 1133.33, 30_000.0])
def test_the_curve_stays_within_bounds_and_every_price_in_its_range(
    explainer: Explainer, market: Market, area: float
) -> None:
    home = replace(FULL, area=area)
    for fact, bounds in ((fact, market.facts[fact].accepted) for fact in ("area", "bedrooms")):
        points = explainer.curve(home, fact).points
        values = [point.value for point in points]
        assert values == sorted(set(values))
        assert all(value in bounds for value in values)
        assert getattr(home, fact) in values
        assert all(point.low <= point.price <= point.high for point in points)
        own = points[values.index(getattr(home, fact))]
        assert own.price == explainer.predictor.estimate(home).price


def test_comparables_are_of_the_kernel_that_the_bundle_keeps(
    blend_files: Mapping[str, bytes],
) -> None:
    model = msgspec.json.decode(blend_files["model.json"])
    kernel = model["models"]["four"]["kernel"]
    kernel["near_km"], kernel["local_scales"] = 60.0, [9.0, 9.0, 9.0]
    other = {**blend_files, "model.json": msgspec.json.encode(model)}
    home = FULL.with_only(())
    near, far = (open_explainer(files).comparables(home) for files in (blend_files, other))
    assert [one.listing for one in near.homes] != [one.listing for one in far.homes]


def test_comparables_are_of_the_features_that_the_bundle_names(
    blend_files: Mapping[str, bytes],
    listings: tuple[Listing, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    size = next(spec for spec in FEATURES if spec.name == "size")

    def in_square_metres(encodings: TargetEncodings, model_input: ModelInput) -> list[float]:
        log_area, *others = size.function(encodings, model_input)
        return [log_area - np.log(10.7639), *others]

    second = replace(size, version=2, function=in_square_metres)
    monkeypatch.setattr(layout, "FEATURES", (*FEATURES, second))
    model = msgspec.json.decode(blend_files["model.json"])
    model["description"]["features"][0] = ["size", 2]
    changed = {"model.json": msgspec.json.encode(model), "golden.json": b"[]"}
    home = listings[5].home.with_only(())
    was = open_explainer(blend_files).comparables(home).homes
    now = open_explainer({**blend_files, **changed}).comparables(home).homes
    assert [comparable.listing for comparable in now] == [comparable.listing for comparable in was]
    # P(house) has moved a little: its trees see the log area as well.
    assert now[0].likeness == pytest.approx(1.0, abs=0.01)


def test_coordinates_belong_to_the_locality_in_reasons_and_in_comparables(
    explainer: Explainer,
) -> None:
    home = Home("Nowhere at all", 1200.0, 2, 2, {"latitude": 12.97, "longitude": 77.75})
    told = explainer.reasons(home)
    assert told.price == explainer.predictor.estimate(home).price
    assert told.price != explainer.predictor.estimate(home.with_facts(latitude=13.03)).price
    near, nowhere = (
        [one.differs[0] for one in explainer.comparables(asked).homes]
        for asked in (home, home.with_facts(latitude=None, longitude=None))
    )
    assert min(difference.values["km"] for difference in near) <= 3
    assert all(difference == note("another_locality") for difference in nowhere)
