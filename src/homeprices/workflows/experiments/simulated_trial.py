"""One trial of a candidate whose error only the simulator knows, decided by the policy's own step.

Both models err normally in log price, the candidate's errors correlated with production's.
Requests are thinned: as many as the policy asks for, then a few an hour; opinions and sale prices
are not. Both models answer in 100 ms, never fail, and visitors ask about the same homes all
the time: the guards against slow or failing answers and moved homes have nothing to see.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil, exp, sqrt
from typing import Any

import numpy as np

from homeprices.domain.evidence.ledger import MemoryLedger
from homeprices.domain.experiments.decision import Verdict
from homeprices.domain.experiments.evidence import ANSWERED, EvidenceRow, Exposure, FeedbackEvent
from homeprices.domain.experiments.experiment import PolicyDocument, PolicyTerms
from homeprices.domain.experiments.policies import policy_for
from homeprices.workflows.experiments import recording

ERROR_SD, CORRELATION = 0.20, 0.8
NETWORKS = 250 * 250
FEW_AN_HOUR = 5
ACTUAL, LATENCY_MS = 100.0, 100.0
HOURS_A_DAY = 24
# A visitor's stars fall with the miss of the price that was shown, and by a mood.
STARS_LOST, MOOD_SD = 6.0, 0.8
# What a crowd says: so near to one model's price that it is no echo, so far from the other's
# that a bet on it wins all it can.
NEAR, FAR = 1.002, exp(0.26)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Requests an hour, the part of them that is reported on, and the sale prices among reports.

    `share` is the candidate's part of the visitors.
    """

    requests_an_hour: float = 500
    reports: float = 0.03
    prices: float = 0.10
    share: float = 0.2

    @property
    def prices_an_hour(self) -> float:
        """Sale prices an hour."""
        return self.requests_an_hour * self.reports * self.prices


@dataclass(frozen=True, slots=True)
class Crowd:
    """Visitors who all say the same from so many networks, as often as is counted.

    They speak for the candidate, or against it, for so many `days` from the start.
    """

    networks: int
    days: int
    is_for: bool
    reports_a_day: int = 5


@dataclass(frozen=True, slots=True)
class SimulatedTrial:
    """What is played: the candidate's error is `error` times production's."""

    policy: PolicyDocument
    traffic: Traffic
    error: float
    seed: tuple[int, ...]
    crowd: Crowd | None = None


@dataclass(frozen=True, slots=True)
class TrialOutcome:
    """How it ended: the verdict, the hour of the look, and the honest sale prices until then.

    A policy that rolls back what it could not decide has the verdict UNDECIDED here.
    """

    verdict: Verdict
    hours: int
    prices: int


def play(trial: SimulatedTrial) -> TrialOutcome:
    """The end of one trial, looked at every hour."""
    rule = policy_for(trial.policy)
    numbers = {**rule.document.parameters, **trial.policy.parameters}
    state, ledger, visitors = rule.state(), MemoryLedger(), _Visitors(trial, numbers)
    for hour in range(1, ceil(numbers["deadline_hours"]) + 1):
        terms = PolicyTerms(
            candidate=recording.CANDIDATE,
            production=recording.PRODUCTION,
            hours=hour,
            parameters=numbers,
            share=trial.traffic.share,
            experiment=recording.EXPERIMENT,
            started_at=recording.STARTED_AT,
            ledger=ledger,
        )
        state, result = rule.step(state, visitors.rows(hour), terms)
        if result.verdict is not Verdict.CONTINUE:
            break
    is_undecided = any(reason.startswith("undecided") for reason in result.reasons)
    verdict = Verdict.UNDECIDED if is_undecided else result.verdict
    return TrialOutcome(verdict, hour, visitors.prices)


class _Visitors:
    """What visitors ask and say, hour after hour."""

    def __init__(self, trial: SimulatedTrial, numbers: dict[str, float]) -> None:
        self.prices = 0
        self._trial = trial
        self._rng = np.random.default_rng(trial.seed)
        self._still_needed = 2 * numbers["min_candidate_requests"] / trial.traffic.share

    def rows(self, hour: int) -> Iterator[EvidenceRow]:
        """What arrived in the hour before the look: requests, then what was said."""
        traffic, at = self._trial.traffic, recording.STARTED_AT + timedelta(hours=hour - 0.5)
        requests = int(self._rng.poisson(traffic.requests_an_hour))
        requests = min(requests, max(FEW_AN_HOUR, ceil(self._still_needed)))
        self._still_needed -= requests
        for number, is_candidate in enumerate(self._arms(requests)):
            yield Exposure(
                status=ANSWERED,
                latency_ms=LATENCY_MS,
                **_visit(f"{hour} {number}", at, is_candidate),
            )
        yield from self._opinions(hour, at)
        yield from self._sales(hour, at)
        if self._trial.crowd is not None:
            yield from self._crowd(self._trial.crowd, hour, at)

    def _opinions(self, hour: int, at: datetime) -> Iterator[FeedbackEvent]:
        traffic = self._trial.traffic
        rate = traffic.requests_an_hour * traffic.reports * (1 - traffic.prices)
        count = int(self._rng.poisson(rate))
        production, candidate = self._errors(count)
        arms = np.array(self._arms(count), dtype=bool)
        misses = np.abs(np.where(arms, candidate, production))
        stars = 5 - STARS_LOST * misses + self._rng.normal(0, MOOD_SD, count)
        networks = self._networks(count)
        for number, score in enumerate(np.clip(np.round(stars), 1, 5).tolist()):
            visit = _visit(f"opinion {hour} {number}", at, arms[number], networks[number])
            yield _said("rating", score, visit)

    def _sales(self, hour: int, at: datetime) -> Iterator[FeedbackEvent]:
        count = int(self._rng.poisson(self._trial.traffic.prices_an_hour))
        self.prices += count
        production, candidate = self._errors(count)
        arms, networks = self._arms(count), self._networks(count)
        for number in range(count):
            visit = _visit(f"sale {hour} {number}", at, arms[number], networks[number])
            yield _sold(visit, exp(production[number]), exp(candidate[number]))

    def _crowd(self, crowd: Crowd, hour: int, at: datetime) -> Iterator[EvidenceRow]:
        """A request, a price and an opinion each, spread over the day."""
        if hour > HOURS_A_DAY * crowd.days:
            return
        reports = crowd.networks * crowd.reports_a_day
        start, end = ((hour - 1) % HOURS_A_DAY, (hour - 1) % HOURS_A_DAY + 1)
        numbers = range(reports * start // HOURS_A_DAY, reports * end // HOURS_A_DAY)
        near, far = (FAR, NEAR) if crowd.is_for else (NEAR, FAR)
        for number, is_candidate in zip(numbers, self._arms(len(numbers)), strict=True):
            name, network = f"crowd {hour} {number}", f"crowd {number % crowd.networks}"
            visit = _visit(name, at, is_candidate, network)
            yield Exposure(status=ANSWERED, latency_ms=LATENCY_MS, **visit)
            yield _said("rating", 5.0 if is_candidate is crowd.is_for else 1.0, visit)
            yield _sold(visit, near, far)

    def _errors(self, count: int) -> tuple[Any, Any]:
        """Log errors (count,) of production and of the candidate."""
        common, own = self._rng.normal(size=(2, count))
        candidate = CORRELATION * common + sqrt(1 - CORRELATION**2) * own
        return ERROR_SD * common, ERROR_SD * self._trial.error * candidate

    def _arms(self, count: int) -> list[bool]:
        """For each visitor whether the candidate answers."""
        arms: list[bool] = (self._rng.random(count) < self._trial.traffic.share).tolist()
        return arms

    def _networks(self, count: int) -> list[str]:
        return [str(number) for number in self._rng.integers(0, NETWORKS, count).tolist()]


def _visit(
    name: str, at: datetime, is_candidate: bool, network: str | None = None
) -> dict[str, Any]:
    """A signed visit that the experiment has routed, as the fields of a row."""
    return {
        "prediction_id": name,
        "version": recording.CANDIDATE if is_candidate else recording.PRODUCTION,
        "at": at,
        "session": name,
        "network": network,
        "assigned_arm": "candidate" if is_candidate else "production",
        "experiment": recording.EXPERIMENT,
    }


def _said(kind: str, value: float, visit: dict[str, Any]) -> FeedbackEvent:
    return FeedbackEvent(type=kind, value=value, is_first=True, **visit)


def _sold(visit: dict[str, Any], production: float, candidate: float) -> FeedbackEvent:
    """A sale, with the prices of both models as parts of what was paid."""
    return replace(
        _said("actual_price", ACTUAL, visit),
        price_production=ACTUAL * production,
        price_candidate=ACTUAL * candidate,
    )
