"""The tasks of `bangalore_home_prices_pipeline`.

What learns is imported by the two tasks that learn: it takes seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from homeprices.datasets.clean import read_published
from homeprices.datasets.split import split
from homeprices.domain.errors import Declined, NotFound, Unavailable
from homeprices.domain.requests.records import Slot
from homeprices.domain.training import Training
from homeprices.domain.versions import DatasetVersion, ModelVersion, TrainingId
from homeprices.wording.competition import listed
from homeprices.workflows.context import OrderPorts, SchedulePorts
from homeprices.workflows.datasets import validate_dataset
from homeprices.workflows.experiments.confirm import confirm
from homeprices.workflows.experiments.start import ensure_experiment, open_next_experiment
from homeprices.workflows.training import order as ordering

if TYPE_CHECKING:
    from collections.abc import Iterable

    from homeprices.workflows.training.train import TrainOrder
    from homeprices.workflows.training.tune import Tuned

__all__ = [
    "Declined",
    "ask",
    "check",
    "end",
    "open_experiment",
    "recipes",
    "serve",
    "track",
    "train",
    "tune",
    "validate",
]

PIPELINE = "bangalore_home_prices_pipeline"


def check(ports: OrderPorts, run: str, kind: str) -> str:
    """The number of the training that this run begins; raises Declined with the reason why not.

    For: the schedule itself: one training at a time, and only when there is a reason for one.

    When it fails: the object store is away: clear the task once `homes status` is green. Skipped
    means that no training is needed now, or a trial is open.
    """
    order = f"airflow:{PIPELINE}/{run}"
    return ordering.begin_training(ports, order=order, by_hand=kind == "manual").id


def ask(ports: OrderPorts) -> list[str]:
    """Why a training is needed now; raises Declined where none is.

    For: the pipeline, which this starts: new listings, drift, age, or a trial that was lost.

    When it fails: the next hour asks again. Skipped is the usual case: nothing is to be trained.
    """
    need = ordering.need_now(ports)
    if not need.is_needed:
        raise Declined("; ".join(need.reasons))
    return list(need.reasons)


def validate(ports: SchedulePorts, number: str) -> str:
    """Look at the dataset as a whole; raises Declined where nothing can be learned from it.

    For: whoever published the listings: what is wrong with them is told here, before hours of work.

    When it fails: the dataset cannot be read: `homes doctor`. Skipped: publish better listings, and
    the pipeline starts by itself.
    """
    training = _training(ports, number)
    production = ports.registry.production()
    with ordering.refusals_kept(ports, training):
        return validate_dataset(
            DatasetVersion.parse(training.dataset),
            datasets=ports.datasets,
            market=ports.market,
            before=DatasetVersion.parse(production.dataset) if production else None,
        )


def recipes(ports: SchedulePorts, number: str) -> list[str]:
    """The recipes to tune, each in a task of its own; raises NotFound for an unknown one.

    For: the tuning tasks that follow.

    When it fails: `HOMES_RECIPES` names none, or one that does not exist: set it and start a new
    run.
    """
    from homeprices.valuation.train.recipes import recipe_named

    _training(ports, number)
    if not ports.recipes:
        raise NotFound("HOMES_RECIPES names no recipe")
    for name in ports.recipes:
        recipe_named(name)
    return list(ports.recipes)


def tune(ports: SchedulePorts, number: str, recipe: str) -> dict[str, Any]:
    """The best parameters of `recipe` by cross-validation, as `Tuned` in plain values.

    For: the training that follows, which takes the best of all recipes.

    When it fails: clear the task: trials that ended are kept, and it goes on after them. Out of
    memory: lower `HOMES_TUNING_TRIALS` or leave the recipe out of `HOMES_RECIPES`.
    """
    from homeprices.workflows.training.tune import TuneOrder
    from homeprices.workflows.training.tune import tune as tune_recipe

    training = _training(ports, number)
    listings = read_published(
        ports.datasets.read(DatasetVersion.parse(training.dataset)), ports.market
    )
    order = TuneOrder(recipe, ports.tuning_trials, ports.tuning_seconds, seed=1 + training.seed)
    with ports.studies() as studies:
        tuned = tune_recipe(order, split(listings)[0], ports.market, studies, print)
    return dict(msgspec.to_builtins(tuned))


def train(ports: SchedulePorts, number: str, tuned: Iterable[dict[str, Any]]) -> list[str]:
    """The candidates made of the best of `tuned`; raises Declined where none may be published.

    For: the trial that follows; the note of the run links their model cards.

    When it fails: clear the task: the same run makes the same models once. Skipped: no model is
    good enough, or it would come out as one that there is already; the reason says which.
    """
    from homeprices.workflows.training.train import train_run
    from homeprices.workflows.training.tune import Tuned

    training = _training(ports, number)
    choices = [msgspec.convert(result, Tuned) for result in tuned]
    choices.sort(key=lambda result: result.metrics["mean_abs_log_error"])
    orders = [_order(training, choice) for choice in choices[: ports.candidates]]
    with ordering.refusals_kept(ports, training):
        manifests = train_run(orders, ports, print)
    return [manifest.version for manifest in manifests]


def _order(training: Training, tuned: Tuned) -> TrainOrder:
    """What a training makes of a recipe that was tuned."""
    from homeprices.valuation.train.recipes import recipe_named
    from homeprices.workflows.training.train import TrainOrder

    is_seeded = training.seed > 0 and "seed" in recipe_named(tuned.recipe).parameters({})
    seed = {"seed": 1.0 + training.seed} if is_seeded else {}
    return TrainOrder(
        recipe=tuned.recipe,
        dataset=DatasetVersion.parse(training.dataset),
        parameters={**tuned.parameters, **seed},
        order=training.order,
        trials=tuned.trials,
    )


def track(ports: SchedulePorts, models: list[str]) -> str:
    """Log the models to MLflow; where that is away, housekeeping logs them later.

    For: readers of MLflow, who compare trainings there.

    When it fails: the candidates are published all the same: clear the task, or leave it to
    housekeeping.
    """
    if ports.tracking is None:
        return "no tracking server is known"
    try:
        runs = [ports.tracking.track(ModelVersion.parse(model)) for model in models]
    except Unavailable as error:
        are = "is" if len(models) == 1 else "are"
        return f"{listed(models)} {are} untracked: {error.message}; housekeeping logs it later"
    return f"run {', '.join(runs)}"


def serve(ports: SchedulePorts, models: list[str]) -> str:
    """Wait until its service serves the candidate; raises Declined while another is tried.

    Declined also where several compete: one of them goes on trial when `evaluate_ab_dag` chooses.

    For: the visitors of the trial, who must not wait for a model that is being loaded.

    When it fails: the service does not load it within two minutes: `homes logs candidate` says why;
    then clear the task.
    """
    (model, *others), experiment = models, ports.experiments.open_now()
    if experiment is not None and experiment.candidate not in models:
        raise Declined(
            f"{listed(models)} must wait until {experiment.id} has ended: "
            f"{experiment.candidate} is on trial"
        )
    competition = ports.experiments.competitions.open_now()
    if competition is not None and model not in competition.candidates:
        raise Declined(f"{listed(models)} must wait until {competition.id} has ended")
    if others:
        open_next_experiment(ports)
        raise Declined(
            f"{listed(models)} compete on the sale prices that production's visitors report: "
            "one goes on trial by the hourly run"
        )
    return confirm(ports.served, Slot.CANDIDATE, lambda version: version == model)


def open_experiment(ports: SchedulePorts, models: list[str]) -> str:
    """The experiment of the model, opened once.

    For: the visitors, a part of whom meet the candidate from here on; `homes experiment status`
    shows it.

    When it fails: clear the task; or open it by hand: `homes experiment start` with the candidate.
    """
    return ensure_experiment(ports, ModelVersion.parse(models[0])).id


def end(ports: OrderPorts, number: str) -> None:
    """Let the next training begin; what came of this one is written beside it.

    For: the runs that follow: without it none trains.

    When it fails: clear the task; it can be repeated. Until then every run is skipped at `check`.
    """
    ordering.end_training(ports, TrainingId.parse(number))


def _training(ports: OrderPorts, number: str) -> Training:
    """The training; raises Declined once it has ended without a model: another may be under way."""
    ending = ports.trainings.ending(TrainingId.parse(number))
    if ending is not None and ending.model is None:
        raise Declined(f"{number} has ended: {ending.outcome.value}; start a new run")
    return ports.trainings.read(TrainingId.parse(number))
