"""A training that a schedule ordered, and the rule that says when one is needed.

A training spans several tasks, maybe on several machines: the object that
opens it is also the lease that keeps a second one out.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from homeprices.domain.drift import KeptReport
from homeprices.domain.market import FactSpec
from homeprices.domain.units import counted


class Outcome(StrEnum):
    """How a training ended."""

    PUBLISHED = "published"
    REFUSED = "refused"
    FAILED = "failed"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Training:
    """`trainings/T{n}.json`: written once when a training begins.

    `order` names who asked for it, the same in every retry of one run. `seed`
    is the number of candidates that this dataset has already lost, so that a
    training after a rollback tries something new. `started_at` is ISO 8601 UTC.
    """

    id: str
    order: str
    dataset: str
    seed: int
    reasons: tuple[str, ...]
    started_at: str


@dataclass(frozen=True, slots=True)
class ClosedTraining:
    """`trainings/T{n}.closed.json`: written once when it ended; `model` is what was published."""

    id: str
    outcome: Outcome
    words: str
    model: str | None
    closed_at: str


@dataclass(frozen=True, slots=True)
class TrainingSituation:
    """What the rule looks at; trainings that broke off do not count.

    `in_the_way` says in a sentence why nothing can be trained now: a trial is open,
    a candidate waits for one, another training is under way, or what would be learned
    from is made up and production's listings are real. `tried` are the
    datasets of all trainings so far; `untried` is the production that no
    candidate was ever made against, `lost` the candidate whose trial was lost
    after the last training began, `drift` what was raised after it.
    """

    now: datetime
    by_hand: bool
    in_the_way: str | None
    dataset: str
    production_dataset: str
    production_made_at: datetime
    tried: Collection[str]
    last_training_at: datetime | None
    untried: str | None
    lost: str | None
    drift: KeptReport | None


# Drift that goes on asks again after this long; the same listings teach little new before.
DRIFT_REST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Need:
    """Whether a training should begin, and why or why not, in sentences."""

    is_needed: bool
    reasons: tuple[str, ...]


def need(situation: TrainingSituation, *, oldest: timedelta) -> Need:
    """The rule: a start by hand always counts, unless nothing can be trained now.

    A production model older than `oldest` is replaced even when nothing changed.
    """
    if situation.in_the_way is not None:
        return Need(False, (situation.in_the_way,))
    reasons = tuple(_reasons(situation, oldest))
    if reasons:
        return Need(True, reasons)
    return Need(
        False,
        (
            f"nothing new to learn: production knows dataset {situation.production_dataset}, no "
            "trial was lost since the last training, and that is not "
            f"{counted(oldest.days, 'day')} old",
        ),
    )


def _reasons(s: TrainingSituation, oldest: timedelta) -> list[str]:
    reasons = []
    if s.by_hand:
        reasons.append("started by hand")
    if s.dataset != s.production_dataset and s.dataset not in s.tried:
        reasons.append(f"dataset {s.dataset} is newer than production's {s.production_dataset}")
    if s.untried is not None:
        reasons.append(f"no candidate was tried against {s.untried} yet")
    if s.lost is not None:
        reasons.append(f"{s.lost} lost its trial and nothing was trained since")
    if s.drift is not None and (
        s.last_training_at is None or s.now - s.last_training_at >= DRIFT_REST
    ):
        reasons.append(f"drift was seen at {s.drift.at[:16]}Z: {s.drift.report.message}")
    age = s.now - max(s.production_made_at, s.last_training_at or s.production_made_at)
    if age > oldest:
        old = counted(age.days, "day")
        reasons.append(f"the last training is {old} old; {oldest.days} are allowed")
    return reasons


class TuningTrialState(StrEnum):
    """How a trial of a set of parameters ended."""

    FINISHED = "finished"
    PRUNED = "pruned"


@dataclass(frozen=True, slots=True)
class TuningTrial:
    """One set of parameters that was tried.

    `folds` are the mean absolute log errors of the folds it was asked on, in
    their order; `value` is their mean once all were asked, None where the trial
    was cut short.
    """

    number: int
    parameters: dict[str, float]
    state: TuningTrialState
    value: float | None
    folds: list[float]
    seconds: float


def best_so_far(trials: Sequence[TuningTrial]) -> list[float]:
    """The smallest value after each trial; trials before the first finished one are left out.

    >>> done = TuningTrialState.FINISHED
    >>> made = [TuningTrial(n, {}, done, v, [], 1.0) for n, v in enumerate([3, 4, 2])]
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
    `report` the files about it. `home_facts` declare the columns of a request to the
    model, by the fact of a home that each gives.
    """

    version: str
    digest: str
    recipe: str
    parameters: Mapping[str, float]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    dataset: DatasetFacts
    home_facts: Mapping[str, FactSpec]
    files: Mapping[str, bytes]
    report: Mapping[str, bytes] = field(default_factory=dict)
    trials: Sequence[TuningTrial] = ()
