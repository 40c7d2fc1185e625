"""Two models on the same homes: told apart where they are, and not where luck may do it."""

import numpy as np
import pytest

from homeprices.domain.comparison import Change
from homeprices.valuation.evaluate.metrics import paired_changes
from homeprices.valuation.evaluate.predictions import Predictions

RNG = np.random.default_rng(7)
ACTUAL = np.exp(RNG.normal(4, 0.6, 400))
HARD = RNG.normal(0, 0.3, 400)


def answers(noise: float, seed: int) -> Predictions:
    """Estimates that err by what is hard about each home, and by noise of their own."""
    own = np.random.default_rng(seed).normal(0, noise, len(ACTUAL))
    estimate = ACTUAL * np.exp(HARD + own)
    return Predictions(ACTUAL, estimate, estimate * 0.6, estimate * 1.6)


def verdicts(first: Predictions, second: Predictions) -> dict[str, str]:
    return {change.name: change.verdict for change in paired_changes(first, second)}


def test_a_better_model_is_better_by_every_figure_that_has_a_side_and_the_other_is_worse() -> None:
    good, poor = answers(0.01, 1), answers(0.3, 2)
    assert verdicts(poor, good)["mean_abs_log_error"] == verdicts(poor, good)["r2_log"] == "better"
    assert verdicts(good, poor)["mean_abs_log_error"] == verdicts(good, poor)["r2_log"] == "worse"
    assert verdicts(good, poor)["coverage_percent"] == "differs"


def test_equal_models_are_told_apart_no_oftener_than_an_interval_of_95_percent_may() -> None:
    apart = sum(
        verdicts(answers(0.1, 100 + n), answers(0.1, 500 + n))["mean_abs_log_error"]
        != "not told apart"
        for n in range(40)
    )
    assert apart <= 5


def test_what_makes_a_home_hard_for_both_does_not_widen_the_difference() -> None:
    first, second = answers(0.05, 1), answers(0.05, 2)
    (error,) = (
        change for change in paired_changes(first, second) if change.name == "mean_abs_log_error"
    )
    alone = np.abs(first.log_error)
    assert error.high - error.low < 4 * float(alone.std()) / np.sqrt(len(alone))


@pytest.mark.parametrize(
    ("name", "low", "high", "verdict"),
    [
        ("mean_abs_log_error", -0.02, -0.01, "better"),
        ("mean_abs_log_error", -0.02, 0.01, "not told apart"),
        ("within_10_percent", -2.0, -1.0, "worse"),
        ("coverage_percent", 1.0, 2.0, "differs"),
    ],
)
def test_a_verdict_knows_which_side_is_good(
    name: str, low: float, high: float, verdict: str
) -> None:
    assert Change(name, 1.0, 1.0 + (low + high) / 2, low, high).verdict == verdict
