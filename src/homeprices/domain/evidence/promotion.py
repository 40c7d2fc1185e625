"""What a promotion needs beside its evidence."""

from math import log

from homeprices.domain.evidence.case import Case
from homeprices.domain.evidence.networks import feared_harm
from homeprices.domain.experiments import composite
from homeprices.domain.units import counted


def promotion_lacks(case: Case) -> list[str]:
    """What is still missing, in words; nothing where the candidate may be promoted."""
    state, numbers = case.state, case.numbers
    requests = state.totals.candidate.requests
    checks = {
        f"{numbers.min_hours:.0f} hours must pass": case.has_age,
        f"{case.terms.candidate} answered {counted(requests, 'request')}, "
        f"{numbers.min_candidate_requests:.0f} are needed": requests
        >= numbers.min_candidate_requests,
        "visitors ask about other homes than on the first day": not case.has_moved,
        _margin_words(case): _has_margin(case),
    }
    checks |= {
        f"there is some evidence of {words}": not case.reaches(name, numbers.calm_below)
        for name, words in (
            ("errors", "more failures"),
            ("slow", "slower answers"),
            ("gross", "gross misses"),
        )
    }
    # What is shown of no zone may still be feared of one: then more sale prices are waited for.
    calm = log(numbers.calm_below)
    checks |= {
        f"there is some evidence of a larger error in {name}": feared_harm(case, name) < calm
        for name in case.terms.zones
    }
    return [words for words, is_met in checks.items() if not is_met]


def _has_margin(case: Case) -> bool:
    """True where the candidate is better by enough to be worth a promotion."""
    numbers, prices = case.numbers, case.state.prices
    if prices.labels >= numbers.min_labels:
        return 1 - (prices.loss_ratio or 0.0) >= numbers.margin
    evidence = case.evidence
    arms = (evidence.candidate, evidence.production)
    if not all(arm.ratings >= numbers.min_ratings and arm.requests for arm in arms):
        return False
    candidate, production = (composite.score(arm) for arm in arms)
    return candidate / production >= 1 + numbers.composite_margin


def _margin_words(case: Case) -> str:
    numbers = case.numbers
    if case.state.prices.labels >= numbers.min_labels:
        return f"the error is not {100 * numbers.margin:.0f} % smaller"
    return (
        f"with fewer than {numbers.min_labels:.0f} sale prices, ratings must lift the composite "
        f"by {100 * numbers.composite_margin:.0f} %, {numbers.min_ratings:.0f} of them in each arm"
    )
