"""Parts of the holdout are counted whole, and intervals hold what they promise."""

from dataclasses import replace

import numpy as np
import pytest

from homeprices import markets
from homeprices.domain.listing import Home, Listing
from homeprices.valuation.evaluate.metrics import figures, metrics
from homeprices.valuation.evaluate.predictions import Predictions
from homeprices.valuation.evaluate.slices import slices

MARKET = markets.load("bangalore")
HOME = Home("Hebbal", 1200.0, 2, 2)


def answers(rows: int, seed: int = 1, spread: float = 0.3) -> Predictions:
    rng = np.random.default_rng(seed)
    actual = np.exp(rng.normal(4, 0.6, rows))
    estimate = actual * np.exp(rng.normal(0, spread, rows))
    return Predictions(actual, estimate, estimate * 0.7, estimate * 1.4)


def listings(*groups: tuple[int, Home]) -> list[Listing]:
    return [Listing(home, 50.0) for rows, home in groups for _ in range(rows)]


def test_every_home_is_in_one_part_of_each_kind_unless_the_part_is_tiny() -> None:
    learned = listings((60, HOME), (12, replace(HOME, locality="Whitefield")))
    whitefield, nowhere = replace(HOME, locality="whitefield "), replace(HOME, locality="Nowhere")
    held_out = listings(
        (40, HOME),
        (30, replace(whitefield, bedrooms=3)),
        (20, nowhere),
        (4, replace(HOME, bedrooms=7)),
    )
    parts = slices(answers(94), held_out, learned, MARKET)
    seen = {(part.kind, part.name): part.rows for part in parts}
    assert seen[("listings in the locality", "0")] == 20
    assert seen[("listings in the locality", "10 to 49")] == 30
    assert seen[("listings in the locality", "50+")] == 44
    assert seen[("bedrooms", "2")] == 60
    assert seen[("bedrooms", "3")] == 30
    assert ("bedrooms", "5+") not in seen
    bands = [rows for (kind, _), rows in seen.items() if kind == "estimated price, lakh"]
    assert len(bands) == 4
    assert sum(bands) == 94


def test_one_price_for_all_is_one_band() -> None:
    same = np.full(50, 70.0)
    told = slices(Predictions(same, same, same, same), listings((50, HOME)), [], MARKET)
    assert [part.rows for part in told if part.kind.startswith("estimated")] == [50]


def test_luck_explains_less_the_more_homes_there_are() -> None:
    few, many = (
        slices(answers(rows), listings((rows, HOME)), [], MARKET)[0].coverage_margin_percent
        for rows in (100, 400)
    )
    assert few == pytest.approx(12.0)
    assert many == pytest.approx(6.0)


def test_figures_are_the_metrics_with_the_naive_ones_beside_them() -> None:
    ours, naive = answers(400), answers(400, spread=0.5)
    bare = Predictions(naive.actual, naive.estimate)
    found = {one.name: one for one in figures(ours, bare)}
    expected = {name: value for name, value in metrics(ours).items() if name != "rows"}
    assert {name: one.value for name, one in found.items()} == expected
    assert found["mean_abs_log_error"].naive == metrics(naive)["mean_abs_log_error"]
    assert found["coverage_percent"].naive is None


def test_intervals_hold_the_true_error_about_as_often_as_they_say() -> None:
    """40 samples; where 94 % are held, fewer than 33 come twice in a thousand such tests."""
    truth = 0.3 * np.sqrt(2 / np.pi)
    held = 0
    for seed in range(40):
        sample = answers(80, seed)
        error = next(one for one in figures(sample, sample) if one.name == "mean_abs_log_error")
        held += error.low <= truth <= error.high
    assert held >= 33


def test_each_grade_of_certainty_tells_how_often_the_price_was_near_and_what_was_said() -> None:
    actual = np.array([100.0] * 40 + [100.0] * 60)
    estimate = np.array([110.0] * 36 + [150.0] * 4 + [101.0] * 30 + [60.0] * 30)
    chance = np.array([0.86] * 40 + [0.5] * 60)
    grades = np.array(["high"] * 40 + ["low"] * 60)
    ends = estimate * 0.7, estimate * 1.4
    said = Predictions(actual, estimate, *ends, chance=chance, certainty=grades)
    parts = slices(said, listings((100, HOME)), listings((60, HOME)), MARKET)
    told = {part.name: part for part in parts if part.kind == "certainty"}
    assert set(told) == {"high", "low"}
    figures = [(part.within_20_percent, part.said_within_20_percent) for part in told.values()]
    assert figures == [(90.0, 86.0), (50.0, 50.0)]
