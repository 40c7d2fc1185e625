"""The plain rule: one score an arm, compared by ratio.

    accuracy  = mean rating / 5     ("accurate" counts 5, "too high" and "too low" 2)
    latency   = max(0, (5000 - mean ms) / 5000)
    composite = 0.7 accuracy + 0.3 latency

With at least 50 candidate requests and 10 ratings in each arm: promote above
1.05 times production's composite, roll back below 0.80 times it, else
continue. A trial that is undecided after 168 hours is rolled back.

It is the field's known baseline, and noisy: hourly looks at two equal models
promote about half of them (see docs/decisions). A sale price is never a rating.
"""

from __future__ import annotations

from homeprices.domain.experiments.decision import PolicyResult, Verdict
from homeprices.domain.experiments.evidence import ArmEvidence, Evidence

ACCURACY_WEIGHT, LATENCY_WEIGHT = 0.7, 0.3
SLOWEST_MS = 5000
MIN_CANDIDATE_REQUESTS = 50
MIN_RATINGS = 10
PROMOTE_ABOVE = 1.05
ROLL_BACK_BELOW = 0.80
DEADLINE_HOURS = 168


def score(arm: ArmEvidence) -> float:
    """The composite of one arm, 0 to 1; the arm must have requests and ratings.

    >>> round(score(ArmEvidence("BO1", 100, 500.0, 20, 4.0, 0)), 3)
    0.83
    """
    if arm.mean_rating is None or arm.mean_latency_ms is None:
        raise ValueError(f"{arm.version} has no ratings or no requests: it has no composite")
    accuracy = arm.mean_rating / 5
    latency = max(0.0, (SLOWEST_MS - arm.mean_latency_ms) / SLOWEST_MS)
    return ACCURACY_WEIGHT * accuracy + LATENCY_WEIGHT * latency


def composite(evidence: Evidence) -> PolicyResult:
    """The verdict of the plain rule on `evidence`."""
    missing = _missing(evidence)
    if missing:
        return _undecided(evidence, missing, {})
    ours, theirs = score(evidence.candidate), score(evidence.production)
    ratio = ours / theirs
    figures = {
        "candidate_composite": round(ours, 4),
        "production_composite": round(theirs, 4),
        "ratio": round(ratio, 4),
    }
    compared = (
        f"{evidence.candidate.version} scores {ours:.3f}, {evidence.production.version} "
        f"{theirs:.3f}: a ratio of {ratio:.3f}"
    )
    if ratio > PROMOTE_ABOVE:
        return PolicyResult(Verdict.PROMOTE, (f"{compared}, above {PROMOTE_ABOVE:.2f}",), figures)
    if ratio < ROLL_BACK_BELOW:
        return PolicyResult(
            Verdict.ROLL_BACK, (f"{compared}, below {ROLL_BACK_BELOW:.2f}",), figures
        )
    between = f"{compared}, between {ROLL_BACK_BELOW:.2f} and {PROMOTE_ABOVE:.2f}"
    return _undecided(evidence, [between], figures)


def _missing(evidence: Evidence) -> list[str]:
    """What the rule still needs before it may compare, in sentences."""
    missing = []
    if evidence.candidate.requests < MIN_CANDIDATE_REQUESTS:
        missing.append(
            f"{evidence.candidate.version} answered {evidence.candidate.requests} requests; "
            f"{MIN_CANDIDATE_REQUESTS} are needed"
        )
    missing += [
        f"{arm.version} has {arm.ratings} ratings; {MIN_RATINGS} are needed"
        for arm in (evidence.candidate, evidence.production)
        if arm.ratings < MIN_RATINGS
    ]
    return missing


def _undecided(evidence: Evidence, reasons: list[str], figures: dict[str, float]) -> PolicyResult:
    if evidence.hours < DEADLINE_HOURS:
        return PolicyResult(Verdict.CONTINUE, tuple(reasons), figures)
    late = f"undecided after {evidence.hours:.0f} hours; the limit is {DEADLINE_HOURS}"
    return PolicyResult(Verdict.ROLL_BACK, (*reasons, late), figures)
