"""May a model be published? Reasons against it, in sentences; none means yes.

Under the floor nobody should see a model's prices: a plain regression of the
public tutorials errs by 27 % at the median. A model that does not beat the
median price per area of its locality has learned nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

from homeprices.valuation.evaluate import Answers, worse_by
from homeprices.valuation.intervals import COVERAGE

WORST_MDAPE_PERCENT = 25.0
FEWEST_HELD_OUT = 30
# A range that misses its promise by more than this, beyond what chance explains, is no range.
COVERAGE_SLACK = 0.05
# In log price; the served form of a member is an approximation, and nobody should see it.
MOST_SERVED_DIFFERS = 0.05


def against_floor(metrics: Mapping[str, float], naive: Mapping[str, float]) -> list[str]:
    """Reasons that no force overrules."""
    rows = int(metrics["rows"])
    if rows < FEWEST_HELD_OUT:
        return [f"only {rows} listings are held out; {FEWEST_HELD_OUT} are needed to judge"]
    reasons = []
    mdape = metrics["mdape_percent"]
    if mdape > WORST_MDAPE_PERCENT:
        reasons.append(
            f"its median error is {mdape:.1f} % on {rows:,} held-out listings; "
            f"the floor is {WORST_MDAPE_PERCENT:.0f} %"
        )
    slack = COVERAGE_SLACK + 3 * sqrt(COVERAGE * (1 - COVERAGE) / rows)
    least, most = 100 * (COVERAGE - slack), min(100.0, 100 * (COVERAGE + slack))
    coverage = metrics["coverage_percent"]
    if not least <= coverage <= most:
        reasons.append(
            f"its {100 * COVERAGE:.0f} % range holds {coverage:.1f} % of {rows:,} held-out "
            f"listings; {least:.1f} to {most:.1f} % is accepted"
        )
    if metrics["male"] >= naive["male"]:
        reasons.append(
            f"its mean absolute log error is {metrics['male']:.3f}; the median price per area of "
            f"the locality gives {naive['male']:.3f}"
        )
    return reasons


def against_production(candidate: Answers, production: Answers) -> list[str]:
    """Reasons that force overrules: worse than production on the same homes, beyond chance."""
    low, high = worse_by(candidate, production)
    if low <= 0:
        return []
    return [
        f"it is worse than production on the same {len(candidate.actual):,} held-out listings: "
        f"mean absolute log error {low:.4f} to {high:.4f} higher (95 %)"
    ]


def against_served_form(differs: Mapping[str, float]) -> list[str]:
    """Reasons that no force overrules: a member is not served as it was learned."""
    return [
        f"its {member} as served differs from the exact one by {most:.3f} in log price; "
        f"{MOST_SERVED_DIFFERS} is accepted: use more basis points"
        for member, most in differs.items()
        if not most <= MOST_SERVED_DIFFERS
    ]
