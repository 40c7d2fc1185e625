"""A trial of one candidate against production, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExperimentConfig:
    """What a trial is run on, whoever takes part in it; the fields as in `Experiment`."""

    share: float
    salt: str
    policy: str
    started_at: str


@dataclass(frozen=True, slots=True)
class Experiment:
    """`experiments/E{k}.json`: written once when the trial opens.

    `share` is the part of visitors (0 to 1) who meet the candidate; `salt`
    makes every trial split its visitors afresh; `started_at` is ISO 8601 UTC.
    """

    id: str
    candidate: str
    production: str
    share: float
    salt: str
    policy: str
    started_at: str


@dataclass(frozen=True, slots=True)
class ClosedExperiment:
    """`experiments/E{k}.closed.json`: written once when the trial ends."""

    id: str
    verdict: str
    reasons: list[str]
    decision: str | None
    closed_at: str
