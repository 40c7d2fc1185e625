"""The verdicts, by hand-made states: each threshold, each condition, and their order."""

from dataclasses import replace
from math import log

import numpy as np
import pytest

from homeprices.domain.evidence.bet import Bet
from homeprices.domain.evidence.guards import ShareGuard
from homeprices.domain.evidence.ledger import EvidenceUnit, MemoryLedger, UnitKind
from homeprices.domain.evidence.parameters import VERSION_1, EvidenceParameters
from homeprices.domain.evidence.state import EvidenceState, PriceEvidence, RatingEvidence
from homeprices.domain.evidence.verdict import verdict
from homeprices.domain.experiments.decision import PolicyResult, Verdict
from homeprices.domain.experiments.evidence import ArmTotals, Totals
from support.evidence import terms

# Production's loss, the candidate's: 40 homes that speak for the candidate, by as many networks.
BETTER, WORSE = (0.20, 0.10), (0.10, 0.20)
BARELY = 1e-9


def bet(e_value: float) -> Bet:
    return Bet((log(e_value) + BARELY,) * 16)


def guard(e_value: float) -> ShareGuard:
    return ShareGuard((log(e_value) + BARELY,) * 6)


def ledger(losses: tuple[float, float], networks: int = 40, count: int = 40) -> MemoryLedger:
    kept = MemoryLedger()
    kept.keep([EvidenceUnit(UnitKind.PRICE, n, f"n{n % networks}", *losses) for n in range(count)])
    return kept


def arms(requests: int = 50, ratings: int = 0, stars: float = 4.0) -> Totals:
    production = ArmTotals(200, 10_000.0, 20, 80.0, 0)
    return Totals(ArmTotals(requests, 50.0 * requests, ratings, stars * ratings, 0), production)


def state(**changes) -> EvidenceState:
    return replace(EvidenceState(totals=arms()), **changes)


def prices(labels: int = 40, ratio: float = 0.5, **bets: float) -> PriceEvidence:
    evidence = PriceEvidence(labels=labels, production_loss=1.0, candidate_loss=ratio)
    return replace(evidence, **{name: bet(e_value) for name, e_value in bets.items()})


def judged(
    shown: EvidenceState,
    hours: float = 24,
    kept: MemoryLedger | None = None,
    numbers: EvidenceParameters = VERSION_1,
) -> PolicyResult:
    at = terms(hours, kept if kept is not None else ledger(BETTER), numbers)
    return verdict(shown, at, numbers)


def test_the_numbers_are_those_of_the_page() -> None:
    numbers = VERSION_1
    assert numbers.promote_at == 20
    ages = (numbers.min_hours, numbers.deadline_hours)
    counts = (numbers.min_candidate_requests, numbers.min_ratings, numbers.min_labels)
    assert (ages, counts) == ((24, 168), (50, 10, 20))
    assert (numbers.margin, numbers.composite_margin, numbers.severe_above) == (0.05, 0.05, 1.2)
    acts = (numbers.harm_at, numbers.bad_ratings_at, numbers.futility_at, numbers.guard_at)
    assert (acts, numbers.sample_ratio_at, numbers.watch_at) == ((20, 40, 10, 100), 1000, 1000)
    assert (numbers.loss_cap, numbers.paired_bound, numbers.rating_bound) == (0.5, 0.25, 0.8)
    assert (numbers.odds_allowed, numbers.gross_odds_allowed, numbers.gross_above) == (
        1.5,
        1.25,
        0.5,
    )
    assert (numbers.network_cap, numbers.weightiest_networks) == (5, 10)
    assert (numbers.moved_psi, numbers.moved_rows, numbers.slow_above_ms) == (0.2, 500, 500)
    assert (numbers.paired_weight, numbers.calm_below, numbers.sample_ratio_prior) == (0.8, 3, 100)


# 0.8 x 24.75 + 0.2 x 1 is 20.
def test_a_candidate_is_promoted_at_twenty_to_one() -> None:
    result = judged(state(prices=prices(better=24.75)))
    assert result.verdict is Verdict.PROMOTE
    assert result.reasons == (
        "CO1 is better than BO1: its error is 50 % smaller on 40 homes "
        "(a bet on it multiplied its stake by 20)",
    )
    assert judged(state(prices=prices(better=24.7))).verdict is Verdict.CONTINUE


def test_ratings_alone_count_a_fifth() -> None:
    kept = MemoryLedger()
    for number in range(40):
        block = [(None, 1.0)] + [(0.6, None)] * 4
        kept.keep([EvidenceUnit(UnitKind.RATING, 0, f"n{number}", *unit) for unit in block])
    shown = state(totals=arms(ratings=10, stars=4.9), ratings=RatingEvidence(better=bet(96)))
    assert judged(shown, kept=kept).verdict is Verdict.PROMOTE
    weaker = replace(shown, ratings=RatingEvidence(better=bet(95.9)))
    assert judged(weaker, kept=kept).verdict is Verdict.CONTINUE


@pytest.mark.parametrize(
    ("changes", "hours", "words"),
    [
        ({}, 23.9, "24 hours must pass"),
        ({"totals": arms(requests=49)}, 24, "answered 49 requests, 50 are needed"),
        ({"errors": guard(3)}, 24, "some evidence of more failures"),
        ({"slow": guard(3)}, 24, "some evidence of slower answers"),
        ({"gross": guard(3)}, 24, "some evidence of gross misses"),
        ({"moved_at": 12.0}, 24, "other homes"),
        ({"prices": prices(ratio=0.951, better=99)}, 24, "not 5 % smaller"),
        ({"prices": prices(labels=19, better=99)}, 24, "ratings must lift the composite by 5 %"),
    ],
)
def test_a_promotion_waits_for_every_condition(changes, hours: float, words: str) -> None:
    proven = {"prices": prices(better=99)} | changes
    result = judged(state(**proven), hours)
    assert result.verdict is Verdict.CONTINUE
    assert result.reasons[0].startswith("promotion waits: ")
    assert words in result.reasons[0]
    assert ";" not in result.reasons[0]


def test_conditions_hold_exactly_at_their_bounds() -> None:
    calm = {name: guard(2.99) for name in ("errors", "slow", "gross")}
    shown = state(prices=prices(ratio=0.95, better=99), moved_at=11.9, **calm)
    assert judged(shown).verdict is Verdict.PROMOTE


@pytest.mark.parametrize(("stars", "is_promoted"), [(4.31, True), (4.25, False)])
def test_with_few_prices_the_composite_must_rise_by_a_twentieth(stars, is_promoted) -> None:
    # 0.7 x 0.8 + 0.3 x 0.99 is 0.857; a twentieth more takes 4.306 stars.
    shown = state(totals=arms(ratings=10, stars=stars), prices=prices(labels=19, better=99))
    assert (judged(shown).verdict is Verdict.PROMOTE) is is_promoted
    few = state(totals=arms(ratings=9, stars=5.0), prices=prices(labels=19, better=99))
    assert judged(few).verdict is Verdict.CONTINUE


def test_opinions_on_an_arm_whose_latency_nobody_knows_promote_nothing() -> None:
    shown = state(totals=arms(requests=0, ratings=10), prices=prices(labels=19, better=99))
    assert judged(shown).verdict is Verdict.CONTINUE


def test_a_promotion_that_rests_on_few_networks_waits() -> None:
    proven = state(prices=prices(better=99))
    assert judged(proven, kept=ledger(BETTER, networks=30)).verdict is Verdict.PROMOTE
    result = judged(proven, kept=ledger(BETTER, networks=19))
    assert result.verdict is Verdict.CONTINUE
    assert result.figures["flags"] == ["few_networks"]


@pytest.mark.parametrize(("ratio", "flag"), [(1.2, "worse"), (1.21, "severe")])
def test_a_candidate_that_is_worse_is_rolled_back_at_twenty_to_one(ratio, flag: str) -> None:
    result = judged(state(prices=prices(ratio=ratio, harm=20)), kept=ledger(WORSE))
    assert (result.verdict, result.figures["flags"]) == (Verdict.ROLL_BACK, [flag])
    assert judged(state(prices=prices(harm=19.9)), kept=ledger(WORSE)).verdict is Verdict.CONTINUE


def test_futility_takes_ten_to_one_and_twenty_prices() -> None:
    kept = ledger(WORSE)
    result = judged(state(prices=prices(labels=20, ratio=1.0, futility=10)), kept=kept)
    assert (result.verdict, result.figures["flags"]) == (Verdict.ROLL_BACK, ["futility"])
    for shown in (prices(labels=19, futility=10), prices(labels=20, futility=9.9)):
        assert judged(state(prices=shown), kept=kept).verdict is Verdict.CONTINUE


def test_bad_ratings_take_forty_to_one() -> None:
    kept = MemoryLedger()
    for number in range(40):
        block = [(None, 0.2)] + [(0.8, None)] * 4
        kept.keep([EvidenceUnit(UnitKind.RATING, 0, f"n{number}", *unit) for unit in block])
    shown = state(ratings=RatingEvidence(worse=bet(40)))
    assert judged(shown, kept=kept).verdict is Verdict.ROLL_BACK
    shown = state(ratings=RatingEvidence(worse=bet(39.9)))
    assert judged(shown, kept=kept).verdict is Verdict.CONTINUE


@pytest.mark.parametrize(
    "shown",
    [
        state(prices=prices(harm=99)),
        state(prices=prices(futility=99)),
        state(ratings=RatingEvidence(worse=bet(99))),
    ],
)
def test_what_people_report_rolls_nothing_back_on_the_first_day(shown: EvidenceState) -> None:
    assert judged(shown, hours=23.9, kept=ledger(WORSE)).verdict is Verdict.CONTINUE


@pytest.mark.parametrize("name", ["errors", "slow"])
def test_errors_and_slow_answers_roll_back_at_any_hour(name: str) -> None:
    result = judged(state(**{name: guard(100)}), hours=1)
    assert (result.verdict, result.figures["flags"]) == (Verdict.ROLL_BACK, [name])
    assert judged(state(**{name: guard(99.9)}), hours=1).verdict is Verdict.CONTINUE


def test_gross_misses_roll_back_when_more_than_few_networks_saw_them() -> None:
    shown, gross = state(gross=guard(100)), (0.1, 0.7)
    assert judged(shown, kept=ledger(gross, networks=30)).verdict is Verdict.ROLL_BACK
    assert judged(shown, kept=ledger(gross, networks=19)).verdict is Verdict.CONTINUE


def test_a_broken_split_holds_and_says_nothing_of_the_model() -> None:
    result = judged(state(sessions=(400, 1_000)), hours=1)
    assert (result.verdict, result.figures["flags"]) == (Verdict.HOLD, ["srm"])
    assert "28.6 % of 1,400 visitors met CO1, where 20 % were to" in result.reasons[0]


def test_what_is_undecided_at_the_deadline_says_what_was_needed() -> None:
    result = judged(state(), hours=168)
    assert result.verdict is Verdict.UNDECIDED
    assert "neither better nor worse" in result.reasons[0]
    assert "about 422 to see 10 %" in result.reasons[0]
    assert judged(state(), hours=167.9).verdict is Verdict.CONTINUE
    (reason, *_) = judged(state(units=(800, 0)), hours=168).reasons
    assert "800 sale prices came; a difference, if there is one, is smaller" in reason


def test_few_prices_an_hour_are_told_as_what_cannot_be_decided() -> None:
    told = judged(state(prices=prices(labels=7), units=(7, 0)), hours=24).reasons[-1]
    assert told.startswith("at 0.29 sale prices an hour no valid rule sees")
    assert len(judged(state(prices=prices(labels=8), units=(8, 0)), hours=24).reasons) == 1
    new_epoch = state(prices=prices(labels=0), units=(500, 0), epoch=1)
    assert len(judged(new_epoch, hours=100).reasons) == 1


def test_a_verdict_does_not_contradict_the_figure_beside_it() -> None:
    shown = state(prices=prices(ratio=0.93, futility=20.0))
    better = judged(shown, kept=ledger(WORSE)).reasons[0]
    assert "its error is 7 % smaller on 40 homes; counted up to a bound a home" in better


ALL = {
    "sessions": (400, 1_000),
    "errors": guard(100),
    "slow": guard(100),
    "gross": guard(100),
    "prices": prices(ratio=1.5, better=99, harm=99, futility=99),
    "ratings": RatingEvidence(worse=bet(99)),
}


def test_checks_come_in_their_order() -> None:
    kept = ledger((0.1, 0.7))
    for number in range(40):
        block = [(None, 0.2)] + [(0.8, None)] * 4
        kept.keep([EvidenceUnit(UnitKind.RATING, 0, f"n{number}", *unit) for unit in block])
    shown, order = state(**ALL), []
    for name in ("sessions", "errors", "slow", "gross"):
        order.append(judged(shown, 168, kept).figures["flags"][-1])
        shown = replace(shown, **{name: getattr(EvidenceState(), name)})
    assert order == ["srm", "errors", "slow", "gross"]
    good = replace(shown, prices=replace(shown.prices, candidate_loss=0.5))
    assert judged(good, 168, ledger(BETTER)).verdict is Verdict.PROMOTE
    flags = judged(shown, 168, kept).figures["flags"]
    shown = replace(shown, prices=prices(futility=99))
    flags += judged(shown, 168, kept).figures["flags"]
    shown = replace(shown, ratings=RatingEvidence())
    flags += judged(shown, 168, kept).figures["flags"]
    assert flags == ["severe", "bad_ratings", "futility"]
    assert judged(state(), 168, kept).verdict is Verdict.UNDECIDED


def test_a_promotion_comes_before_harm() -> None:
    """Ratings for the candidate, and prices against it that are too few for a margin."""
    kept = ledger(WORSE)
    for number in range(40):
        block = [(None, 1.0)] + [(0.6, None)] * 4
        kept.keep([EvidenceUnit(UnitKind.RATING, 0, f"n{number}", *unit) for unit in block])
    against = state(
        totals=arms(ratings=10, stars=4.9), prices=prices(labels=19, ratio=2.0, harm=99)
    )
    assert judged(against, kept=kept).verdict is Verdict.ROLL_BACK
    both = replace(against, ratings=RatingEvidence(better=bet(500)))
    assert judged(both, kept=kept).verdict is Verdict.PROMOTE


def test_the_figures_hold_every_e_value_and_nothing_that_time_alone_moves() -> None:
    early, late = (judged(state(), hours).figures for hours in (30, 31))
    assert early == late
    assert list(early["log_e"]) == [
        "better",
        "better_prices",
        "better_ratings",
        "harm",
        "futility",
        "bad_ratings",
        "errors",
        "slow",
        "gross",
        "sample_ratio",
    ]


def test_another_epoch_asks_for_twice_the_odds_of_what_began_anew() -> None:
    for name, at, losses in (("harm", 20, WORSE), ("futility", 10, WORSE)):
        shown = state(prices=prices(ratio=1.0, **{name: 2 * at}), epoch=1)
        assert judged(shown, kept=ledger(losses)).verdict is Verdict.ROLL_BACK
        assert judged(replace(shown, epoch=2), kept=ledger(losses)).verdict is Verdict.CONTINUE
    assert judged(state(errors=guard(100), epoch=3)).verdict is Verdict.ROLL_BACK
    assert np.isclose(
        judged(state(prices=prices(better=50.1), epoch=1)).figures["log_e"]["better"],
        log(0.8 * 50.1 + 0.2),
        atol=1e-3,
    )
