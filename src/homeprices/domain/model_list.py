"""Every model version and what it is now, for readers of the registry."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What a version is now."""

    PRODUCTION = "production"
    FORMER = "former production"
    ON_TRIAL = "on trial"
    WAITING = "waits for a trial"
    PROMOTED = "promoted, or older than one that was"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A version in the list of all; `metrics` are on its holdout, with four facts."""

    version: str
    state: State
    recipe: str
    dataset: str
    simulated: bool
    created_at: str
    copied_from: str | None
    decision: str | None
    digest: str
    metrics: dict[str, float]
    baseline_metrics: dict[str, float]


@dataclass(frozen=True, slots=True)
class Document:
    """The same told twice: JSON for machines, a page for people."""

    as_json: bytes
    page: bytes
