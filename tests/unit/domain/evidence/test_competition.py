"""Candidates of one run are told apart on the same homes, or by the holdout at the deadline."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from math import exp, log

import numpy as np
import pytest

from homeprices.domain.evidence.bet import Bet
from homeprices.domain.evidence.competition import (
    ChosenBy,
    CompetitionState,
    CompetitionTerms,
    Standing,
    step,
)
from homeprices.domain.evidence.ledger import Ledger, MemoryLedger
from homeprices.domain.evidence.parameters import VERSION_1
from homeprices.domain.experiments.evidence import FeedbackEvent
from support.evidence import STARTED_AT, price

NAMES = ("CO2", "CO1", "CO3")


def terms(
    competitors: Sequence[str] = NAMES, hours: float = 1.0, ledger: Ledger | None = None
) -> CompetitionTerms:
    """The best on the holdout is CO2."""
    kept = ledger if ledger is not None else MemoryLedger()
    return CompetitionTerms(tuple(competitors), hours, asdict(VERSION_1), STARTED_AT, kept)


def sold(number: int, *prices: float | None, actual: float = 100.0, **changes) -> FeedbackEvent:
    """A home sold for `actual`, with what every competitor says of it; shown at 93."""
    event = price(number, actual, None, None, **changes)
    return replace(event, price=93.0, competitor_prices=prices)


def look(rows: Iterable[FeedbackEvent], **changes) -> tuple[CompetitionState, Standing]:
    return step(CompetitionState(), rows, terms(**changes))


def test_a_label_is_a_stake_for_every_pair_by_hand() -> None:
    pair = ("CO1", "CO2")
    _, seen = look([sold(n, 101.0, 140.0) for n in range(5)], competitors=pair)
    # The difference of the losses, ln 1.4 - ln 1.01 = 0.327, is clipped to 0.25: a full stake.
    assert seen.leads[0].log_e == pytest.approx(Bet().after(np.full(5, 0.25), 0.25).log_e)
    assert seen.leads[0].log_e == pytest.approx(1.638, abs=0.001)
    assert seen.mean_losses == pytest.approx({"CO1": log(1.01), "CO2": log(1.4)})
    assert seen.leads[0].reduction == pytest.approx(1 - log(1.01) / log(1.4))
    assert seen.needed == pytest.approx(log(2 / 0.05))
    assert (seen.leader, seen.winner) == ("CO1", None)


def test_who_beats_all_others_goes_on_trial_at_once() -> None:
    _, seen = look([sold(n, 130.0, 101.0, 130.0) for n in range(60)])
    assert (seen.winner, seen.chosen_by) == ("CO1", ChosenBy.EVIDENCE)
    assert all(lead.log_e >= log(60) for lead in seen.leads)


def test_who_beats_one_of_two_others_has_not_won() -> None:
    _, seen = look([sold(n, 101.0, 101.0, 140.0) for n in range(60)])
    assert seen.winner is None
    assert {lead.other: lead.log_e >= seen.needed for lead in seen.leads} == {
        "CO1": False,
        "CO3": True,
    }


def test_looks_in_parts_come_to_what_one_look_comes_to() -> None:
    rows = [sold(n, 101.0 + n, 120.0, 110.0) for n in range(30)]
    together, ledger, state = look(rows)[0], MemoryLedger(), CompetitionState()
    for start in range(0, 30, 7):
        state, _ = step(state, rows[start : start + 7], terms(ledger=ledger))
    assert state.labels == together.labels == 30
    assert state.losses == pytest.approx(together.losses)
    for pair, whole in zip(state.pairs, together.pairs, strict=True):
        assert pair.better.log_wealth == pytest.approx(whole.better.log_wealth)


def test_few_networks_let_nobody_win() -> None:
    rows = [sold(n, 140.0, 101.0, 140.0, network=f"network {n % 9}") for n in range(45)]
    _, seen = look(rows)
    assert (seen.leader, seen.winner, seen.rests_on_few) == ("CO1", None, True)


def test_a_competitor_without_a_price_has_missed_by_far() -> None:
    state, seen = look([sold(1, 101.0, None, 101.0)])
    assert state.losses == pytest.approx((log(1.01), 0.5, log(1.01)))
    assert seen.missing == {"CO1": 1}


def test_the_deadline_takes_who_errs_least() -> None:
    rows = [sold(n, 106.0, 105.0, 104.0) for n in range(20)]
    _, before = look(rows, hours=71.9)
    assert before.winner is None
    _, seen = look(rows, hours=72)
    assert (seen.winner, seen.chosen_by) == ("CO3", ChosenBy.MEAN_LOSS)


@pytest.mark.parametrize("labels", [0, 19])
def test_with_too_few_prices_the_deadline_takes_the_best_on_the_holdout(labels: int) -> None:
    _, seen = look([sold(n, 106.0, 105.0, 104.0) for n in range(labels)], hours=72)
    assert (seen.winner, seen.chosen_by) == ("CO2", ChosenBy.HOLDOUT)


def test_equal_competitors_are_in_the_order_of_the_holdout() -> None:
    _, seen = look([sold(n, 105.0, 105.0, 105.0) for n in range(40)], hours=72)
    assert (seen.winner, seen.chosen_by) == ("CO2", ChosenBy.MEAN_LOSS)
    assert [lead.log_e for lead in seen.leads] == [0.0, 0.0]


def test_only_prices_count_that_would_be_evidence_of_a_trial() -> None:
    crowd = [sold(n, 101.0, 102.0, 103.0, network="one") for n in range(10, 17)]
    rows = [
        sold(1, 101.0, 102.0, 103.0),
        sold(2, 101.0, 102.0, 103.0, session=None),
        sold(3, 101.0, 100.05, 103.0),
        sold(4, 93.0, 102.0, 103.0, actual=93.01),
        sold(5, 101.0, 102.0, 103.0, actual=310.0),
        sold(6, 101.0, 102.0, 103.0, session="session production 1"),
        sold(7, 101.0, 102.0, 103.0, is_first=False),
        sold(8, None, None, None),
        *crowd,
    ]
    state, seen = look(rows)
    assert state.labels == 6
    assert seen.set_aside == {
        "unsigned": 1,
        "echo": 2,
        "out of range": 1,
        "repeated": 2,
        "not scored by both models": 1,
        "network cap": 2,
    }


def test_a_competition_costs_as_much_as_its_rows() -> None:
    state, _ = look([sold(n, 101.0, 102.0, 103.0) for n in range(50)])
    later = step(state, [], terms())[0]
    assert later == state
    numbers = sum(len(p.better.log_wealth) + 2 * len(p.reduction.above) for p in state.pairs)
    assert numbers < 1_500


def losses(rng: np.random.Generator, scales: Sequence[float], labels: int) -> np.ndarray:
    """Losses of competitors whose log errors, of scale 0.2, are correlated by 0.8."""
    shared, own = rng.normal(size=(labels, 1)), rng.normal(size=(labels, len(scales)))
    errors = 0.2 * np.array(scales) * (np.sqrt(0.8) * shared + np.sqrt(0.2) * own)
    return np.minimum(np.abs(errors), VERSION_1.loss_cap)


def shown(seed: int, scales: Sequence[float], labels: int) -> str | None:
    """Who wins by evidence within `labels`, looked at after every tenth."""
    rng, state, ledger = np.random.default_rng(seed), CompetitionState(), MemoryLedger()
    for first in range(0, labels, 10):
        rows = [
            sold(first + n, *(100 * exp(-loss) for loss in row), actual=100.0)
            for n, row in enumerate(losses(rng, scales, 10) + 0.002)
        ]
        state, seen = step(state, rows, terms(ledger=ledger))
        if seen.winner is not None:
            return seen.winner
    return None


def test_of_equal_competitors_hardly_any_is_shown_to_be_better() -> None:
    winners = [shown(seed, (1, 1, 1), 300) for seed in range(120)]
    assert sum(winner is not None for winner in winners) <= 0.05 * len(winners)


def test_a_tenth_better_is_shown_in_two_of_five_competitions_with_six_hundred_prices() -> None:
    winners = [shown(seed, (1, 0.9, 1), 600) for seed in range(40)]
    assert sum(winner == "CO1" for winner in winners) >= 0.4 * len(winners)
    assert set(winners) <= {"CO1", None}


def test_at_the_deadline_a_tenth_better_leads_nearly_always() -> None:
    rng, won = np.random.default_rng(3), 0
    for _ in range(60):
        rows = [
            sold(n, *(100 * exp(-loss) for loss in row))
            for n, row in enumerate(losses(rng, (1, 0.9, 1), 360) + 0.002)
        ]
        won += look(rows, hours=72)[1].winner == "CO1"
    assert won >= 0.9 * 60


def test_at_the_deadline_one_network_does_not_make_the_leader() -> None:
    crowd = [
        sold(n, 90.0, 139.0, 90.0, actual=140.0, network="crowd", hour=1.0 + 24 * (n // 5))
        for n in range(15)
    ]
    # Each of 15 honest homes says that CO2 errs least; each of the crowd's that CO1 does.
    honest = [sold(100 + n, 105.0, 110.0, 112.0) for n in range(15)]
    state, seen = look([*honest, *crowd], hours=72)
    assert (state.labels, seen.leader) == (30, "CO1")
    assert (seen.winner, seen.chosen_by, seen.rests_on_few) == ("CO2", ChosenBy.HOLDOUT, True)
