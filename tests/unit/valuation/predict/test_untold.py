"""What is not told is averaged over, and answers agree."""

from collections.abc import Mapping, Sequence
from itertools import product
from math import isclose, isnan, nan

import pytest

from homeprices.domain.listing import Fact, Home, Listing
from homeprices.valuation.features.layout import current_layout
from homeprices.valuation.predict import bundle
from homeprices.valuation.predict.predictor import BundlePredictor
from homeprices.valuation.predict.untold import UntoldFacts, UntoldShares

LAYOUT = current_layout(0)
# Of two area types, the second is of houses; listings of one bedroom have no balcony.
SHARES = UntoldShares(
    [[[0.9, 0.1]] * 5, [[0.2, 0.8]] * 5],
    [0.25, 0.75],
    [[1.0, 0.0], *[[0.4, 0.6]] * 4],
)
FACTS = ("is_house", "area_type", "is_ready", "balconies", "bedrooms")
VALUES: Mapping[str, Sequence[Fact]] = {
    "kind": ("flat", "house"),
    "area_type": ("Super built-up Area", "Built-up Area", "Plot Area", "Carpet Area"),
    "availability": ("Ready To Move", "18-Dec"),
    "balconies": (0, 1, 2, 3),
}


def features(**facts: float) -> list[float]:
    told = {"is_house": 0.0, "bedrooms": 2.0} | facts
    return [told.get(name, nan if name in FACTS else 0.0) for name in LAYOUT.names]


def likely(
    home: list[float], *, lacks_kind: bool = False, sees_apart: bool = True
) -> dict[tuple[float, ...], float]:
    """The weight of each home that `home` may be, by the values of FACTS but the bedrooms."""
    found = UntoldFacts(SHARES, LAYOUT).alternatives(
        home, lacks_kind=lacks_kind, sees_apart=sees_apart
    )
    columns = LAYOUT.positions(FACTS[:-1])
    return {
        tuple(row[i] for i in columns): weight
        for row, weight in zip(found.rows, found.weights, strict=True)
    }


def test_a_home_that_tells_all_is_itself() -> None:
    told = features(is_house=1.0, area_type=1.0, is_ready=0.0, balconies=3.0)
    assert likely(told) == {(1.0, 1.0, 0.0, 3.0): 1.0}


def test_kind_and_area_type_are_averaged_over_together() -> None:
    home = features(is_house=0.25, is_ready=1.0, balconies=1.0)
    assert likely(home, lacks_kind=True) == pytest.approx(
        {
            (0.0, 0.0, 1.0, 1.0): 0.75 * 0.9,
            (0.0, 1.0, 1.0, 1.0): 0.75 * 0.1,
            (1.0, 0.0, 1.0, 1.0): 0.25 * 0.2,
            (1.0, 1.0, 1.0, 1.0): 0.25 * 0.8,
        }
    )


def test_an_area_type_that_is_told_says_something_of_the_kind() -> None:
    home = features(is_house=0.25, area_type=1.0, is_ready=1.0, balconies=1.0)
    flat, house = 0.75 * 0.1, 0.25 * 0.8
    assert likely(home, lacks_kind=True) == pytest.approx(
        {
            (0.0, 1.0, 1.0, 1.0): flat / (flat + house),
            (1.0, 1.0, 1.0, 1.0): house / (flat + house),
        }
    )


def test_what_adds_up_is_averaged_over_on_the_likeliest_home_alone() -> None:
    home = features(area_type=0.0)
    # The commonest values stand in the home itself; a mean of differences from it.
    assert likely(home) == pytest.approx(
        {
            (0.0, 0.0, 1.0, 1.0): 1 - 0.25 - 0.4,
            (0.0, 0.0, 0.0, 1.0): 0.25,
            (0.0, 0.0, 1.0, 0.0): 0.4,
        }
    )
    assert likely(features(area_type=0.0, is_ready=1.0, bedrooms=1.0)) == {
        (0.0, 0.0, 1.0, 0.0): 1.0
    }


def test_over_what_a_model_does_not_see_nothing_is_averaged() -> None:
    (row,) = likely(features(area_type=0.0), sees_apart=False)
    assert row[:2] == (0.0, 0.0)
    assert all(map(isnan, row[2:]))


def test_what_one_in_a_hundred_is_not_is_not_thought_of() -> None:
    home = features(is_house=0.005, area_type=0.0, is_ready=1.0, balconies=1.0)
    assert likely(home, lacks_kind=True) == {(0.0, 0.0, 1.0, 1.0): 1.0}


@pytest.fixture(scope="module", params=["booster", "blend"])
def predictor(request: pytest.FixtureRequest, fitted) -> BundlePredictor:
    return bundle.load(fitted(request.param, fact_sets=3.0))


def test_an_estimate_with_a_fact_untold_lies_between_those_with_it_told_to_the_same_model(
    predictor: BundlePredictor, listings: tuple[Listing, ...]
) -> None:
    compared = 0
    for number, listing in enumerate(listings[:: len(listings) // 60]):
        others = list(product([False, True], repeat=len(VALUES)))[number % 16]
        given = [fact for fact, told in zip(VALUES, others, strict=True) if told]
        named = [*given, "society"] if number % 3 == 0 else given
        for fact, values in VALUES.items():
            asked = listing.home.with_only([name for name in named if name != fact])
            told = [asked.with_facts(**{fact: value}) for value in values]
            if len({id(predictor.model_for(home)) for home in (asked, *told)}) > 1:
                continue
            compared += 1
            prices = [predictor.estimate(home).price for home in told]
            estimate = predictor.estimate(asked).price
            assert min(prices) * (1 - 1e-9) <= estimate <= max(prices) * (1 + 1e-9), (asked, fact)
    assert compared > 100


def test_a_model_of_before_is_asked_as_it_stands(fitted) -> None:
    files = dict(fitted("booster", fact_sets=3.0))
    files["model.json"] = files["model.json"].replace(b'"untold":', b'"told_by_another":')
    predictor = bundle.in_current_format(files) and bundle._open(files)
    home = Home("Whitefield", 1200.0, 2, 2, {"kind": "flat"})
    averaged = bundle.load(fitted("booster", fact_sets=3.0)).estimate(home).price
    assert not isclose(predictor.estimate(home).price, averaged, rel_tol=1e-6)
