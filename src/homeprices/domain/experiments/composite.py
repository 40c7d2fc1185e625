"""The plain rule: one score an arm, compared by ratio.

    accuracy  = mean rating / 5     ("accurate" counts 5, "too high" and "too low" 2)
    latency   = max(0, (5000 - mean ms) / 5000)
    composite = 0.7 accuracy + 0.3 latency

With at least 50 candidate requests and 10 ratings in each arm: promote above
1.05 times production's composite, roll back below 0.80 times it, else
continue. An experiment that is undecided after 168 hours is rolled back.

It is the field's known baseline, and noisy: hourly looks at two equal models
promote about half of them (see docs/decisions). A sale price is never a rating. As for any
policy, only signed visits that the experiment routed count.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from homeprices.domain.evidence.admission import value_reason, visit_reason
from homeprices.domain.experiments.decision import PolicyResult, Verdict
from homeprices.domain.experiments.evidence import (
    ArmEvidence,
    ArmTotals,
    Evidence,
    EvidenceRow,
    Totals,
)
from homeprices.domain.experiments.experiment import PolicyTerms
from homeprices.domain.units import counted


@dataclass(frozen=True, slots=True)
class CompositeParameters:
    """The numbers of the rule; an experiment is decided by those it was opened with."""

    accuracy_weight: float = 0.7
    latency_weight: float = 0.3
    slowest_ms: float = 5000
    min_candidate_requests: float = 50
    min_ratings: float = 10
    promote_above: float = 1.05
    roll_back_below: float = 0.80
    deadline_hours: float = 168


PLAIN = CompositeParameters()


@dataclass(frozen=True, slots=True)
class CompositeState:
    """The sums of both arms, and how many rows were set aside, by reason."""

    candidate: ArmTotals = field(default_factory=ArmTotals)
    production: ArmTotals = field(default_factory=ArmTotals)
    set_aside: Mapping[str, int] = field(default_factory=dict)


def step(
    state: CompositeState, rows: Iterable[EvidenceRow], terms: PolicyTerms
) -> tuple[CompositeState, PolicyResult]:
    """The sums of all rows so far that count, and the verdict on them."""
    set_aside = Counter(state.set_aside)
    totals = Totals(state.candidate, state.production).with_rows(
        _counting(rows, terms, set_aside), terms.candidate, terms.production
    )
    evidence = Evidence(
        totals.candidate.evidence(terms.candidate),
        totals.production.evidence(terms.production),
        terms.hours,
    )
    result = composite(evidence, CompositeParameters(**terms.parameters))
    figures = {**result.figures, "set_aside": dict(set_aside)}
    state = CompositeState(totals.candidate, totals.production, dict(set_aside))
    return state, replace(result, figures=figures)


def score(arm: ArmEvidence, numbers: CompositeParameters = PLAIN) -> float:
    """The composite of one arm, 0 to 1; the arm must have requests and ratings.

    >>> round(score(ArmEvidence("BO1", 100, 500.0, 20, 4.0, 0)), 3)
    0.83
    """
    if arm.mean_rating is None or arm.mean_latency_ms is None:
        raise ValueError(f"{arm.version} has no ratings or no requests: it has no composite")
    accuracy = arm.mean_rating / 5
    latency = max(0.0, (numbers.slowest_ms - arm.mean_latency_ms) / numbers.slowest_ms)
    return numbers.accuracy_weight * accuracy + numbers.latency_weight * latency


def composite(evidence: Evidence, numbers: CompositeParameters = PLAIN) -> PolicyResult:
    """The verdict of the plain rule on `evidence`."""
    missing = _missing(evidence, numbers)
    if missing:
        return _undecided(evidence, numbers, missing, {})
    candidate = score(evidence.candidate, numbers)
    production = score(evidence.production, numbers)
    ratio = candidate / production
    figures = {
        "candidate_composite": round(candidate, 4),
        "production_composite": round(production, 4),
        "ratio": round(ratio, 4),
    }
    compared = (
        f"{evidence.candidate.version} scores {candidate:.3f}, {evidence.production.version} "
        f"{production:.3f}: a ratio of {ratio:.3f}"
    )
    upper, lower = numbers.promote_above, numbers.roll_back_below
    if ratio > upper:
        reasons = (f"{compared}, above {upper:.2f}",)
        return PolicyResult(Verdict.PROMOTE, reasons, evidence, figures)
    if ratio < lower:
        reasons = (f"{compared}, below {lower:.2f}",)
        return PolicyResult(Verdict.ROLL_BACK, reasons, evidence, figures)
    between = f"{compared}, between {lower:.2f} and {upper:.2f}"
    return _undecided(evidence, numbers, [between], figures)


def _counting(
    rows: Iterable[EvidenceRow], terms: PolicyTerms, set_aside: Counter[str]
) -> Iterator[EvidenceRow]:
    """The rows of signed visits that the experiment routed, in its zone, with values that can be.

    The others are added to `set_aside`.
    """
    for row in rows:
        reason = visit_reason(row, terms.experiment, terms.scope) or value_reason(row)
        if reason is None:
            yield row
        else:
            set_aside[str(reason)] += 1


def _missing(evidence: Evidence, numbers: CompositeParameters) -> list[str]:
    """What the rule still needs before it may compare, in sentences."""
    missing = []
    if evidence.candidate.requests < numbers.min_candidate_requests:
        missing.append(
            f"{evidence.candidate.version} answered "
            f"{counted(evidence.candidate.requests, 'request')}; "
            f"{numbers.min_candidate_requests:.0f} are needed"
        )
    missing += [
        f"{arm.version} has {counted(arm.ratings, 'rating')}; {numbers.min_ratings:.0f} are needed"
        for arm in (evidence.candidate, evidence.production)
        if arm.ratings < numbers.min_ratings
    ]
    if not evidence.production.requests:
        missing.append(f"{evidence.production.version} answered no request")
    return missing


def _undecided(
    evidence: Evidence,
    numbers: CompositeParameters,
    reasons: list[str],
    figures: dict[str, float],
) -> PolicyResult:
    if evidence.hours < numbers.deadline_hours:
        return PolicyResult(Verdict.CONTINUE, tuple(reasons), evidence, figures)
    late = f"undecided after {evidence.hours:.0f} hours; the limit is {numbers.deadline_hours:.0f}"
    return PolicyResult(Verdict.ROLL_BACK, (*reasons, late), evidence, figures)
