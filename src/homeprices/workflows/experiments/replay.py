"""A recorded stream, judged as it would have been: with a look every hour."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from math import ceil
from typing import TypeVar

from homeprices.domain.errors import Unreadable
from homeprices.domain.evidence.ledger import MemoryLedger
from homeprices.domain.evidence.parameters import VERSION_1, EvidenceParameters
from homeprices.domain.evidence.policy import step
from homeprices.domain.evidence.state import EvidenceState
from homeprices.domain.evidence.watch import WatchState, watch
from homeprices.domain.evidence.zones import findings_in
from homeprices.domain.experiments.decision import PolicyResult, Verdict
from homeprices.domain.experiments.evidence import EvidenceRow
from homeprices.domain.experiments.experiment import PolicyTerms
from homeprices.domain.experiments.policies import PolicyStep
from homeprices.domain.experiments.status import set_aside_words
from homeprices.wording.zones import zone_lines
from homeprices.workflows.experiments.recording import (
    CANDIDATE,
    EXPERIMENT,
    PRODUCTION,
    STARTED_AT,
    RecordedExperiment,
    RecordedRequest,
    exposure,
    feedback_events,
)

HOUR_S = 3600
POLICY = "evidence"
Timed = TypeVar("Timed")
WORDS = {
    Verdict.PROMOTE: "promote",
    Verdict.ROLL_BACK: "rollback",
    Verdict.HOLD: "hold",
    Verdict.UNDECIDED: "continue",
    Verdict.CONTINUE: "continue",
    Verdict.ROLL_BACK_PRODUCTION: "rollback_production",
}


@dataclass(frozen=True, slots=True)
class Replay:
    """How a recording ended: the verdict, and the hour of the look that gave it."""

    result: PolicyResult
    hours: int

    @property
    def sentences(self) -> list[str]:
        """What people read of it: the reasons, the zones, and what was set aside."""
        counts: Mapping[str, int] = self.result.figures["set_aside"]
        zones = zone_lines(findings_in(self.result.figures))
        return [*self.result.reasons, *zones, *set_aside_words(counts)]

    @property
    def line(self) -> dict[str, object]:
        """What machines read of it."""
        return {
            "decision": WORDS[self.result.verdict],
            "t_hours": self.hours,
            "flags": self.result.figures["flags"],
        }


@dataclass(frozen=True, slots=True)
class ReplayConfig:
    """What a recording is judged under; `after_promotion`: by the watch instead of the policy.

    `scope` and `zones` are as in `PolicyTerms`.
    """

    share: float = 0.2
    numbers: EvidenceParameters = VERSION_1
    after_promotion: bool = False
    started_at: datetime = STARTED_AT
    scope: str | None = None
    zones: tuple[str, ...] = ()

    def for_recording(
        self, requests: Sequence[RecordedRequest], share: float | None
    ) -> ReplayConfig:
        """As this, under what the recording says of itself; a `share` that is named wins.

        Raises Unreadable where it was decided by another policy.
        """
        said = next((r.experiment for r in requests[:1] if r.experiment is not None), None)
        if said is None:
            return replace(self, share=share or self.share)
        return replace(
            self,
            share=share or said.share,
            numbers=_numbers(said),
            started_at=said.started_at,
            scope=said.scope,
            zones=tuple(said.zones),
        )


def _numbers(header: RecordedExperiment) -> EvidenceParameters:
    if header.policy not in (None, POLICY):
        raise Unreadable(f"this trial was decided by {header.policy}; replay judges by {POLICY}")
    unknown = sorted(set(header.parameters) - set(asdict(VERSION_1)))
    if unknown:
        raise Unreadable(f"{', '.join(unknown)}: no numbers of the policy {POLICY}")
    return EvidenceParameters(**header.parameters)


def replay(requests: Iterable[RecordedRequest], config: ReplayConfig) -> Replay:
    """The first verdict that ends the experiment, or the last look.

    Raises Unreadable where there is no request at all.
    """
    last = None
    for last in looks(requests, config):
        if last.result.verdict is not Verdict.CONTINUE:
            break
    if last is None:
        raise Unreadable("there is no request in the recording")
    return last


def looks(requests: Iterable[RecordedRequest], config: ReplayConfig) -> Iterator[Replay]:
    """Every look, an hour after the other, until the recording ends or the deadline is there."""
    timeline = _Timeline(requests, config.started_at)
    ledger = MemoryLedger()
    run: PolicyStep = watch if config.after_promotion else step
    state: object = WatchState() if config.after_promotion else EvidenceState()
    hours = timeline.hours
    if not config.after_promotion:
        hours = min(hours, ceil(config.numbers.deadline_hours))
    for hour in range(1, hours + 1):
        terms = PolicyTerms(
            candidate=CANDIDATE,
            production=PRODUCTION,
            hours=hour,
            parameters=asdict(config.numbers),
            share=config.share,
            experiment=EXPERIMENT,
            started_at=config.started_at,
            ledger=ledger,
            scope=config.scope,
            zones=config.zones if config.scope is None else (config.scope,),
        )
        state, result = run(state, timeline.arrived(hour), terms)
        yield Replay(result, hour)


class _Timeline:
    """Requests by when they were made and by when their feedback came."""

    def __init__(self, requests: Iterable[RecordedRequest], started_at: datetime) -> None:
        self._started_at = started_at
        self._requests = sorted(requests, key=lambda request: request.t)
        events = [e for request in self._requests for e in feedback_events(request, started_at)]
        self._feedback = sorted(events, key=lambda event: event.at)
        self._times = [request.t for request in self._requests]
        self._feedback_times = [(e.at - started_at).total_seconds() for e in self._feedback]

    @property
    def hours(self) -> int:
        """The look that sees the last of them; 0 with none."""
        last = max([*self._times[-1:], *self._feedback_times[-1:]], default=None)
        return 0 if last is None else max(1, ceil(last / HOUR_S))

    def arrived(self, hour: int) -> Iterator[EvidenceRow]:
        """What arrived in the hour before the look: requests, then feedback."""
        requests = _within(self._requests, self._times, hour)
        yield from (exposure(request, self._started_at) for request in requests)
        yield from _within(self._feedback, self._feedback_times, hour)


def _within(rows: Sequence[Timed], times: Sequence[float], hour: int) -> Sequence[Timed]:
    """Those after the look before, up to this one; the first look sees all up to it."""
    began = bisect_right(times, (hour - 1) * HOUR_S) if hour > 1 else 0
    return rows[began : bisect_right(times, hour * HOUR_S)]
