"""The bet: what one stake does to sixteen wealths, and that no fair game makes it grow."""

from math import exp, log, sqrt

import numpy as np
import pytest
import ville
from hypothesis import given
from hypothesis import strategies as st

from homeprices.domain.evidence.bet import GRID, Bet, log_factors, log_increments

UNIT_STAKES = st.lists(st.floats(-1, 1), min_size=1, max_size=40)


def wealth_by_hand(stakes: list[float], bound: float) -> float:
    """The mean of sixteen products, one factor after the other."""
    total = 0.0
    for number in range(16):
        part = 0.02 * (0.95 / 0.02) ** (number / 15)
        wealth = 1.0
        for stake in stakes:
            wealth *= 1 + part * max(-bound, min(bound, stake)) / bound
        total += wealth
    return total / 16


def test_the_sixteen_parts_run_from_two_to_ninety_five_hundredths_by_equal_ratios() -> None:
    assert len(GRID) == 16
    assert (GRID[0], GRID[-1]) == (pytest.approx(0.02), pytest.approx(0.95))
    assert GRID[1:] / GRID[:-1] == pytest.approx([(0.95 / 0.02) ** (1 / 15)] * 15)


def test_nothing_staked_is_nothing_won() -> None:
    assert Bet().log_e == 0
    assert Bet().after(np.array([]), 0.25).log_e == 0
    assert Bet().after(np.zeros(9), 0.25).log_e == 0


@pytest.mark.parametrize("stakes", [[0.25], [-0.1, 0.2, 0.05], [2.0, -3.0, 0.01]])
def test_the_wealth_is_the_mean_of_sixteen_products_of_clipped_stakes(stakes: list[float]) -> None:
    bet = Bet().after(np.array(stakes), 0.25)
    assert exp(bet.log_e) == pytest.approx(wealth_by_hand(stakes, 0.25))


def test_one_full_win_multiplies_the_wealth_by_one_and_the_mean_part() -> None:
    assert exp(Bet().after(np.array([9.0]), 0.8).log_e) == pytest.approx(1 + GRID.mean())


@given(UNIT_STAKES, st.integers(0, 40))
def test_how_stakes_are_cut_into_batches_changes_nothing(stakes: list[float], cut: int) -> None:
    whole = Bet().after(np.array(stakes), 1.0)
    parts = Bet().after(np.array(stakes[:cut]), 1.0).after(np.array(stakes[cut:]), 1.0)
    assert parts.log_wealth == pytest.approx(whole.log_wealth)


@given(UNIT_STAKES)
def test_increments_add_up_to_the_logarithm_of_the_wealth(stakes: list[float]) -> None:
    increments = log_increments(log_factors(np.array(stakes), 1.0))
    assert increments.sum() == pytest.approx(Bet().after(np.array(stakes), 1.0).log_e, abs=1e-9)


def test_each_of_the_sixteen_wealths_is_that_of_a_betting_test_of_ville() -> None:
    """`ville` makes its part of what it saw, but for a limit: a low one is the part itself."""
    stakes = np.random.default_rng(4).uniform(-1, 1, 8)
    bet = Bet().after(stakes, 1.0)
    for part, wealth in zip(GRID, bet.log_wealth, strict=True):
        # Its outcomes lie in 0..1 around a mean of a half: half our stake, at twice the limit.
        oracle = ville.BettingTest(0.5, alternative="greater", c=part).fit((stakes + 1) / 2)
        assert wealth == pytest.approx(oracle.log_e_values_[-1])


def paths(rng: np.random.Generator, runs: int, length: int) -> np.ndarray:
    """log e of so many fair games with skewed stakes, after each of their steps."""
    # Wins of 1 in one case of four, losses of a third else: the mean is 0.
    stakes = np.where(rng.random((runs, length)) < 0.25, 1.0, -1 / 3)
    return np.array([np.cumsum(log_increments(log_factors(game, 1.0))) for game in stakes])


def test_a_fair_game_makes_no_wealth_on_average(scale) -> None:
    ends = np.exp(paths(np.random.default_rng(7), scale(4_000, 40_000), 5)[:, -1])
    assert ends.mean() == pytest.approx(1.0, abs=4 * ends.std() / sqrt(len(ends)))


def test_a_fair_game_reaches_twenty_in_one_of_twenty_runs_at_most(scale) -> None:
    runs = scale(400, 4_000)
    ever = (paths(np.random.default_rng(8), runs, 1_000).max(axis=1) >= log(20)).mean()
    assert ever <= 0.05 + 3 * sqrt(0.05 * 0.95 / runs)
    assert ever > 0.005


def test_weights_of_two_bets_are_those_of_a_merged_e_value() -> None:
    merged = ville.evalues.combine([40.0, 3.0], weights=[0.8, 0.2])
    assert np.logaddexp(log(0.8) + log(40), log(0.2) + log(3)) == pytest.approx(log(merged))
