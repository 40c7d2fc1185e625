"""What is kept about a training: the trials that led to it, and the record a tracker gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class TrialState(StrEnum):
    """How a trial of a set of parameters ended."""

    FINISHED = "finished"
    PRUNED = "pruned"


@dataclass(frozen=True, slots=True)
class Trial:
    """One set of parameters that was tried.

    `folds` are the mean absolute log errors of the folds it was asked on, in
    their order; `value` is their mean once all were asked, None where the trial
    was cut short.
    """

    number: int
    parameters: dict[str, float]
    state: TrialState
    value: float | None
    folds: list[float]
    seconds: float


def best_so_far(trials: Sequence[Trial]) -> list[float]:
    """The smallest value after each trial; trials before the first finished one are left out.

    >>> made = [Trial(n, {}, TrialState.FINISHED, v, [], 1.0) for n, v in enumerate([3, 4, 2])]
    >>> best_so_far(made)
    [3, 3, 2]
    """
    best: list[float] = []
    for trial in trials:
        values = [*best[-1:], *([] if trial.value is None else [trial.value])]
        best += [min(values)] if values else []
    return best


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """The dataset of a training, for people who look for it."""

    version: str
    sha256: str
    source: str
    rows: int
    simulated: bool


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """Everything a tracker keeps of one training; it holds nothing that the object store has not.

    `digest` tells the model from another of the same version elsewhere;
    `metrics` are named with their units, `files` are the model itself and
    `report` the files about it. `fields` are the columns of a question to the
    model, by the fact of a home that each gives.
    """

    version: str
    digest: str
    recipe: str
    parameters: Mapping[str, float]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    dataset: DatasetFacts
    fields: Mapping[str, str]
    files: Mapping[str, bytes]
    report: Mapping[str, bytes] = field(default_factory=dict)
    trials: Sequence[Trial] = ()
