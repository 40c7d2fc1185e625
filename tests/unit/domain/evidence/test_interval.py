"""The band around the error's reduction holds at all looks together."""

from math import log, sqrt

import numpy as np
import pytest
from gbstats.frequentist.tests import SequentialConfig, SequentialTwoSidedTTest
from gbstats.models.statistics import SampleMeanStatistic

from homeprices.domain.evidence.interval import REDUCTIONS, ErrorReduction

BOUND = 0.25


def losses(rng: np.random.Generator, count: int, error: float) -> tuple[np.ndarray, np.ndarray]:
    """Losses of production and of a candidate whose error is `error` times as large."""
    common = rng.normal(size=count)
    own = 0.8 * common + 0.6 * rng.normal(size=count)
    return np.minimum(0.2 * abs(common), 0.5), np.minimum(0.2 * error * abs(own), 0.5)


def test_the_grid_runs_from_half_worse_to_half_better_by_hundredths() -> None:
    assert (REDUCTIONS[0], REDUCTIONS[50], REDUCTIONS[-1], len(REDUCTIONS)) == (-0.5, 0, 0.5, 101)


def test_nothing_is_known_before_the_first_label() -> None:
    assert ErrorReduction().band() is None


def test_the_first_stake_is_that_of_the_paper() -> None:
    after = ErrorReduction().after(np.array([0.2]), np.array([0.1]), BOUND)
    # sqrt(2 ln 40 / (0.25 ln 2)) is above the largest stake, three quarters.
    assert after.above[50] == pytest.approx(log(1 + 0.75 * 0.4))
    assert after.below[50] == pytest.approx(log(1 - 0.75 * 0.4))
    assert after.above[60] == pytest.approx(log(1 + 0.75 * (0.9 * 0.2 - 0.1) / 0.25))


def test_later_stakes_are_made_of_the_labels_before_alone() -> None:
    production, candidate = losses(np.random.default_rng(2), 400, 0.9)
    whole = ErrorReduction().after(production, candidate, BOUND)
    parts = ErrorReduction()
    for label in range(400):
        part = slice(label, label + 1)
        parts = parts.after(production[part], candidate[part], BOUND)
    assert parts.above == pytest.approx(whole.above)
    assert parts.below == pytest.approx(whole.below)
    z = np.clip((production - candidate)[:399] / BOUND, -1, 1)
    variance = (((z - z.mean()) ** 2).sum() + 0.25) / 400
    stake = sqrt(2 * log(40) / (variance * 400 * log(401)))
    before = ErrorReduction().after(production[:399], candidate[:399], BOUND)
    last = np.clip((production - candidate)[399] / BOUND, -1, 1)
    assert whole.above[50] - before.above[50] == pytest.approx(np.log1p(min(stake, 0.75) * last))


def test_more_labels_make_it_narrower_around_the_truth() -> None:
    production, candidate = losses(np.random.default_rng(3), 4_000, 0.8)
    bands = [
        ErrorReduction().after(production[:n], candidate[:n], BOUND).band() for n in (100, 4_000)
    ]
    assert bands[0] is not None
    assert bands[1] is not None
    assert bands[0][0] <= bands[1][0] < 0.2 < bands[1][1] <= bands[0][1]
    assert bands[1][1] - bands[1][0] < 0.12


def test_what_lies_beyond_the_grid_is_its_end() -> None:
    perfect = ErrorReduction().after(np.full(200, 0.2), np.zeros(200), BOUND)
    assert perfect.band() == (0.5, 0.5)
    hopeless = ErrorReduction().after(np.full(200, 0.1), np.full(200, 0.4), BOUND)
    assert hopeless.band() == (-0.5, -0.5)


def test_the_truth_is_ever_left_out_in_one_of_twenty_runs_at_most(scale) -> None:
    runs, left_out = scale(150, 1_500), 0
    for seed in range(runs):
        production, candidate = losses(np.random.default_rng(seed), 600, 1.0)
        truth = ErrorReduction()
        for start in range(0, 600, 20):
            part = slice(start, start + 20)
            truth = truth.after(production[part], candidate[part], BOUND)
            if max(truth.above[50], truth.below[50]) >= log(40):
                left_out += 1
                break
    assert left_out / runs <= 0.05 + 3 * sqrt(0.05 * 0.95 / runs)


def test_the_sequential_test_of_gbstats_sees_the_same_sign_in_the_same_data() -> None:
    production, candidate = losses(np.random.default_rng(11), 1_500, 0.8)
    difference = production - candidate
    nothing = SampleMeanStatistic(n=1_500, sum=1e-9, sum_squares=1e-6)
    paired = SampleMeanStatistic(
        n=1_500, sum=float(difference.sum()), sum_squares=float((difference**2).sum())
    )
    config = SequentialConfig(difference_type="absolute", sequential_tuning_parameter=1_500)
    oracle = SequentialTwoSidedTTest(nothing, paired, config).compute_result()
    band = ErrorReduction().after(production, candidate, BOUND).band()
    assert band is not None
    low, high = (part / production.mean() for part in oracle.ci)
    assert low > 0
    assert band[0] > 0
    # Both hold at all looks; they were made in different ways.
    assert band == pytest.approx((low, high), abs=0.04)
