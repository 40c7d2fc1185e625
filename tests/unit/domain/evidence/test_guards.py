"""Guards: whose the errors are, and whether visitors are split as planned."""

from math import exp, log, sqrt

import numpy as np
import pytest
import ville
from gbstats.utils import check_srm

from homeprices.domain.evidence.guards import (
    BEYOND,
    RequestBatch,
    ShareGuard,
    sample_ratio_log_e,
)


def test_the_alternatives_are_six_multiples_of_the_allowed_odds() -> None:
    assert list(BEYOND) == [1.5, 2, 3, 5, 8, 15]


def test_one_look_is_worth_what_the_page_says() -> None:
    guard = ShareGuard().after(RequestBatch(200, 800, 7, 3), odds_allowed=1.5)
    null = 1.5 * 0.25 / (1 + 1.5 * 0.25)
    wealth = []
    for beyond in (1.5, 2, 3, 5, 8, 15):
        share = 1.5 * beyond * 0.25 / (1 + 1.5 * beyond * 0.25)
        wealth.append((share / null) ** 7 * ((1 - share) / (1 - null)) ** 3)
    assert exp(guard.log_e) == pytest.approx(sum(wealth) / 6)


def test_equal_arms_with_many_errors_prove_nothing() -> None:
    assert ShareGuard().after(RequestBatch(200, 800, 20, 80), 1.5).log_e < 0


def test_requests_of_one_arm_alone_wait_for_the_other() -> None:
    alone = ShareGuard().after(RequestBatch(50, 0, 9, 0), 1.5)
    assert alone.log_e == 0
    later = alone.after(RequestBatch(0, 100, 0, 1), 1.5)
    assert later.log_e == ShareGuard().after(RequestBatch(50, 100, 9, 1), 1.5).log_e
    assert later.carried == RequestBatch()


def test_a_rate_half_as_high_again_is_allowed_and_looked_at_hourly_is_no_false_alarm(scale) -> None:
    rng, runs = np.random.default_rng(5), scale(300, 3_000)
    alarms = 0
    for _ in range(runs):
        guard = ShareGuard()
        errors = rng.binomial([[100, 400]] * 168, [0.015, 0.0101])
        for candidate, production in errors.tolist():
            guard = guard.after(RequestBatch(100, 400, candidate, production), 1.5)
            if guard.log_e >= log(100):
                alarms += 1
                break
    assert alarms / runs <= 0.01 + 3 * sqrt(0.01 / runs)


def test_the_sample_ratio_is_the_bernoulli_test_of_ville() -> None:
    rng = np.random.default_rng(6)
    is_candidate = rng.random(400) < 0.3
    oracle = ville.BernoulliTest(0.2, prior=(20, 80)).fit(is_candidate.astype(float))
    for count in (1, 10, 400):
        candidates = int(is_candidate[:count].sum())
        mine = sample_ratio_log_e(candidates, count - candidates, 0.2, 100)
        assert mine == pytest.approx(oracle.log_e_values_[count - 1], abs=1e-8)


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5, 0.8])
def test_the_prior_is_worth_a_hundred_visitors_split_as_planned(share: float) -> None:
    oracle = ville.BernoulliTest(share, prior=(100 * share, 100 * (1 - share))).fit(np.ones(7))
    assert sample_ratio_log_e(7, 0, share, 100) == pytest.approx(oracle.log_e_values_[-1])


def test_a_fixed_chi_square_test_sees_the_broken_split_too_and_would_cry_wolf_more() -> None:
    assert sample_ratio_log_e(1_300, 3_700, 0.2, 100) > log(1000)
    assert check_srm([1_300, 3_700], [0.2, 0.8]) < 1e-9
    assert sample_ratio_log_e(1_057, 3_943, 0.2, 100) < log(20)
    assert check_srm([1_057, 3_943], [0.2, 0.8]) < 0.05


def test_a_split_as_planned_is_held_in_one_of_a_thousand_runs_at_most() -> None:
    rng = np.random.default_rng(9)
    held = 0
    for _ in range(300):
        arms = np.cumsum(rng.random((5_000,)) < 0.2)
        looks = [(int(arms[n - 1]), n - int(arms[n - 1])) for n in range(50, 5_001, 50)]
        held += max(sample_ratio_log_e(*look, 0.2, 100) for look in looks) >= log(1000)
    assert held <= 2
