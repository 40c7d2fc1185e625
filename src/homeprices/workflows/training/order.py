"""Begins a training when one is needed, and ends it: one at a time, whoever orders."""

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
from homeprices.stores.candidates import candidate_history
from homeprices.wording.competition import competition_sentence, listed
from homeprices.workflows.context import OrderPorts

# A run that was deleted closes nothing: after this long another may begin.
LONGEST_TRAINING = timedelta(hours=6)
# What keeps failing is left to a person for a day.
MOST_FAILURES, FAILURES_WITHIN = 3, timedelta(days=1)


def begin_training(ports: OrderPorts, *, order: str, by_hand: bool) -> Training:
    """The training of `order`; the same order again gets the same one.

    Raises Declined with the reason when none is needed or possible now, or when
    the training of this order has ended already.
    """
    _close_abandoned(ports)
    earlier = next((t for t in ports.trainings.all() if t.order == order), None)
    if earlier is not None:
        return _still_open(ports, earlier)
    training_need = need_now(ports, by_hand=by_hand)
    if not training_need.is_needed:
        raise Declined("; ".join(training_need.reasons))
    dataset = _latest(ports).version
    training = ports.trainings.open(
        lambda number: Training(
            id=str(number),
            order=order,
            dataset=dataset,
            seed=_lost_on(ports, dataset),
            reasons=training_need.reasons,
            started_at=ports.clock().isoformat(),
        )
    )
    if training is None:
        raise Declined(_under_way(ports) or "another training has just begun")
    return training


@contextmanager
def refusals_kept(ports: OrderPorts, training: Training) -> Iterator[None]:
    """Close the training with the reasons when what runs inside is refused."""
    try:
        yield
    except Refused as refusal:
        refuse_training(ports, TrainingId.parse(training.id), refusal.message)
        raise


def refuse_training(ports: OrderPorts, number: TrainingId, why: str) -> None:
    """Close a training whose model may not be published, with the reasons."""
    _close(ports, ports.trainings.read(number), Outcome.REFUSED, why)


def end_training(ports: OrderPorts, number: TrainingId) -> None:
    """Close a training with what came of it; one that was closed already stays as it is."""
    training = ports.trainings.read(number)
    model = model_of(ports, training)
    if model is None:
        _close(ports, training, Outcome.FAILED, "it published nothing; its log says why")
    else:
        made = _made_by_run(ports, model)
        were = "was" if len(made) == 1 else "were"
        words = f"{listed(made)} {were} published"
        _close(ports, training, Outcome.PUBLISHED, words, model.version)


def need_now(ports: OrderPorts, *, by_hand: bool = False) -> Need:
    """Whether a training is needed now, and why or why not."""
    production = ports.registry.production()
    if production is None:
        return Need(False, ("there is no production model yet; `homes train` makes the first",))
    trainings = _that_came_to_something(ports)
    last = datetime.fromisoformat(trainings[-1].started_at) if trainings else None
    made_at = datetime.fromisoformat(production.created_at)
    has_candidates = bool(ports.registry.versions(Role.CANDIDATE))
    return need(
        TrainingSituation(
            now=ports.clock(),
            by_hand=by_hand,
            in_the_way=_experiment_in_the_way(ports)
            or _under_way(ports)
            or _made_up(_latest(ports), production)
            or (None if by_hand else _failing(ports)),
            dataset=_latest(ports).version,
            production_dataset=production.dataset,
            production_made_at=made_at,
            tried={training.dataset for training in trainings},
            last_training_at=last,
            untried=None if trainings or has_candidates else production.version,
            lost=_lost_since(ports, last),
            drift=ports.drift_log.flagged_since(last or made_at),
        ),
        oldest=ports.oldest_model,
    )


def model_of(ports: OrderPorts, training: Training) -> ModelManifest | None:
    """What `training` has published, or None."""
    manifests = ports.registry.manifests(Role.CANDIDATE)
    return next((m for m in manifests if m.order == training.order), None)


def _still_open(ports: OrderPorts, training: Training) -> Training:
    ending = ports.trainings.ending(TrainingId.parse(training.id))
    if ending is not None:
        came = f"{ending.outcome.value} {ending.model or ''}".strip()
        raise Declined(
            f"{training.id}, the training of this run, has ended: {came}; start a new run"
        )
    return training


def _close_abandoned(ports: OrderPorts) -> None:
    training = ports.trainings.open_now()
    if training is None:
        return
    age = _age(ports, training)
    if age > LONGEST_TRAINING:
        words = f"not ended after {age.total_seconds() / 3600:.0f} hours; taken to be abandoned"
        _close(ports, training, Outcome.ABANDONED, words)


def _age(ports: OrderPorts, training: Training) -> timedelta:
    return ports.clock() - datetime.fromisoformat(training.started_at)


def _that_came_to_something(ports: OrderPorts) -> list[Training]:
    """The trainings that published or refused a model: one that broke off is to be tried again."""
    trainings = ports.trainings
    endings = ((t, trainings.ending(TrainingId.parse(t.id))) for t in trainings.all())
    return [t for t, e in endings if e and e.outcome in (Outcome.PUBLISHED, Outcome.REFUSED)]


def _failing(ports: OrderPorts) -> str | None:
    """Why nothing begins by itself: the last trainings all broke off, within a day."""
    last = ports.trainings.all()[-MOST_FAILURES:]
    endings = [ports.trainings.ending(TrainingId.parse(t.id)) for t in last]
    broken = [e for e in endings if e and e.outcome in (Outcome.FAILED, Outcome.ABANDONED)]
    if len(broken) < MOST_FAILURES or _age(ports, last[0]) > FAILURES_WITHIN:
        return None
    return f"the last {MOST_FAILURES} trainings failed ({broken[-1].words}); start one by hand"


def _made_by_run(ports: OrderPorts, model: ModelManifest) -> list[str]:
    """The versions of the run that `model` came of; itself where it came alone."""
    run = model.run
    if run is None:
        return [model.version]
    manifests = ports.registry.manifests(Role.CANDIDATE)
    return [m.version for m in manifests if m.run and m.run.id == run.id] or [model.version]


def _close(
    ports: OrderPorts,
    training: Training,
    outcome: Outcome,
    words: str,
    model: str | None = None,
) -> None:
    at = ports.clock().isoformat()
    ports.trainings.close(ClosedTraining(training.id, outcome, words, model, at))


def _latest(ports: OrderPorts) -> DatasetManifest:
    latest = ports.datasets.latest()
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


def _experiment_in_the_way(ports: OrderPorts) -> str | None:
    """Why an experiment keeps a training from beginning, or None."""
    experiment = ports.experiments.open_now()
    if experiment is not None:
        return (
            f"{experiment.id} is open with {experiment.candidate} on trial: one candidate at a time"
        )
    competition = ports.experiments.competitions.open_now()
    if competition is not None:
        return competition_sentence(competition)
    waiting = candidate_history(ports.registry, ports.experiments).waiting
    return f"{waiting[-1]} waits for its trial: `homes decide` opens it" if waiting else None


def _under_way(ports: OrderPorts) -> str | None:
    training = ports.trainings.open_now()
    if training is None or _age(ports, training) > LONGEST_TRAINING:
        return None
    since = f"{datetime.fromisoformat(training.started_at):%H:%M}Z"
    return f"{training.id} is under way since {since}, ordered by {training.order}"


def _lost_since(ports: OrderPorts, moment: datetime | None) -> str | None:
    """The candidate of the last experiment if it was lost after `moment`."""
    experiments = ports.experiments.all()
    number = ExperimentId.parse(experiments[-1].id) if experiments else None
    ending = ports.experiments.ending(number) if number else None
    if ending is None or ending.verdict != "ROLL_BACK":
        return None
    closed_at = datetime.fromisoformat(ending.closed_at)
    return experiments[-1].candidate if moment is None or closed_at > moment else None


def _lost_on(ports: OrderPorts, dataset: str) -> int:
    """How many candidates of `dataset` were retired by their experiments."""
    registry = ports.registry
    history = candidate_history(registry, ports.experiments)
    tried = [
        version
        for version in history.retired
        if version not in history.equal and version not in history.outcompeted
    ]
    return sum(registry.manifest(version).dataset == dataset for version in tried)
