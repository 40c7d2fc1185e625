"""The tasks of `bangalore_home_prices_pipeline`.

What learns is imported by the two tasks that learn: it takes seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from homeprices import bootstrap, settings
from homeprices.datasets.clean import read_listings
from homeprices.datasets.split import split
from homeprices.domain.errors import Declined, NotFound, Unavailable
from homeprices.domain.records import Slot
from homeprices.domain.training import Training
from homeprices.domain.versions import DatasetVersion, ModelVersion, TrainingId
from homeprices.stores.tracking.mirror import open_books
from homeprices.stores.tracking.mirror import track as track_version
from homeprices.workflows.datasets.validate import validate_dataset
from homeprices.workflows.experiments.confirm import confirm
from homeprices.workflows.experiments.desk import trial_desk
from homeprices.workflows.experiments.start import try_candidate
from homeprices.workflows.training import order as ordering
from homeprices.workflows.training.training_desk import TrainingDesk, training_desk

__all__ = [
    "Declined",
    "ask",
    "check",
    "end",
    "open_trial",
    "recipes",
    "serve",
    "track",
    "train",
    "tune",
    "validate",
]

PIPELINE = "bangalore_home_prices_pipeline"


def check(run: str, kind: str) -> str:
    """The number of the training that this run begins; raises Declined with the reason why not."""
    order = f"airflow:{PIPELINE}/{run}"
    return ordering.begin_training(_desk(), order=order, by_hand=kind == "manual").id


def ask() -> list[str]:
    """Why a training is needed now; raises Declined where none is."""
    found = ordering.look(_desk())
    if not found.is_needed:
        raise Declined("; ".join(found.reasons))
    return list(found.reasons)


def validate(number: str) -> str:
    """Look at the dataset as a whole; raises Declined where nothing can be learned from it."""
    desk, training = _training(number)
    production = desk.stores.registry.production()
    with ordering.refusals_kept(desk, training):
        return validate_dataset(
            DatasetVersion.parse(training.dataset),
            shelf=desk.stores.shelf,
            market=desk.market,
            before=DatasetVersion.parse(production.dataset) if production else None,
        )


def recipes(number: str) -> list[str]:
    """The recipes to tune, each in a task of its own; raises NotFound for one that cannot be."""
    from homeprices.valuation.train.search import search_of

    _training(number)
    names = [name.strip() for name in settings.load().recipes.split(",") if name.strip()]
    if not names:
        raise NotFound("HOMES_RECIPES names no recipe")
    for name in names:
        search_of(name)
    return names


def tune(number: str, recipe: str) -> dict[str, Any]:
    """The best parameters of `recipe` by cross-validation, as `Tuned` in plain values."""
    from homeprices.workflows.training.tune import TuneOrder
    from homeprices.workflows.training.tune import tune as tune_recipe

    desk, training = _training(number)
    shelf, loaded = desk.stores.shelf, settings.load()
    listings = read_listings(shelf.read(DatasetVersion.parse(training.dataset)), desk.market)
    seconds = loaded.tuning_seconds or None
    order = TuneOrder(recipe, loaded.tuning_trials, seconds, seed=1 + training.seed)
    with bootstrap.studies(loaded) as studies:
        tuned = tune_recipe(order, split(listings)[0], desk.market, studies, print)
    return dict(msgspec.to_builtins(tuned))


def train(number: str, tuned: Iterable[dict[str, Any]]) -> str:
    """The candidate made of the best of `tuned`; raises Declined where it may not be published."""
    from homeprices.valuation.train.recipes import recipe as recipe_called
    from homeprices.workflows.training.train import TrainOrder
    from homeprices.workflows.training.train import train as train_model
    from homeprices.workflows.training.tune import Tuned
    from homeprices.workflows.training.workshop import workshop

    desk, training = _training(number)
    choices = [msgspec.convert(one, Tuned) for one in tuned]
    best = min(choices, key=lambda one: one.metrics["male"])
    is_seeded = training.seed > 0 and "seed" in recipe_called(best.recipe).parameters({})
    seed = {"seed": 1.0 + training.seed} if is_seeded else {}
    with ordering.refusals_kept(desk, training):
        made = train_model(
            TrainOrder(
                recipe=best.recipe,
                dataset=DatasetVersion.parse(training.dataset),
                parameters={**best.parameters, **seed},
                order=training.order,
                trials=best.trials,
            ),
            workshop(settings.load(), desk.stores),
            print,
        )
    return made.version


def track(model: str) -> str:
    """Log the model to MLflow; where that is away, housekeeping logs it later."""
    known = open_books(settings.load())
    if known is None:
        return "no tracking server is known"
    try:
        return f"run {track_version(ModelVersion.parse(model), known)}"
    except Unavailable as error:
        return f"{model} is untracked: {error.message}; housekeeping logs it later"


def serve(model: str) -> str:
    """Wait until its service serves the candidate; raises Declined while another is on trial."""
    loaded = settings.load()
    trial = bootstrap.stores(loaded).experiments.open_now()
    if trial is not None and trial.candidate != model:
        raise Declined(f"{model} waits until {trial.id} has ended: {trial.candidate} is on trial")
    served = bootstrap.served(loaded)
    return confirm(served, Slot.CANDIDATE, lambda version: version == model)


def open_trial(model: str) -> str:
    """Put the model on trial, once."""
    return try_candidate(trial_desk(settings.load()), ModelVersion.parse(model)).id


def end(number: str) -> None:
    """Let the next training begin; what came of this one is written beside it."""
    ordering.end_training(_desk(), TrainingId.parse(number))


def _desk() -> TrainingDesk:
    return training_desk(settings.load())


def _training(number: str) -> tuple[TrainingDesk, Training]:
    """The training; raises Declined once it has ended without a model: another may be under way."""
    desk = _desk()
    ending = desk.stores.trainings.ending(TrainingId.parse(number))
    if ending is not None and ending.model is None:
        raise Declined(f"{number} has ended: {ending.outcome.value}; start a new run")
    return desk, desk.stores.trainings.read(TrainingId.parse(number))
