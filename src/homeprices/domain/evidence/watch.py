"""After a promotion: does production do worse than the version before it would have?

A bet as before, but on a change that may begin on any day: a wealth that falls below 1 is set
back to 1 (an e-detector by cumulative sums; Shin, Ramdas and Rinaldo, 2023). Errors and slow
answers are watched in the same way, against the share of the first day after the promotion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import log, sqrt

import numpy as np

from homeprices.domain.evidence.admission import Admission
from homeprices.domain.evidence.bet import BETS, FloatArray, log_factors, log_mean_exp
from homeprices.domain.evidence.case import CheckOutcome
from homeprices.domain.evidence.chunks import chunks, priced, tallied
from homeprices.domain.evidence.guards import BEYOND
from homeprices.domain.evidence.networks import factors_rest_on_few, price_units
from homeprices.domain.evidence.parameters import EvidenceParameters
from homeprices.domain.evidence.state import better_stakes
from homeprices.domain.experiments.decision import PolicyResult, Verdict
from homeprices.domain.experiments.evidence import (
    SERVER_ERROR,
    Evidence,
    EvidenceRow,
    Exposure,
    FeedbackEvent,
    Totals,
)
from homeprices.domain.experiments.experiment import PolicyTerms
from homeprices.domain.requests.records import FeedbackType
from homeprices.domain.units import counted

FIRST_DAY_HOURS = 24


@dataclass(frozen=True, slots=True)
class Decay:
    """Bets on every price since the promotion that production errs more than the one before.

    `began` are the numbers of the prices at which each of the sixteen last stood at 1.
    """

    log_wealth: tuple[float, ...] = (0.0,) * BETS
    began: tuple[int, ...] = (0,) * BETS
    labels: int = 0

    def after(self, losses: FloatArray, numbers: EvidenceParameters) -> Decay:
        """The bets after labels with `losses` (n, 2), one at a time."""
        factors = log_factors(decay_stakes(losses, numbers), numbers.paired_bound)
        wealth, began = np.array(self.log_wealth), np.array(self.began)
        for number, gains in enumerate(factors, start=self.labels):
            began = np.where(wealth <= 0, number, began)
            wealth = np.maximum(wealth, 0) + gains
        return Decay(tuple(wealth.tolist()), tuple(began.tolist()), self.labels + len(losses))

    @property
    def log_e(self) -> float:
        """The logarithm of the mean of the sixteen."""
        return log_mean_exp(np.array(self.log_wealth))

    @property
    def heaviest(self) -> int:
        """Which of the sixteen has won most."""
        return int(np.argmax(self.log_wealth))


@dataclass(frozen=True, slots=True)
class ShareWatch:
    """Bets that more of production's requests are events than on its first day."""

    log_wealth: tuple[float, ...] = (0.0,) * len(BEYOND)
    first_requests: int = 0
    first_events: int = 0

    def after(
        self, requests: int, events: int, hours: float, most: float, odds_allowed: float
    ) -> ShareWatch:
        """The bets after a look; a share above `most` is never taken for usual."""
        is_first = hours <= FIRST_DAY_HOURS
        share = most if is_first else min(most, self.usual)
        odds = odds_allowed * share / (1 - share)
        null, shares = odds / (1 + odds), odds * BEYOND / (1 + odds * BEYOND)
        gains = events * np.log(shares / null) + (requests - events) * np.log(
            (1 - shares) / (1 - null)
        )
        wealth = np.maximum(np.array(self.log_wealth), 0) + gains
        return ShareWatch(
            tuple(wealth.tolist()),
            self.first_requests + requests * is_first,
            self.first_events + events * is_first,
        )

    @property
    def usual(self) -> float:
        """The largest share that the first day allows, three standard errors above its own."""
        events = self.first_events + 1
        return (events + 3 * sqrt(events)) / (self.first_requests + 100)

    @property
    def log_e(self) -> float:
        """The logarithm of the mean of the bets."""
        return log_mean_exp(np.array(self.log_wealth))


@dataclass(frozen=True, slots=True)
class WatchState:
    """The state of the watch between two looks."""

    totals: Totals = field(default_factory=Totals)
    set_aside: Mapping[str, int] = field(default_factory=dict)
    decay: Decay = field(default_factory=Decay)
    errors: ShareWatch = field(default_factory=ShareWatch)
    slow: ShareWatch = field(default_factory=ShareWatch)


def watch(
    state: WatchState, rows: Iterable[EvidenceRow], terms: PolicyTerms
) -> tuple[WatchState, PolicyResult]:
    """A policy's step on what arrived after a promotion; `terms.candidate` is the version before.

    The verdict is ROLL_BACK_PRODUCTION or CONTINUE.
    """
    numbers = EvidenceParameters(**terms.parameters)
    admission = Admission.for_terms(terms, numbers, is_routed=False)
    requests = errors = slow = 0
    for chunk in chunks(rows):
        answered = _requests(chunk, admission)
        requests += len(answered)
        errors += sum(row.status >= SERVER_ERROR for row in answered)
        slow += sum(row.latency_ms > numbers.slow_above_ms for row in answered)
        totals = state.totals.with_rows(answered, terms.candidate, terms.production)
        state = _with_prices(replace(state, totals=totals), chunk, admission)
    allowed = numbers.odds_allowed
    state = replace(
        state,
        set_aside=tallied(state.set_aside, admission),
        errors=state.errors.after(
            requests, errors, terms.hours, numbers.watch_most_errors, allowed
        ),
        slow=state.slow.after(requests, slow, terms.hours, numbers.watch_most_slow, allowed),
    )
    return state, _verdict(state, terms, admission)


def decay_stakes(losses: FloatArray, numbers: EvidenceParameters) -> FloatArray:
    """Positive where production's loss is the larger one; `losses` (n, 2)."""
    production, candidate = np.minimum(losses, numbers.loss_cap).T
    return better_stakes(production, candidate)


def _requests(chunk: Sequence[EvidenceRow], admission: Admission) -> list[Exposure]:
    """Signed requests that production has answered or failed."""
    exposures = [row for row in chunk if isinstance(row, Exposure)]
    live = admission.terms.production
    return [row for row in admission.exposures(exposures) if row.version == live]


def _with_prices(
    state: WatchState, chunk: Sequence[EvidenceRow], admission: Admission
) -> WatchState:
    rows = admission.feedback([row for row in chunk if isinstance(row, FeedbackEvent)])
    terms = admission.terms
    state = replace(state, totals=state.totals.with_rows(rows, terms.candidate, terms.production))
    sold = [row for row in rows if row.type == FeedbackType.ACTUAL_PRICE]
    prices = priced(sold, state.decay.labels, admission)
    if not prices.units:
        return state
    return replace(state, decay=state.decay.after(prices.losses, admission.numbers))


def _verdict(state: WatchState, terms: PolicyTerms, admission: Admission) -> PolicyResult:
    findings = _findings(state, admission)
    act = next((f for f in findings if f.verdict is Verdict.ROLL_BACK_PRODUCTION), None)
    outcome = Verdict.CONTINUE if act is None else act.verdict
    reasons = [finding.reason for finding in findings] if act is None else [act.reason]
    prices = counted(state.decay.labels, "sale price")
    quiet = f"{prices}: nothing says that {terms.production} has decayed"
    log_e = {
        "decay": state.decay.log_e,
        "errors": state.errors.log_e,
        "slow": state.slow.log_e,
    }
    figures = {
        "log_e": {name: round(value, 4) for name, value in log_e.items()},
        "labels": state.decay.labels,
        "set_aside": dict(state.set_aside),
        "flags": [finding.flag for finding in findings if finding.flag],
    }
    evidence = Evidence(
        state.totals.candidate.evidence(terms.candidate),
        state.totals.production.evidence(terms.production),
        terms.hours,
    )
    return PolicyResult(outcome, tuple(reasons or [quiet]), evidence, figures)


def _findings(state: WatchState, admission: Admission) -> list[CheckOutcome]:
    """What speaks against production, the most urgent first."""
    live, before = admission.terms.production, admission.terms.candidate
    numbers = admission.numbers
    findings = []
    if state.errors.log_e >= log(numbers.watch_at):
        words = f"{live} fails more often than on its first day: {before} is to serve again"
        findings.append(CheckOutcome(Verdict.ROLL_BACK_PRODUCTION, words, "errors"))
    if state.slow.log_e >= log(numbers.watch_at):
        words = f"{live} is slow more often than on its first day: {before} is to serve again"
        findings.append(CheckOutcome(Verdict.ROLL_BACK_PRODUCTION, words, "slow"))
    decay = state.decay
    if decay.labels >= numbers.min_labels and decay.log_e >= log(numbers.watch_at):
        findings.append(_decayed(decay, admission))
    return findings


def _decayed(decay: Decay, admission: Admission) -> CheckOutcome:
    live, before = admission.terms.production, admission.terms.candidate
    since = decay.began[decay.heaviest]
    losses, networks = price_units(admission.ledger, since)
    numbers = admission.numbers
    factors = log_factors(decay_stakes(losses, numbers), numbers.paired_bound)
    heaviest = factors[:, [decay.heaviest]]
    if factors_rest_on_few(heaviest, networks, numbers, log(numbers.watch_at)):
        words = f"few networks hold most of what speaks against {live}: more must say so"
        return CheckOutcome(Verdict.CONTINUE, words, "few_networks")
    words = f"{live} errs more than {before} would on the last {len(losses)} homes sold"
    return CheckOutcome(Verdict.ROLL_BACK_PRODUCTION, words, "decay")
