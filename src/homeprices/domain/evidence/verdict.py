"""The verdict on a state, in a fixed order of checks, with its reasons in words."""

from collections.abc import Callable
from dataclasses import asdict, replace
from math import log
from typing import Any

from homeprices.domain.evidence.case import Case, CheckOutcome, log_e_values
from homeprices.domain.evidence.networks import (
    misses_rest_on_few,
    prices_rest_on_few,
    ratings_rest_on_few,
)
from homeprices.domain.evidence.parameters import EvidenceParameters
from homeprices.domain.evidence.promotion import promotion_lacks
from homeprices.domain.evidence.state import EvidenceState
from homeprices.domain.evidence.zones import ZoneFinding, zone_findings
from homeprices.domain.experiments.decision import PolicyResult, Verdict
from homeprices.domain.experiments.experiment import PolicyTerms
from homeprices.domain.units import counted

# So many prices it takes to see a candidate that errs 10 and 20 % less; by simulation.
LABELS_FOR = {10: 422, 20: 95}
FEWEST_LABELS_AN_HOUR = 0.3
# The bets judge losses up to a bound; the figure beside them is of the losses as they are.
_BOUNDED = "; counted up to a bound a home, rare large misses aside, it is as said"
_WAITS = "promotion waits: "
_TOO_SMALL = "a difference, if there is one, is smaller than so many show"


VerdictCheck = Callable[[Case], CheckOutcome | None]


def verdict(state: EvidenceState, terms: PolicyTerms, numbers: EvidenceParameters) -> PolicyResult:
    """The first verdict of the checks in their order, else CONTINUE with what is waited for."""
    case = Case(state, terms, numbers, log_e_values(state, terms.share, numbers))
    case = replace(case, zones=tuple(zone_findings(case)))
    flags = ["drift"] if case.has_moved else []
    waits: list[str] = []
    for check in ORDER_UNDER_HOLD if terms.is_held else ORDER:
        finding = check(case)
        if finding is None:
            continue
        flags += [finding.flag] if finding.flag and finding.flag not in flags else []
        if finding.verdict is not Verdict.CONTINUE:
            untold = [why for why in waits if why.removeprefix(_WAITS) not in finding.reason]
            reasons = (finding.reason, *(untold if finding.verdict is Verdict.UNDECIDED else ()))
            return _result(case, finding.verdict, reasons, flags)
        waits += [finding.reason] if finding.reason not in waits else []
    return _result(case, Verdict.CONTINUE, (*waits, *_progress(case)), flags)


def _sample_ratio(case: Case) -> CheckOutcome | None:
    if not case.reaches("sample_ratio", case.numbers.sample_ratio_at):
        return None
    candidate, production = case.state.sessions
    part = 100 * candidate / (candidate + production)
    reason = (
        f"{part:.1f} % of {candidate + production:,} visitors met {case.terms.candidate}, where "
        f"{100 * case.terms.share:.0f} % were to: the split is broken, so the experiment is "
        "invalid; nothing is said about the model. End it: `homes experiment stop`, repair the "
        "split and start it again"
    )
    return CheckOutcome(Verdict.HOLD, reason, "srm")


def _errors(case: Case) -> CheckOutcome | None:
    if not case.reaches("errors", case.numbers.guard_at):
        return None
    reason = f"{case.terms.candidate} fails more often than {case.terms.production}"
    if any(case.state.unpriced):
        candidate, production = case.state.unpriced
        reason += (
            f": it gave no price for {counted(candidate, 'sold home')}, "
            f"{case.terms.production} for {production}"
        )
    return CheckOutcome(Verdict.ROLL_BACK, _bet(case, "errors", reason), "errors")


def _slow(case: Case) -> CheckOutcome | None:
    if not case.reaches("slow", case.numbers.guard_at):
        return None
    reason = (
        f"{case.terms.candidate} takes more than {case.numbers.slow_above_ms:.0f} ms more often "
        f"than {case.terms.production}"
    )
    return CheckOutcome(Verdict.ROLL_BACK, _bet(case, "slow", reason), "slow")


def _gross(case: Case) -> CheckOutcome | None:
    if not case.reaches("gross", case.numbers.guard_at):
        return None
    if misses_rest_on_few(case, case.needed(case.numbers.guard_at)):
        return _few_networks(case)
    reason = f"{case.terms.candidate} misses by far more often than {case.terms.production}"
    return CheckOutcome(Verdict.ROLL_BACK, _bet(case, "gross", reason), "gross")


def _promote(case: Case) -> CheckOutcome | None:
    if not _is_better(case):
        return None
    worse = [finding for finding in case.zones if finding.is_worse]
    if worse:
        return CheckOutcome(Verdict.CONTINUE, _worse_in(case, worse), "worse_in_zone")
    missing = promotion_lacks(case)
    if missing:
        return CheckOutcome(Verdict.CONTINUE, _WAITS + "; ".join(missing))
    weight = case.numbers.paired_weight
    by_prices = log(weight) + case.log_e["better_prices"]
    by_ratings = log(1 - weight) + case.log_e["better_ratings"]
    needed = case.needed(case.numbers.promote_at, by_epoch=True)
    if by_prices >= by_ratings:
        is_few = prices_rest_on_few(case, "better_prices", needed)
    else:
        is_few = ratings_rest_on_few(case, needed, better=True)
    if is_few:
        return _few_networks(case)
    shown = _shown(case) if by_prices >= by_ratings else _rated(case)
    better = f"{case.terms.candidate} is better than {case.terms.production}: {shown}"
    return CheckOutcome(Verdict.PROMOTE, _bet(case, "better", better))


def _is_better(case: Case) -> bool:
    return case.reaches("better", case.numbers.promote_at, by_epoch=True)


def _harm(case: Case) -> CheckOutcome | None:
    if not (case.has_age and case.reaches("harm", case.numbers.harm_at, by_epoch=True)):
        return None
    needed = case.needed(case.numbers.harm_at, by_epoch=True)
    if prices_rest_on_few(case, "harm", needed):
        return _few_networks(case)
    ratio = case.state.prices.loss_ratio or 0.0
    is_severe = ratio > case.numbers.severe_above
    shown = _shown(case) + (_BOUNDED if ratio < 1 else "")
    worse = f"{case.terms.candidate} is worse than {case.terms.production}: {shown}"
    return CheckOutcome(
        Verdict.ROLL_BACK, _bet(case, "harm", worse), "severe" if is_severe else "worse"
    )


def _bad_ratings(case: Case) -> CheckOutcome | None:
    numbers = case.numbers
    if not (case.has_age and case.reaches("bad_ratings", numbers.bad_ratings_at, by_epoch=True)):
        return None
    needed = case.needed(numbers.bad_ratings_at, by_epoch=True)
    if ratings_rest_on_few(case, needed, better=False):
        return _few_networks(case)
    reason = f"visitors rate {case.terms.candidate} lower than {case.terms.production}"
    return CheckOutcome(Verdict.ROLL_BACK, _bet(case, "bad_ratings", reason), "bad_ratings")


def _futility(case: Case) -> CheckOutcome | None:
    numbers = case.numbers
    enough = case.has_age and case.state.prices.labels >= numbers.min_labels
    if not (enough and case.reaches("futility", numbers.futility_at, by_epoch=True)):
        return None
    if prices_rest_on_few(case, "futility", case.needed(numbers.futility_at, by_epoch=True)):
        return _few_networks(case)
    is_within = (case.state.prices.loss_ratio or 1.0) <= 1 - numbers.margin
    reason = (
        f"{case.terms.candidate} does not err {100 * numbers.margin:.0f} % less than "
        f"{case.terms.production}, and will not be shown to: {_shown(case)}"
        f"{_BOUNDED if is_within else ''}"
    )
    return CheckOutcome(Verdict.ROLL_BACK, _bet(case, "futility", reason), "futility")


def _deadline(case: Case) -> CheckOutcome | None:
    if case.terms.hours < case.numbers.deadline_hours:
        return None
    limit = f"undecided after {case.terms.hours:.0f} hours"
    if any(finding.is_worse for finding in case.zones) and _is_better(case):
        return CheckOutcome(Verdict.UNDECIDED, f"{limit}: no model is right for the whole city")
    held_back = _promote(case)
    if held_back is not None:
        but = held_back.reason.removeprefix(_WAITS)
        better = f"{limit}: {case.terms.candidate} is better as a whole, but: {but}"
        return CheckOutcome(Verdict.UNDECIDED, better)
    labels = case.state.units[0]
    more = [f"about {n} to see {part} %" for part, n in LABELS_FOR.items() if n > labels]
    needed = f"{' and '.join(more)} less error are needed" if more else _TOO_SMALL
    reason = (
        f"{limit}: {case.terms.candidate} was shown to be "
        f"neither better nor worse. {counted(labels, 'sale price')} came; {needed}"
    )
    return CheckOutcome(Verdict.UNDECIDED, reason)


ORDER: tuple[VerdictCheck, ...] = (
    _sample_ratio,
    _errors,
    _slow,
    _gross,
    _promote,
    _harm,
    _bad_ratings,
    _futility,
    _deadline,
)
# What visitors suffer from ends a trial at any time, and a hold asks for nothing else.
ORDER_UNDER_HOLD: tuple[VerdictCheck, ...] = (_errors, _slow)


def _worse_in(case: Case, zones: list[ZoneFinding]) -> str:
    """Why the whole market does not get a candidate that a part of it would suffer from."""
    shown = " and ".join(
        f"in {z.zone} its error is {100 * ((z.loss_ratio or 1) - 1):+.0f} % on "
        f"{counted(z.labels, 'home')}"
        for z in zones
    )
    return (
        f"promotion is refused: {case.terms.candidate} is better as a whole, and shown to be worse "
        f"than {case.terms.production} in a part of the city: {shown}"
    )


def _few_networks(case: Case) -> CheckOutcome:
    most = case.numbers.weightiest_networks
    reason = f"the evidence rests on few networks: {most:.0f} of them hold most of it"
    return CheckOutcome(Verdict.CONTINUE, reason, "few_networks")


def _bet(case: Case, name: str, claim: str) -> str:
    return f"{claim} (a bet on it multiplied its stake by {case.odds(name)})"


def _rated(case: Case) -> str:
    """How many ratings both have, in words."""
    totals = case.state.totals
    return f"by {totals.candidate.ratings} and {counted(totals.production.ratings, 'rating')}"


def _shown(case: Case) -> str:
    """The errors of both, in words."""
    prices = case.state.prices
    if not prices.labels or prices.loss_ratio is None:
        return _rated(case)
    change = 100 * (prices.loss_ratio - 1)
    way = "larger" if change > 0 else "smaller"
    return f"its error is {abs(change):.0f} % {way} on {counted(prices.labels, 'home')}"


def _progress(case: Case) -> list[str]:
    """How far the evidence has come."""
    prices, numbers = case.state.prices, case.numbers
    at = numbers.promote_at * 2**case.state.epoch
    words = [
        f"a bet on {case.terms.candidate} multiplied its stake by {case.odds('better')}; "
        f"{at:.0f} is needed. {counted(prices.labels, 'sale price')} so far"
    ]
    labels = case.state.units[0]
    if case.has_age and labels < FEWEST_LABELS_AN_HOUR * case.terms.hours:
        words.append(
            f"at {labels / case.terms.hours:.2f} sale prices an hour no valid rule sees a "
            "10 % smaller error within a week"
        )
    return words


def _result(
    case: Case, outcome: Verdict, reasons: tuple[str, ...], flags: list[str]
) -> PolicyResult:
    return PolicyResult(outcome, reasons, case.evidence, _figures(case, flags))


def _figures(case: Case, flags: list[str]) -> dict[str, Any]:
    state = case.state
    ratio = state.prices.loss_ratio
    zones = {"zones": [asdict(finding) for finding in case.zones]}
    return {
        "log_e": {name: round(value, 4) for name, value in case.log_e.items()},
        "labels": state.prices.labels,
        "loss_ratio": None if ratio is None else round(ratio, 4),
        "reduction_band": state.prices.reduction.band(),
        "rating_blocks": state.ratings.blocks,
        "sessions": {"candidate": state.sessions[0], "production": state.sessions[1]},
        "set_aside": dict(state.set_aside),
        "epoch": state.epoch,
        "moved": state.moved_input if case.has_moved else None,
        "flags": flags,
        **(zones if case.terms.zones else {}),
    }
