"""After a promotion: decay, errors and slowness of production."""

from dataclasses import replace
from math import exp, log, sqrt

import msgspec
import numpy as np
import pytest

from homeprices.domain.evidence.bet import GRID
from homeprices.domain.evidence.ledger import MemoryLedger
from homeprices.domain.evidence.parameters import VERSION_1
from homeprices.domain.evidence.watch import Decay, ShareWatch, WatchState, watch
from homeprices.domain.experiments.decision import Verdict
from support.evidence import price, rating, request, terms


def wealth_by_hand(differences: list[float], part: float) -> float:
    wealth = 1.0
    for difference in differences:
        wealth = max(wealth, 1.0) * (1 + part * max(-0.25, min(0.25, difference)) / 0.25)
    return wealth


def losses(differences: list[float]) -> np.ndarray:
    """Production's and those of the version before."""
    return np.array([(0.25 + difference, 0.25) for difference in differences])


def test_a_wealth_below_one_begins_again_with_every_label() -> None:
    differences = [-0.1, -0.2, 0.1, 0.15, -0.05, 0.2]
    decay = Decay().after(losses(differences), VERSION_1)
    expected = [wealth_by_hand(differences, part) for part in GRID]
    assert np.exp(decay.log_wealth) == pytest.approx(expected)
    assert exp(decay.log_e) == pytest.approx(np.mean(expected))
    assert (decay.labels, decay.began[15]) == (6, 2)


def test_how_labels_are_cut_into_looks_changes_nothing() -> None:
    differences = np.random.default_rng(1).uniform(-0.25, 0.25, 60).tolist()
    whole = Decay().after(losses(differences), VERSION_1)
    parts = Decay()
    for start in range(0, 60, 7):
        parts = parts.after(losses(differences[start : start + 7]), VERSION_1)
    assert parts == whole


def test_equal_models_reach_a_thousand_in_a_fifth_of_very_long_runs(scale) -> None:
    """18 % in 20,000 labels, as the page has it."""
    runs = scale(200, 2_000)
    rng = np.random.default_rng(3)
    wealth, alarms = np.zeros((runs, 16)), np.zeros(runs, dtype=bool)
    for _ in range(20_000):
        error = np.minimum(abs(0.2 * _correlated(rng, runs)), 0.5)
        shares = np.clip(error[0] - error[1], -0.25, 0.25) / 0.25
        wealth = np.maximum(wealth, 0) + np.log1p(np.outer(shares, GRID))
        alarms |= np.exp(wealth).mean(axis=1) >= 1000
    assert alarms.mean() == pytest.approx(0.18, abs=0.02 + 3 * sqrt(0.18 * 0.82 / runs))


def _correlated(rng: np.random.Generator, runs: int) -> np.ndarray:
    common, own = rng.normal(size=(2, runs))
    return np.array([common, 0.8 * common + 0.6 * own])


def watched(rows, hours: float = 30, state: WatchState | None = None, ledger=None):
    return watch(state or WatchState(), rows, terms(hours, ledger))


def decayed(count: int, networks: int) -> list:
    return [price(n, 100.0, 130.0, 101.0, network=f"n{n % networks}") for n in range(count)]


def test_decay_rolls_production_back_at_a_thousand_to_one_and_twenty_prices() -> None:
    state, result = watched(decayed(30, networks=30))
    assert result.verdict is Verdict.ROLL_BACK_PRODUCTION
    assert result.figures["flags"] == ["decay"]
    assert "on the last 30 homes sold" in result.reasons[0]
    _, early = watched(decayed(19, networks=30))
    assert early.figures["log_e"]["decay"] > log(1000)
    assert early.verdict is Verdict.CONTINUE
    assert msgspec.json.decode(msgspec.json.encode(state), type=WatchState) == state


def test_few_networks_do_not_roll_production_back() -> None:
    _, result = watched(decayed(60, networks=12))
    assert (result.verdict, result.figures["flags"]) == (Verdict.CONTINUE, ["few_networks"])


def test_any_signed_visit_counts_for_no_experiment_routes_it() -> None:
    rows = [replace(row, assigned_arm=None, experiment=None) for row in decayed(30, 30)]
    assert watched(rows)[1].verdict is Verdict.ROLL_BACK_PRODUCTION
    unsigned = [replace(row, session=None) for row in rows]
    state, result = watched(unsigned)
    assert (result.verdict, state.set_aside) == (Verdict.CONTINUE, {"unsigned": 30})


def test_a_label_on_an_older_version_feeds_the_watch() -> None:
    rows = [replace(row, version="CO1") for row in decayed(30, 30)]
    assert watched(rows)[1].verdict is Verdict.ROLL_BACK_PRODUCTION


def test_ratings_say_nothing_here() -> None:
    state, result = watched([rating(n, "production", 1) for n in range(300)])
    assert (result.verdict, state.decay) == (Verdict.CONTINUE, Decay())


@pytest.mark.parametrize(
    ("name", "bad"), [("errors", {"status": 500}), ("slow", {"latency_ms": 501.0})]
)
def test_production_that_fails_or_dawdles_is_rolled_back(name: str, bad) -> None:
    state, ledger = WatchState(), MemoryLedger()
    for hour in range(1, 25):
        rows = [request(100 * hour + n, **(bad if n < 1 else {})) for n in range(100)]
        state, result = watched(rows, hour, state, ledger)
        assert result.verdict is Verdict.CONTINUE
    rows = [request(9_000 + n, **(bad if n < 30 else {})) for n in range(100)]
    state, result = watched(rows, 25, state, ledger)
    assert (result.verdict, result.figures["flags"]) == (Verdict.ROLL_BACK_PRODUCTION, [name])


def test_what_fails_from_the_first_hour_is_no_usual_share() -> None:
    rows = [request(n, status=500 if n < 40 else 200) for n in range(100)]
    assert watched(rows, 1)[1].figures["flags"] == ["errors"]


def test_requests_of_another_version_are_not_productions() -> None:
    rows = [request(n, "candidate", status=500) for n in range(100)]
    assert watched(rows, 1)[1].verdict is Verdict.CONTINUE


def test_one_look_is_worth_its_likelihood_ratio() -> None:
    first = ShareWatch().after(900, 9, hours=24, most=0.05, odds_allowed=1.5)
    assert (first.first_requests, first.first_events) == (900, 9)
    assert first.usual == pytest.approx((10 + 3 * sqrt(10)) / 1000)
    later = replace(first, log_wealth=(0.0,) * 6).after(
        200, 20, hours=25, most=0.05, odds_allowed=1.5
    )
    odds = 1.5 * first.usual / (1 - first.usual)
    null, share = odds / (1 + odds), 15 * odds / (1 + 15 * odds)
    expected = 20 * log(share / null) + 180 * log((1 - share) / (1 - null))
    assert later.log_wealth[5] == pytest.approx(expected)
    assert later.first_requests == 900


def test_a_steady_service_is_left_alone(scale) -> None:
    rng, alarms, runs = np.random.default_rng(2), 0, scale(200, 2_000)
    for _ in range(runs):
        guard = ShareWatch()
        for hour, errors in enumerate(rng.binomial(200, 0.002, 24 * 14), start=1):
            guard = guard.after(200, int(errors), hour, most=0.05, odds_allowed=1.5)
            alarms += guard.log_e >= log(1000)
    assert alarms <= 0.01 * runs
