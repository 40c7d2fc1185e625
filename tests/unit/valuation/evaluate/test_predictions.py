from dataclasses import replace

import numpy as np
import pytest

from homeprices.domain.listing import Home, Listing
from homeprices.domain.market import Market
from homeprices.valuation.evaluate.gate import (
    Budget,
    against_cost,
    against_floor,
    against_production,
    against_served_form,
    against_size,
)
from homeprices.valuation.evaluate.metrics import metrics, paired_bootstrap
from homeprices.valuation.evaluate.predictions import Predictions, predict_naive


def answers(estimate: list[float], actual: list[float]) -> Predictions:
    prices = np.array(estimate)
    return Predictions(np.array(actual), prices, prices * 0.8, prices * 1.2)


def test_figures_are_those_computed_by_hand() -> None:
    found = metrics(answers([109.0, 100.0, 50.0], [100.0, 100.0, 100.0]))
    assert found["mdape_percent"] == 9.0
    assert found["within_10_percent"] == pytest.approx(66.6667)
    assert found["mae_price"] == pytest.approx(59 / 3, abs=1e-4)
    assert found["coverage_percent"] == pytest.approx(66.6667)
    assert found["median_width_percent"] == pytest.approx(40.0)
    assert found["mean_abs_log_error"] == pytest.approx((np.log(1.09) + np.log(2)) / 3, abs=1e-4)


def test_the_naive_price_is_the_median_of_the_locality_else_of_the_city(market: Market) -> None:
    learned = [
        Listing(Home(place, 1000.0, 2, 2), price)
        for place, price in [("Hebbal", 50.0), ("hebbal", 70.0), ("Hoodi", 40.0), ("Hoodi", 40.0)]
    ]
    asked = [Listing(Home(place, 2000.0, 2, 2), 1.0) for place in ("Hebbal", "Atlantis")]
    assert predict_naive(learned, asked, market).estimate.tolist() == pytest.approx([120.0, 90.0])


def test_equal_models_are_called_worse_by_chance_in_at_most_one_of_twenty() -> None:
    rng = np.random.default_rng(11)
    alarms = 0
    for _ in range(200):
        actual = np.exp(rng.normal(4, 0.5, 400))
        ours, theirs = (Predictions(actual, actual * np.exp(rng.normal(0, 0.2, 400))) for _ in "ab")
        alarms += bool(against_production(ours, theirs))
    assert alarms <= 12


def test_equal_models_compared_thrice_are_called_worse_no_oftener_than_once() -> None:
    rng = np.random.default_rng(12)
    alarms = 0
    for _ in range(200):
        actual = np.exp(rng.normal(4, 0.5, 400))
        pairs = [
            [Predictions(actual, actual * np.exp(rng.normal(0, 0.2, 400))) for _ in "ab"]
            for _ in range(3)
        ]
        alarms += any(against_production(ours, theirs, len(pairs)) for ours, theirs in pairs)
    assert alarms <= 12


def test_a_clearly_worse_model_is_refused_and_a_better_one_is_not() -> None:
    rng = np.random.default_rng(2)
    actual = np.exp(rng.normal(4, 0.5, 400))
    good, bad = (Predictions(actual, actual * np.exp(rng.normal(0, s, 400))) for s in (0.15, 0.25))
    assert "worse than production" in against_production(bad, good)[0]
    assert against_production(good, bad) == []
    assert paired_bootstrap(good, bad)[1] < 0


def sample(spread: float = 0.2, reach: float = 1.2816, rows: int = 1000) -> Predictions:
    """Homes whose log errors are normal; ranges reach so many of their deviations."""
    rng = np.random.default_rng(3)
    actual = np.exp(rng.normal(4, 0.5, rows))
    estimate = actual * np.exp(rng.normal(0, spread, rows))
    width = np.exp(reach * spread)
    return Predictions(actual, estimate, estimate / width, estimate * width)


NAIVE = sample(0.3)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (sample(0.42), "the floor is 25 %"),
        (sample(reach=1.0), "its 80 % range holds"),
        (sample(reach=1.9), "its 80 % range holds"),
        (sample(0.29, rows=12), "only 12 listings are held out"),
    ],
)
def test_each_way_to_be_under_the_floor_is_told(answers: Predictions, words: str) -> None:
    assert against_floor(sample(), NAIVE) == []
    assert words in against_floor(answers, NAIVE)[0]


def test_a_model_that_is_right_for_most_and_absurd_for_the_rest_is_refused() -> None:
    good = sample()
    rows = np.arange(len(good.actual))
    poisoned = replace(good, actual=np.where(rows % 10 == 0, good.actual * 1e5, good.actual))
    reasons = against_floor(poisoned, replace(NAIVE, estimate=NAIVE.estimate * 1e3))
    assert any("look for listings whose prices are in another unit" in words for words in reasons)
    wide = replace(good, low=good.estimate * 0.2, high=good.estimate * 3.0)
    assert any("are 280 % of the estimate wide" in words for words in against_floor(wide, NAIVE))
    bold = replace(wide, promise=0.95)
    assert not any("wide" in words for words in against_floor(bold, NAIVE))


def test_a_model_that_the_naive_way_equals_has_learned_nothing() -> None:
    (reason,) = against_floor(sample(), sample())
    assert "median price per area" in reason


def test_ranges_are_judged_by_what_they_promise() -> None:
    wide = sample(reach=1.645)
    assert "its 80 % range holds 9" in against_floor(wide, NAIVE)[0]
    assert against_floor(replace(wide, promise=0.9), NAIVE) == []


def test_a_model_over_its_budget_is_told_what_weighs_and_the_way_out() -> None:
    files = {"four.trees.txt": bytes(9_000_000), "model.json": bytes(4_000_000)}
    assert against_size(files, Budget(megabytes=13)) == []
    (reason,) = against_size(files, Budget())
    assert "its files are 13.0 MB, four.trees.txt alone 9.0; 12 MB are allowed" in reason
    assert "HOMES_MODEL_MB" in reason
    assert against_cost(900, Budget()) == []
    assert "takes 1,500 us of processor time; 1,000 are allowed" in against_cost(1500, Budget())[0]


@pytest.mark.parametrize("differs", [0.06, float("nan"), float("inf")])
def test_a_member_that_is_served_otherwise_than_learned_is_refused(differs: float) -> None:
    assert against_served_form({"gaussian_process": 0.04}) == []
    (reason,) = against_served_form({"booster": 0.0, "gaussian_process": differs})
    assert "gaussian_process as served" in reason
