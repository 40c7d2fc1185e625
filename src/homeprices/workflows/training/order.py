"""Begins a training when one is needed, and ends it: one at a time, whoever orders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from homeprices.domain.errors import Declined, Refused
from homeprices.domain.manifest import DatasetManifest, ModelManifest
from homeprices.domain.training import (
    ClosedTraining,
    Need,
    Outcome,
    Training,
    TrainingSituation,
    need,
)
from homeprices.domain.versions import ExperimentId, Role, TrainingId
from homeprices.stores.candidates import lost_candidates, waiting_candidates
from homeprices.workflows.training.training_desk import TrainingDesk

# A run that was deleted closes nothing: after this long another may begin.
LONGEST_TRAINING = timedelta(hours=6)
# What keeps failing is left to a person for a day.
MOST_FAILURES, FAILURES_WITHIN = 3, timedelta(days=1)


def begin_training(desk: TrainingDesk, *, order: str, by_hand: bool) -> Training:
    """The training of `order`; the same order again gets the same one.

    Raises Declined with the reason when none is needed or possible now, or when
    the training of this order has ended already.
    """
    _close_abandoned(desk)
    earlier = next((t for t in desk.stores.trainings.all() if t.order == order), None)
    if earlier is not None:
        return _still_open(desk, earlier)
    found = look(desk, by_hand=by_hand)
    if not found.is_needed:
        raise Declined("; ".join(found.reasons))
    dataset = _latest(desk).version
    training = desk.stores.trainings.open(
        lambda number: Training(
            id=str(number),
            order=order,
            dataset=dataset,
            seed=_lost_on(desk, dataset),
            reasons=found.reasons,
            started_at=desk.clock().isoformat(),
        )
    )
    if training is None:
        raise Declined(_under_way(desk) or "another training has just begun")
    return training


@contextmanager
def refusals_kept(desk: TrainingDesk, training: Training) -> Iterator[None]:
    """Close the training with the reasons when what runs inside is refused."""
    try:
        yield
    except Refused as refusal:
        refuse_training(desk, TrainingId.parse(training.id), refusal.message)
        raise


def refuse_training(desk: TrainingDesk, number: TrainingId, why: str) -> None:
    """Close a training whose model may not be published, with the reasons."""
    _close(desk, desk.stores.trainings.read(number), Outcome.REFUSED, why)


def end_training(desk: TrainingDesk, number: TrainingId) -> None:
    """Close a training with what came of it; one that was closed already stays as it is."""
    training = desk.stores.trainings.read(number)
    made = model_of(desk, training)
    if made is None:
        _close(desk, training, Outcome.FAILED, "it published nothing; its log says why")
    else:
        _close(desk, training, Outcome.PUBLISHED, f"{made.version} was published", made.version)


def look(desk: TrainingDesk, *, by_hand: bool = False) -> Need:
    """Whether a training is needed now, and why or why not."""
    production = desk.stores.registry.production()
    if production is None:
        return Need(False, ("there is no production model yet; `homes train` makes the first",))
    trainings = _that_came_to_something(desk)
    last = datetime.fromisoformat(trainings[-1].started_at) if trainings else None
    made_at = datetime.fromisoformat(production.created_at)
    has_candidates = bool(desk.stores.registry.versions(Role.CANDIDATE))
    return need(
        TrainingSituation(
            now=desk.clock(),
            by_hand=by_hand,
            in_the_way=_trial(desk)
            or _under_way(desk)
            or _made_up(_latest(desk), production)
            or (None if by_hand else _failing(desk)),
            dataset=_latest(desk).version,
            production_dataset=production.dataset,
            production_made_at=made_at,
            tried={training.dataset for training in trainings},
            last_training_at=last,
            untried=None if trainings or has_candidates else production.version,
            lost=_lost_since(desk, last),
            drift=desk.drift.flagged_since(last or made_at),
        ),
        oldest=desk.oldest,
    )


def model_of(desk: TrainingDesk, training: Training) -> ModelManifest | None:
    """What `training` has published, or None."""
    made = desk.stores.registry.manifests(Role.CANDIDATE)
    return next((m for m in made if m.order == training.order), None)


def _still_open(desk: TrainingDesk, training: Training) -> Training:
    ending = desk.stores.trainings.ending(TrainingId.parse(training.id))
    if ending is not None:
        came = f"{ending.outcome.value} {ending.model or ''}".strip()
        raise Declined(
            f"{training.id}, the training of this run, has ended: {came}; start a new run"
        )
    return training


def _close_abandoned(desk: TrainingDesk) -> None:
    training = desk.stores.trainings.open_now()
    if training is None:
        return
    age = _age(desk, training)
    if age > LONGEST_TRAINING:
        words = f"not ended after {age.total_seconds() / 3600:.0f} hours; taken to be abandoned"
        _close(desk, training, Outcome.ABANDONED, words)


def _age(desk: TrainingDesk, training: Training) -> timedelta:
    return desk.clock() - datetime.fromisoformat(training.started_at)


def _that_came_to_something(desk: TrainingDesk) -> list[Training]:
    """The trainings that published or refused a model: one that broke off is to be tried again."""
    trainings = desk.stores.trainings
    endings = ((t, trainings.ending(TrainingId.parse(t.id))) for t in trainings.all())
    return [t for t, e in endings if e and e.outcome in (Outcome.PUBLISHED, Outcome.REFUSED)]


def _failing(desk: TrainingDesk) -> str | None:
    """Why nothing begins by itself: the last trainings all broke off, within a day."""
    last = desk.stores.trainings.all()[-MOST_FAILURES:]
    endings = [desk.stores.trainings.ending(TrainingId.parse(t.id)) for t in last]
    broken = [e for e in endings if e and e.outcome in (Outcome.FAILED, Outcome.ABANDONED)]
    if len(broken) < MOST_FAILURES or _age(desk, last[0]) > FAILURES_WITHIN:
        return None
    return f"the last {MOST_FAILURES} trainings failed ({broken[-1].words}); start one by hand"


def _close(
    desk: TrainingDesk,
    training: Training,
    outcome: Outcome,
    words: str,
    model: str | None = None,
) -> None:
    at = desk.clock().isoformat()
    desk.stores.trainings.close(ClosedTraining(training.id, outcome, words, model, at))


def _latest(desk: TrainingDesk) -> DatasetManifest:
    latest = desk.stores.shelf.latest()
    if latest is None:
        raise Refused("there is no dataset; publish one by `homes dataset publish FILE`")
    return latest


def _made_up(dataset: DatasetManifest, production: ModelManifest) -> str | None:
    """Why no model of `dataset` could be published beside `production`, or None."""
    if production.simulated or not dataset.simulated:
        return None
    return (
        f"dataset {dataset.version} is of a simulated market and {production.version} learned from "
        "real listings: no such model is tried against it; publish real ones by "
        "`homes dataset publish FILE`"
    )


def _trial(desk: TrainingDesk) -> str | None:
    """Why a trial keeps a training from beginning, or None."""
    trial = desk.stores.experiments.open_now()
    if trial is not None:
        return f"{trial.id} is open with {trial.candidate} on trial: one candidate at a time"
    waiting = waiting_candidates(desk.stores.registry, desk.stores.experiments)
    return f"{waiting[-1]} waits for its trial: `homes decide` opens it" if waiting else None


def _under_way(desk: TrainingDesk) -> str | None:
    training = desk.stores.trainings.open_now()
    if training is None or _age(desk, training) > LONGEST_TRAINING:
        return None
    since = f"{datetime.fromisoformat(training.started_at):%H:%M}Z"
    return f"{training.id} is under way since {since}, ordered by {training.order}"


def _lost_since(desk: TrainingDesk, moment: datetime | None) -> str | None:
    """The candidate of the last trial if it was lost after `moment`."""
    trials = desk.stores.experiments.all()
    ending = desk.stores.experiments.ending(ExperimentId.parse(trials[-1].id)) if trials else None
    if ending is None or ending.verdict != "ROLL_BACK":
        return None
    closed_at = datetime.fromisoformat(ending.closed_at)
    return trials[-1].candidate if moment is None or closed_at > moment else None


def _lost_on(desk: TrainingDesk, dataset: str) -> int:
    """How many candidates of `dataset` have lost their trials."""
    registry = desk.stores.registry
    lost = lost_candidates(registry, desk.stores.experiments)
    return sum(registry.manifest(version).dataset == dataset for version in lost)
