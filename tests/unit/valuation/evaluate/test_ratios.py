"""The assessors' measures, by hand and on homes whose bias is known."""

import numpy as np
import pytest

from homeprices.valuation.evaluate.predictions import Predictions
from homeprices.valuation.evaluate.ratios import (
    dispersion,
    ratios,
    related_bias,
    related_differential,
)


def answers(actual: list[float], estimate: list[float]) -> Predictions:
    return Predictions(np.array(actual), np.array(estimate))


def test_dispersion_and_differential_are_those_computed_by_hand() -> None:
    given = answers([100.0, 100.0, 200.0], [80.0, 100.0, 240.0])
    ratio = given.estimate / given.actual
    assert dispersion(ratio, given) == pytest.approx(100 * 0.4 / 3)
    assert related_differential(ratio, given) == pytest.approx(1.0 / (420 / 400))


@pytest.mark.parametrize("bias", [-0.1, 0.0, 0.1])
def test_the_bias_is_the_rise_of_the_ratio_when_the_value_doubles(bias: float) -> None:
    actual = np.exp(np.random.default_rng(1).normal(4, 0.1, 2000))
    given = Predictions(actual, actual * (1 + bias * np.log2(actual / np.median(actual))))
    assert related_bias(given.estimate / given.actual, given) == pytest.approx(bias, abs=0.015)


def test_fair_estimates_are_accepted_and_regressive_ones_are_not() -> None:
    rng = np.random.default_rng(2)
    actual = np.exp(rng.normal(4, 0.6, 1500))
    fair = {
        one.name: one for one in ratios(Predictions(actual, actual * rng.normal(1, 0.08, 1500)))
    }
    assert not any(one.is_off for one in fair.values())
    flat = {one.name: one for one in ratios(Predictions(actual, 55 * (actual / 55) ** 0.6))}
    assert flat["prd"].is_off
    assert flat["prb"].is_off
    assert flat["prb"].value < -0.05
