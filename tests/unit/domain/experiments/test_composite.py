"""The plain rule, with exactly its numbers."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeprices.domain.errors import NotFound
from homeprices.domain.experiments.composite import CompositeState, composite, score
from homeprices.domain.experiments.composite import step as composite_step
from homeprices.domain.experiments.decision import Verdict
from homeprices.domain.experiments.evidence import (
    STARS,
    Evidence,
    EvidenceRow,
    FeedbackEvent,
)
from homeprices.domain.experiments.experiment import PolicyDocument, PolicyTerms
from homeprices.domain.experiments.policies import policy, policy_for
from support.evidence import rating, request
from support.fakes import arm, rows_of

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
A_DAY = Evidence(arm("CO1"), arm("BO1"), hours=24)


def judged(hours: float = 24, production: dict[str, float] | None = None, **candidate: float):
    return composite(Evidence(arm("CO1", **candidate), arm("BO1", **(production or {})), hours))


def test_the_composite_is_seven_tenths_accuracy_and_three_tenths_latency() -> None:
    assert score(arm("CO1", mean_rating=4.0, mean_latency_ms=500.0)) == pytest.approx(
        0.7 * 0.8 + 0.3 * 0.9
    )


def test_a_mean_latency_above_five_seconds_scores_nothing() -> None:
    assert score(arm("CO1", mean_rating=5.0, mean_latency_ms=9000.0)) == pytest.approx(0.7)


def test_a_candidate_above_the_upper_bound_is_promoted() -> None:
    assert judged(mean_rating=4.6).verdict is Verdict.PROMOTE


def test_a_candidate_exactly_at_the_upper_bound_is_not_promoted() -> None:
    ruling = judged(
        production={"mean_rating": 4.0, "mean_latency_ms": 5000.0},
        mean_rating=4.2,
        mean_latency_ms=5000.0,
    )
    assert ruling.figures["ratio"] == pytest.approx(1.05)
    assert ruling.verdict is Verdict.CONTINUE


def test_a_candidate_below_the_lower_bound_is_rolled_back() -> None:
    assert judged(mean_rating=2.0).verdict is Verdict.ROLL_BACK


def test_between_the_bounds_the_trial_continues() -> None:
    assert judged(mean_rating=4.1).verdict is Verdict.CONTINUE


@pytest.mark.parametrize(
    ("candidate", "production", "words"),
    [
        ({"requests": 49}, {}, "49 requests"),
        ({"ratings": 9}, {}, "CO1 has 9 ratings"),
        ({}, {"ratings": 9}, "BO1 has 9 ratings"),
    ],
)
def test_too_little_evidence_decides_nothing_and_says_what_is_missing(
    candidate: dict[str, float], production: dict[str, float], words: str
) -> None:
    ruling = judged(production=production, mean_rating=5.0, **candidate)
    assert ruling.verdict is Verdict.CONTINUE
    assert words in " ".join(ruling.reasons)


def test_no_feedback_at_all_decides_nothing() -> None:
    silent = {"ratings": 0, "mean_rating": None}
    assert judged(production=silent, **silent).verdict is Verdict.CONTINUE  # type: ignore[arg-type]


def test_an_undecided_trial_is_rolled_back_after_a_week() -> None:
    assert judged(hours=167.9).verdict is Verdict.CONTINUE
    late = judged(hours=168)
    assert late.verdict is Verdict.ROLL_BACK
    assert "undecided after 168 hours" in late.reasons[-1]


def test_a_better_candidate_is_promoted_even_after_the_deadline() -> None:
    assert judged(hours=200, mean_rating=4.9).verdict is Verdict.PROMOTE


def test_sale_prices_change_no_verdict() -> None:
    without, with_prices = judged(), judged(sale_prices=400)
    assert replace(without, evidence=with_prices.evidence) == with_prices


def test_accurate_counts_five_too_high_and_too_low_two_and_a_sale_price_nothing() -> None:
    assert STARS == {"accurate": 5, "too_high": 2, "too_low": 2}


@given(
    st.floats(1, 5), st.floats(1, 5), st.floats(0, 20_000), st.floats(0, 20_000), st.floats(0, 400)
)
def test_every_verdict_follows_from_the_ratio_it_reports(
    ours: float, theirs: float, our_ms: float, their_ms: float, hours: float
) -> None:
    candidate = arm("CO1", mean_rating=ours, mean_latency_ms=our_ms)
    production = arm("BO1", mean_rating=theirs, mean_latency_ms=their_ms)
    ruling = composite(Evidence(candidate, production, hours))
    ratio = score(candidate) / score(production)
    if ratio > 1.05:
        assert ruling.verdict is Verdict.PROMOTE
    elif ratio < 0.80 or hours >= 168:
        assert ruling.verdict is Verdict.ROLL_BACK
    else:
        assert ruling.verdict is Verdict.CONTINUE


OPINIONS = st.lists(
    st.tuples(
        st.sampled_from(["CO1", "BO1"]),
        st.sampled_from(["rating", "accurate", "too_high", "too_low", "actual_price"]),
        st.floats(1, 5),
        st.booleans(),
    )
)


@given(OPINIONS, st.integers(0, 30))
def test_the_verdict_is_the_same_however_the_rows_are_divided_into_looks(
    opinions: list[tuple[str, str, float, bool]], cut: int
) -> None:
    rule = policy("composite")
    rows: list[EvidenceRow] = [*rows_of(arm("CO1")), *rows_of(arm("BO1"))]
    visit = {"session": "a", "assigned_arm": "candidate"}
    rows += [FeedbackEvent("", version, AT, *facts, **visit) for version, *facts in opinions]
    terms = PolicyTerms("CO1", "BO1", 24, rule.document.parameters)
    whole = rule.step(rule.state(), rows, terms)
    state, _ = rule.step(rule.state(), rows[:cut], terms)
    assert rule.step(state, rows[cut:], terms) == whole


def test_a_step_changes_no_state_that_it_was_given() -> None:
    state = CompositeState()
    composite_step(state, rows_of(arm("CO1")), PolicyTerms("CO1", "BO1", 24))
    assert state == CompositeState()


def test_an_experiment_is_decided_by_the_numbers_it_was_opened_with() -> None:
    rule = policy("composite")
    rows = [*rows_of(arm("CO1", mean_rating=4.1)), *rows_of(arm("BO1"))]
    verdicts = []
    for above in (1.05, 1.01):
        parameters = {**rule.document.parameters, "promote_above": above}
        terms = PolicyTerms("CO1", "BO1", 24, parameters)
        verdicts.append(rule.step(rule.state(), rows, terms)[1].verdict)
    assert verdicts == [Verdict.CONTINUE, Verdict.PROMOTE]
    assert rule.document.parameters["promote_above"] == 1.05


def test_a_version_of_a_policy_that_is_not_there_is_named() -> None:
    with pytest.raises(NotFound, match=r"decides by composite 1, .* opened under composite 2"):
        policy_for(PolicyDocument("composite", 2))
    assert policy_for(PolicyDocument("composite")) is policy("composite")


def test_an_unknown_policy_is_named_with_the_known_ones() -> None:
    with pytest.raises(Exception, match="no policy is called 'coin'; choose one of composite"):
        policy("coin")


TERMS = PolicyTerms("CO1", "BO1", 24, experiment="E1")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"value": 9.0}, "bad value"),
        ({"value": float("nan")}, "bad value"),
        ({"value": None}, "bad value"),
        ({"type": "actual_price", "value": -3.0}, "bad value"),
        ({"type": "comment", "value": None}, "no opinion and no price"),
    ],
)
def test_a_value_that_cannot_be_is_set_aside_with_its_reason(changes, reason) -> None:
    state, _ = composite_step(CompositeState(), [rating(1, "candidate", 4.0, **changes)], TERMS)
    assert state == CompositeState(set_aside={reason: 1})


def test_a_latency_that_cannot_be_is_set_aside_and_a_failure_is_not() -> None:
    rows = [
        request(1, "candidate", latency_ms=float("nan")),
        request(2, "candidate", latency_ms=-1.0),
        request(3, "candidate", latency_ms=-1.0, status=500),
    ]
    state, _ = composite_step(CompositeState(), rows, TERMS)
    assert state == CompositeState(set_aside={"bad value": 2})
