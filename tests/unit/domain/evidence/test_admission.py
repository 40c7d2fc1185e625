"""What counts as evidence, and why the rest does not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from homeprices.domain.evidence.ledger import MemoryLedger
from homeprices.domain.evidence.parameters import VERSION_1
from homeprices.domain.evidence.policy import step
from homeprices.domain.evidence.state import EvidenceState
from homeprices.domain.experiments.decision import Verdict
from homeprices.domain.experiments.evidence import Exposure
from support.evidence import STARTED_AT, look, price, rating, request, terms

SIZES = (5e-324, 1e-200, 90.0, 1e200)


def reasons(*rows) -> dict[str, int]:
    return dict(look(rows)[0].set_aside)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"session": None}, "unsigned"),
        ({"assigned_arm": None}, "direct"),
        ({"experiment": "E2"}, "not of this experiment"),
        ({"experiment": None}, "not of this experiment"),
        ({"version": "BO7"}, "not of this experiment"),
    ],
)
def test_only_signed_visits_that_the_experiment_routed_count(changes, reason: str) -> None:
    rows = [request(1), rating(1, "production", 5), price(1, 90.0, 100.0, 95.0)]
    state, _ = look(replace(row, **changes) for row in rows)
    assert state.set_aside == {reason: 3}
    assert replace(state, set_aside={}) == EvidenceState()


@pytest.mark.parametrize("latency", [-1.0, float("nan"), float("inf")])
def test_a_latency_that_cannot_be_is_dropped(latency: float) -> None:
    assert reasons(request(1, latency_ms=latency)) == {"bad value": 1}
    assert reasons(request(1, latency_ms=latency, status=500)) == {}


def test_visitors_are_split_by_the_router_whatever_their_clocks_say() -> None:
    rows = [request(n, "candidate", latency_ms=float("nan"), area=900.0) for n in range(100)]
    rows += [request(n, area=900.0) for n in range(400)]
    state, result = look(rows)
    assert (state.sessions, state.set_aside) == ((100, 400), {"bad value": 100})
    assert len(state.inputs.edges) == 4
    assert state.totals.candidate.requests == 0
    assert result.verdict is Verdict.CONTINUE


def test_a_failure_counts_whatever_its_clock_says() -> None:
    rows = [request(n, "candidate", status=500, latency_ms=float("nan")) for n in range(30)]
    state, result = look([*rows, *(request(n) for n in range(120))])
    assert state.set_aside == {}
    assert result.figures["flags"] == ["errors"]


def test_a_home_that_production_stood_in_for_is_an_error_of_the_candidate_alone() -> None:
    """Both have a row of it: the candidate of its failure, production of its answer."""
    failed = [request(n, "candidate", status=500) for n in range(30)]
    stood_in = [replace(row, version="BO1", status=200) for row in failed]
    state, result = look([*failed, *stood_in, *(request(n) for n in range(120))])
    assert result.figures["flags"] == ["errors"]
    # A visitor is one visitor, however many rows a request has.
    assert state.sessions == (30, 120)


@pytest.mark.parametrize("stars", [0.0, 0.99, 5.01, 6.0, -1.0, float("nan"), None])
def test_a_rating_outside_one_to_five_is_dropped(stars) -> None:
    assert reasons(rating(1, "production", stars)) == {"bad value": 1}


@pytest.mark.parametrize("actual", [0.0, -5.0, float("nan"), float("inf"), None])
def test_a_price_that_cannot_be_is_dropped(actual) -> None:
    assert reasons(price(1, actual, 100.0, 100.0)) == {"bad value": 1}


def test_a_comment_is_no_evidence() -> None:
    comment = replace(rating(1, "production", 5), type="comment", value=None)
    assert reasons(comment) == {"no opinion and no price": 1}


def test_plain_opinions_count_as_five_and_two_stars() -> None:
    rows = [
        replace(rating(n, "production", 5), type=kind, value=None)
        for n, kind in enumerate(["accurate", "too_high", "too_low"])
    ]
    state, _ = look(rows)
    assert state.ratings.production == (1.0, 0.4, 0.4)


def test_an_opinion_on_an_answer_of_the_stand_in_is_about_neither_arm() -> None:
    stood_in = replace(rating(1, "production", 5), assigned_arm="candidate")
    assert reasons(stood_in) == {"answered by the other model": 1}


@pytest.mark.parametrize(
    ("actual", "is_echo"),
    [(100.0, True), (100.099, True), (100.11, False), (95.0, True), (95.09, True), (95.1, False)],
)
def test_a_price_within_a_thousandth_of_our_own_estimate_is_an_echo(actual, is_echo: bool) -> None:
    assert reasons(price(1, actual, 100.0, 95.0)) == ({"echo": 1} if is_echo else {})


@pytest.mark.parametrize(
    ("actual", "is_out"), [(301.0, True), (299.0, False), (33.4, False), (33.3, True)]
)
def test_a_price_three_times_the_middle_of_both_estimates_is_out_of_range(actual, is_out) -> None:
    # sqrt(50 x 200) is 100.
    assert reasons(price(1, actual, 50.0, 200.0)) == ({"out of range": 1} if is_out else {})


@pytest.mark.parametrize("actual", SIZES)
@pytest.mark.parametrize("production", SIZES)
@pytest.mark.parametrize("candidate", SIZES)
def test_prices_of_any_size_are_judged(actual, production, candidate) -> None:
    look([price(1, actual, production, candidate)])


@pytest.mark.parametrize("missing", [None, float("nan"), 0.0])
def test_a_model_that_fails_to_score_a_home_counts_an_error_against_it(missing) -> None:
    rows = [price(n, 90.0, 100.0, missing, session=f"s{n}") for n in range(3)]
    rows += [request(n, arm) for n in range(50) for arm in ("candidate", "production")]
    state, _ = look(rows)
    assert state.set_aside == {"not scored by both models": 3}
    # 53 and 50 requests: odds of 1.06 between the arms, and three errors of the candidate.
    fewer, _ = look(rows[3:])
    assert state.errors.log_e > fewer.errors.log_e == 0
    assert state.prices.labels == 0


def test_a_home_that_no_model_has_scored_is_nobodys_error() -> None:
    state, _ = look([price(1, 90.0, None, None), request(1, "candidate"), request(2)])
    assert state.errors.log_e == 0
    assert state.set_aside == {"not scored by both models": 1}


def test_the_first_opinion_and_the_first_price_of_a_session_count() -> None:
    rows = [
        rating(1, "production", 2, session="s"),
        rating(2, "production", 5, session="s"),
        price(3, 90.0, 100.0, 95.0, session="s"),
        price(4, 91.0, 100.0, 95.0, session="s"),
    ]
    state, _ = look(rows)
    assert state.set_aside == {"repeated": 2}
    assert (state.ratings.production, state.prices.labels) == ((0.4,), 1)


def test_later_looks_remember_who_has_spoken() -> None:
    at = terms()
    state, _ = step(EvidenceState(), [price(1, 90.0, 100.0, 95.0, session="s")], at)
    state, _ = step(state, [price(2, 90.0, 100.0, 95.0, session="s")], at)
    assert (state.prices.labels, state.set_aside) == (1, {"repeated": 1})


def test_a_second_opinion_on_one_estimate_is_kept_and_counts_nothing() -> None:
    assert reasons(replace(rating(1, "production", 5), is_first=False)) == {"repeated": 1}


def test_what_was_dropped_does_not_take_the_place_of_a_sessions_first() -> None:
    rows = [price(n, actual, 100.0, 95.0, session="s") for n, actual in ((1, 100.0), (2, 90.0))]
    state, _ = look(rows)
    assert (state.prices.labels, state.set_aside) == (1, {"echo": 1})


def test_five_units_of_a_network_count_a_day_for_each_kind() -> None:
    rows = [price(n, 90.0, 100.0, 95.0, network="n") for n in range(7)]
    rows += [rating(n, "production", 5, network="n") for n in range(6)]
    rows += [price(10 + n, 90.0, 100.0, 95.0, network="n", hour=25.0) for n in range(6)]
    state, _ = look(rows)
    assert state.set_aside == {"network cap": 4}
    assert (state.prices.labels, len(state.ratings.production)) == (10, 5)


def test_a_session_counts_once_in_the_sample_ratio_by_the_arm_it_was_given() -> None:
    rows = [request(n, "production", session="s") for n in range(9)]
    rows += [request(20, "candidate"), request(21, "production", assigned_arm="candidate")]
    state, _ = look(rows)
    assert state.sessions == (2, 1)
    assert state.totals.production.requests == 10


def cookies(first: int, hour: float, network: str | None = None) -> list[Exposure]:
    """A hundred new visitors who all met the candidate."""
    own = {} if network is None else {"network": network}
    return [request(n, "candidate", hour=hour, **own) for n in range(first, first + 100)]


def test_one_address_with_cookies_of_one_arm_breaks_no_split() -> None:
    usual = [request(n, "production" if n % 5 else "candidate") for n in range(500)]
    crowd = [row for day in range(6) for row in cookies(1_000 + 100 * day, 24 * day + 1, "n")]
    state, result = look([*usual, *crowd], hours=150)
    assert result.verdict is Verdict.CONTINUE
    assert state.sessions == (100 + 6 * 5, 400)
    assert state.set_aside == {"network cap of visits": 6 * 95}
    assert state.totals.candidate.requests == 700


def test_a_split_that_is_broken_on_many_networks_is_held() -> None:
    usual = [request(n, "production" if n % 5 else "candidate") for n in range(500)]
    _, result = look([*usual, *cookies(1_000, 1.0)])
    assert (result.verdict, result.figures["flags"]) == (Verdict.HOLD, ["srm"])


def test_visits_over_the_cap_are_those_that_came_later_whatever_their_arm() -> None:
    arms = ["production", "candidate"] * 4
    rows = [request(n, arm, network="n") for n, arm in enumerate(arms)]
    assert look(rows)[0].sessions == (2, 3)
    ledger, state = MemoryLedger(), EvidenceState()
    for row in rows:
        state, _ = step(state, [row], terms(ledger=ledger))
    assert (state.sessions, state.set_aside) == ((2, 3), {"network cap of visits": 3})


def test_days_are_those_of_the_feedback() -> None:
    late = timedelta(days=1)
    rows = [price(n, 90.0, 100.0, 95.0, network="n") for n in range(10)]
    rows = [replace(row, at=STARTED_AT + late * (n % 2)) for n, row in enumerate(rows)]
    assert look(rows)[0].prices.labels == 10


def test_the_policy_says_what_it_needs() -> None:
    with pytest.raises(ValueError, match="ledger"):
        step(EvidenceState(), [], replace(terms(), ledger=None))


def test_caps_are_numbers_of_the_policy() -> None:
    rows = [price(n, 90.0, 100.0, 95.0, network="n") for n in range(7)]
    state, _ = look(rows, numbers=replace(VERSION_1, network_cap=2))
    assert state.prices.labels == 2


def test_visits_of_which_no_network_was_recorded_have_none_to_cap() -> None:
    rows = [request(n, "candidate" if n % 2 else "production", network=None) for n in range(600)]
    state, result = look(rows)
    assert state.sessions == (300, 300)
    assert result.verdict is Verdict.HOLD
