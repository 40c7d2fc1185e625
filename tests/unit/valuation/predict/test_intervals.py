from collections.abc import Callable

import numpy as np
import pytest

from homeprices.domain.explanation import grade_of
from homeprices.domain.locality import Place
from homeprices.valuation.features.feature_sets import FOUR
from homeprices.valuation.features.layout import current_layout
from homeprices.valuation.predict.intervals import (
    COVERAGE,
    GROUPS,
    NOWHERE,
    OF_THE_HOME,
    UNLISTED,
    Distances,
    NearChance,
    Ranges,
    group_features,
    groups_of,
)
from homeprices.valuation.train.calibrate import (
    fit_ranges,
    narrowing,
    near_chance,
    quantile_regression,
)
from homeprices.valuation.train.target_encodings import UnlistedLocalityError
from homeprices.valuation.train.training_set import FitResult, TrainingSet

ROWS = 6000
LAYOUT = current_layout(8)
LOG_AREA, BEDROOMS, LISTINGS, AROUND, HOUSE = LAYOUT.positions(
    ["log_area", "bedrooms", "locality_log_listings", "neighbourhood_level", "house_probability"]
)
PICK = LAYOUT.picker(group_features(FOUR))
CITY_SD, NEAR_SD = 0.5, 0.3
Sample = tuple[TrainingSet, FitResult, np.ndarray, UnlistedLocalityError]


@pytest.fixture(scope="module")
def sample() -> Sample:
    rng = np.random.default_rng(5)
    features = np.zeros((ROWS, len(LAYOUT.names)))
    features[:, LOG_AREA] = rng.normal(7.2, 0.4, ROWS)
    features[:, BEDROOMS] = rng.integers(1, 7, ROWS)
    features[:, LISTINGS] = np.log1p(rng.choice([0, 4, 20, 60], ROWS))
    features[:, AROUND] = rng.choice([0.1, np.nan], ROWS)
    features[:, HOUSE] = rng.uniform(0, 1, ROWS)
    spread = rng.uniform(0.1, 0.4, ROWS)
    harder = np.where(features[:, LISTINGS] == 0, 2, 1) * np.exp(features[:, HOUSE])
    estimate = rng.normal(-3, 0.3, ROWS)
    target = estimate + rng.normal(0, 1, ROWS) * spread * harder
    places = [Place("a", "a", "a")] * ROWS
    folds = np.zeros(ROWS, dtype=np.int64)
    nothing = [None] * ROWS
    material = TrainingSet(
        FOUR, LAYOUT, features, target, estimate, folds, places, nothing, {}, [], 0
    )
    levels = UnlistedLocalityError(rng.normal(0, CITY_SD, ROWS), rng.normal(0, NEAR_SD, ROWS))
    learned = FitResult({}, estimate, {"linear": 1.0}, np.zeros(ROWS))
    return material, learned, spread, levels


@pytest.fixture(scope="module")
def ranges(sample: Sample) -> Ranges:
    return fit_ranges(*sample, COVERAGE).ranges


def membership(sample: Sample, ranges: Ranges) -> list[list[int]]:
    material, learned, *_ = sample
    prices = (learned.estimate + material.features[:, LOG_AREA]).tolist()
    rows = material.features.tolist()
    return [groups_of(PICK(row), p, ranges.edges) for row, p in zip(rows, prices, strict=True)]


def test_each_of_the_overlapping_groups_gets_its_coverage(sample: Sample, ranges: Ranges) -> None:
    material, learned, spread, _ = sample
    members = membership(sample, ranges)
    residual = material.target - learned.estimate
    around = [ranges.around(m, s, 1.0) for m, s in zip(members, spread, strict=True)]
    inside = np.array([low <= r <= high for r, (low, high) in zip(residual, around, strict=True)])
    assert {i for member in members for i in member} == set(range(GROUPS))
    unseen = np.array([UNLISTED in member for member in members])
    for group in range(GROUPS):
        belongs = np.array([group in member for member in members])
        rows = belongs & ~unseen
        if rows.any():
            error = 3 * (COVERAGE * (1 - COVERAGE) / rows.sum()) ** 0.5
            assert abs(inside[rows].mean() - COVERAGE) < error


def test_quantile_regression_on_one_group_is_the_quantile() -> None:
    values = np.random.default_rng(1).normal(size=999)
    (found,) = quantile_regression(np.ones((999, 1)), values, 0.9)
    assert found == pytest.approx(np.quantile(values, 0.9), abs=0.02)


def test_a_group_of_a_few_homes_has_no_say_of_its_own() -> None:
    indicators = np.ones((500, 2))
    indicators[10:, 1] = 0
    values = np.concatenate([np.full(10, 50.0), np.random.default_rng(1).normal(size=490)])
    assert quantile_regression(indicators, values, 0.9)[1] == 0.0


def test_widening_widens(ranges: Ranges) -> None:
    low, high = ranges.around([0], 0.2, 1.0)
    assert ranges.around([0], 0.2, 1.5) == pytest.approx((1.5 * low, 1.5 * high))


@pytest.mark.parametrize(("around", "level"), [(0.1, "neighbourhood"), (float("nan"), "city")])
def test_homes_of_places_without_listings_get_their_coverage_group_by_group(
    sample: Sample, ranges: Ranges, around: float, level: str
) -> None:
    material, learned, _, levels = sample
    off = material.target - learned.estimate + getattr(levels, level)
    asked = material.features.copy()
    asked[:, LISTINGS], asked[:, AROUND] = 0.0, around
    members = [groups_of(PICK(row), 3.0, ranges.edges) for row in asked.tolist()]
    assert all((NOWHERE in member) == (level == "city") for member in members)
    reach = [ranges.around(member, 0.01, 1.0) for member in members]
    inside = np.array([low <= r <= high for r, (low, high) in zip(off, reach, strict=True)])
    for group in OF_THE_HOME:
        rows = np.array([group in member for member in members])
        error = 3 * (COVERAGE * (1 - COVERAGE) / rows.sum()) ** 0.5
        assert abs(inside[rows].mean() - COVERAGE) < error


def test_few_listings_on_the_map_leave_the_range_of_the_city(sample: Sample) -> None:
    *rest, levels = sample
    lonely = np.where(np.arange(ROWS) < 10, levels.neighbourhood, np.nan)
    found = fit_ranges(*rest, UnlistedLocalityError(levels.city, lonely), COVERAGE).ranges
    assert found.neighbourhood == found.city


@pytest.mark.parametrize("turned", [lambda x: x, lambda x: -x])
def test_the_range_holds_the_estimate_whatever_the_quantiles_say(
    turned: Callable[[float], float],
) -> None:
    flat = [turned(0.3)] + [0.0] * (GROUPS - 1)
    reach = Distances(flat, flat)
    low, high = Ranges(COVERAGE, reach, reach, reach, [], 1.0).around([0], 1.0, 1.0)
    assert low < 0 < high


@pytest.mark.parametrize("coverage", [0.6, 0.9, 0.95])
def test_any_level_can_be_promised_and_is_kept(sample: Sample, coverage: float) -> None:
    ranges = fit_ranges(*sample, coverage).ranges
    material, learned, spread, _ = sample
    residual = material.target - learned.estimate
    around = [
        ranges.around(m, s, 1.0) for m, s in zip(membership(sample, ranges), spread, strict=True)
    ]
    inside = np.array([low <= r <= high for r, (low, high) in zip(residual, around, strict=True)])
    unseen = np.array([UNLISTED in member for member in membership(sample, ranges)])
    assert ranges.coverage == coverage
    assert inside[~unseen].mean() == pytest.approx(coverage, abs=0.02)


def test_the_chance_of_a_price_near_the_estimate_is_what_happens_in_every_grade() -> None:
    rng = np.random.default_rng(4)
    learned, unseen = np.split(np.exp(rng.normal(-1.8, 0.6, 2 * ROWS)), 2)
    # Heavier tails than a normal error has, as prices have.
    errors = [scale * rng.standard_t(4, ROWS) for scale in (learned, unseen)]
    chance = near_chance(learned * 1.5, errors[0])
    said = np.array([chance.at(reach) for reach in (unseen * 1.5).tolist()])
    near = np.abs(np.expm1(errors[1])) <= 0.2
    grades = np.array([str(grade_of(each)) for each in said.tolist()])
    for grade in ("high", "fair", "low"):
        rows = grades == grade
        assert rows.sum() > 200
        assert near[rows].mean() == pytest.approx(said[rows].mean(), abs=0.03)


def test_a_wider_range_is_never_the_surer_one() -> None:
    rng = np.random.default_rng(5)
    reach = rng.uniform(0.05, 0.8, 900)
    chance = near_chance(reach, rng.normal(0, 0.3, 900))
    said = [chance.at(each) for each in np.linspace(0.01, 3.0, 400).tolist()]
    assert said == sorted(said, reverse=True)
    assert 0 < said[-1] < said[0] <= 1


@pytest.mark.parametrize(
    ("reach", "chance"), [(0.1, 0.9), (0.2, 0.9), (0.3, 0.7), (0.4, 0.5), (0.8, 0.25)]
)
def test_the_chance_lies_on_the_line_between_those_learned(reach: float, chance: float) -> None:
    assert NearChance([0.2, 0.4], [0.9, 0.5]).at(reach) == pytest.approx(chance)


def test_a_model_that_learned_no_chance_has_that_of_its_range() -> None:
    none = Distances([0.0] * GROUPS, [0.0] * GROUPS)
    ranges = Ranges(0.8, none, none, none, [], 1.0)
    # A range that reaches as far as 20 % holds the price as often as it promises.
    assert ranges.chance_near(-np.log(1.2), np.log(1.2)) == pytest.approx(0.8)
    assert ranges.chance_near(-0.5, 0.5) < 0.5


def test_what_facts_narrow_is_told_by_the_homes_that_have_them() -> None:
    before, after = np.array([0.5, 0.5, 0.6, 0.9]), np.array([0.4, 0.4, 0.6, 0.9])
    has_them = np.array([True, True, False, False])
    assert narrowing(after, {"four": before}, has_them) == pytest.approx({"four": 0.2})
    assert narrowing(after, {"four": before}, ~np.ones(4, bool)) == {}
