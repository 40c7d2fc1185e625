"""Searches the parameters of a recipe by cross-validation, resumable after any end.

The search is a study in a storage of Optuna's. What is suggested next depends
on the seed and on the trials that ended so far, and on nothing else: a study
that was killed and taken up again suggests what an undisturbed one would have.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from homeprices.datasets.clean import to_csv
from homeprices.domain.listing import Listing
from homeprices.domain.market import Market
from homeprices.domain.training import TuningTrial, TuningTrialState, best_so_far
from homeprices.valuation.train.cross_validation import FOLDS, CrossValidation, cv_metrics
from homeprices.valuation.train.fit import OnProgress
from homeprices.valuation.train.recipe import Dimension, Recipe
from homeprices.valuation.train.recipes import recipe_named

if TYPE_CHECKING:
    from optuna import Study
    from optuna.storages import BaseStorage
    from optuna.trial import FrozenTrial
    from optuna.trial import Trial as LiveTrial

DEFAULT_TRIALS = 30
# So many trials are drawn at random before the search learns from the earlier ones.
_AT_RANDOM = 8
# Each fold is compared with the best trial's in so many blocks of homes. Of 40 trials in 60
# orders this cost 58 % of the folds and never lost the best; a fold as one block, or the median
# of the other trials, lost it in 7 to 35 % of the orders (docs/tuning.md).
_BLOCKS = 5
_WORSE_BY_CHANCE = 0.1


@dataclass(frozen=True, slots=True)
class TuneOrder:
    """What to tune, and how long.

    At most `trials` sets of parameters are tried, those of an earlier, unfinished
    search included; none is begun when `seconds` have passed. Only a budget of
    trials repeats exactly.
    """

    recipe: str = "booster"
    trials: int = DEFAULT_TRIALS
    seconds: float | None = None
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Tuned:
    """The best parameters found, and how good they are by cross-validation.

    `parameters` are those that were searched; the others keep their defaults.
    `metrics` are over all folds; `default_metrics` those of the defaults.
    """

    recipe: str
    parameters: dict[str, float]
    metrics: dict[str, float]
    default_metrics: dict[str, float]
    trials: list[TuningTrial]
    study: str


def tune(
    order: TuneOrder,
    listings: Sequence[Listing],
    market: Market,
    studies: BaseStorage,
    progress: OnProgress,
) -> Tuned:
    """The parameters with the smallest mean absolute log error; the defaults are tried first.

    Raises NotFound for a recipe that we do not have, Refused for too few listings.
    """
    searched = _Searched(recipe_named(order.recipe), CrossValidation(listings, market))
    defaults = searched.defaults()
    standard = searched.errors(defaults)
    if not searched.recipe.search_space:
        metrics = cv_metrics(standard)
        return Tuned(order.recipe, {}, metrics, metrics, [], "")
    name = _name(order, to_csv(listings, market), standard)
    with _experiments_allowed():
        trials = _run(order, _open(studies, name), searched, progress)
    best = min((t for t in trials if t.value is not None), key=lambda t: (t.value, t.number))
    return Tuned(
        recipe=order.recipe,
        parameters=best.parameters,
        metrics=cv_metrics(searched.errors(best.parameters)),
        default_metrics=cv_metrics(standard),
        trials=trials,
        study=name,
    )


@dataclass(frozen=True, slots=True)
class _Searched:
    """A recipe on the folds of one dataset."""

    recipe: Recipe[Any]
    folds: CrossValidation

    def defaults(self) -> dict[str, float]:
        """The recipe's own values of what is searched."""
        known = self.recipe.parameters({})
        return {name: known[name] for name in self.recipe.search_space}

    def errors(self, parameters: Mapping[str, float]) -> list[np.ndarray]:
        """The log errors of each fold."""
        return [self.folds.errors(fold, self.recipe, parameters) for fold in range(FOLDS)]


def _name(order: TuneOrder, table: bytes, standard: list[np.ndarray]) -> str:
    """One study for one recipe, dataset, seed, and code: other code errs differently."""
    code = sha256(np.concatenate(standard).round(6).tobytes()).hexdigest()[:8]
    return f"{order.recipe} {sha256(table).hexdigest()[:12]} seed {order.seed} code {code}"


def _open(studies: BaseStorage, name: str) -> Study:
    """The study called `name`; trials that a killed search left running do not count."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        storage=studies,
        study_name=name,
        direction="minimize",
        load_if_exists=True,
        pruner=optuna.pruners.WilcoxonPruner(p_threshold=_WORSE_BY_CHANCE, n_startup_steps=_BLOCKS),
    )
    for left in study.get_trials(states=[optuna.trial.TrialState.RUNNING]):
        study.tell(left.number, state=optuna.trial.TrialState.FAIL)
    return study


@contextmanager
def _experiments_allowed() -> Iterator[None]:
    """Optuna warns that the pruner and the joint sampling may change: the lock keeps them."""
    from optuna.exceptions import ExperimentalWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        yield


def _run(
    order: TuneOrder, study: Study, searched: _Searched, progress: OnProgress
) -> list[TuningTrial]:
    from optuna.samplers import TPESampler
    from optuna.trial import TrialState as State

    begun = time.monotonic()
    trials = _ended(study)[: order.trials]
    if trials:
        progress(f"going on after {len(trials)} trials of an earlier search")
    while len(trials) < order.trials:
        if trials and order.seconds is not None and time.monotonic() - begun > order.seconds:
            break
        study.sampler = TPESampler(
            seed=order.seed * 100_003 + len(trials), n_startup_trials=_AT_RANDOM, multivariate=True
        )
        if not trials and not study.get_trials(states=[State.WAITING]):
            study.enqueue_trial(searched.defaults())
        _try(study, searched)
        trials = _ended(study)[: order.trials]
        progress(_words(trials, order.trials))
    return trials


def _try(study: Study, searched: _Searched) -> None:
    """One trial, fold by fold, ended as soon as it is worse than the best beyond chance."""
    from optuna.trial import TrialState as State

    trial, begun = study.ask(), time.monotonic()
    parameters = {
        name: _suggest(trial, name, d) for name, d in searched.recipe.search_space.items()
    }
    folds: list[float] = []
    is_pruned = False
    for fold in range(FOLDS):
        size = np.abs(searched.folds.errors(fold, searched.recipe, parameters))
        folds.append(float(size.mean()))
        for block, part in enumerate(np.array_split(size, _BLOCKS)):
            trial.report(float(part.mean()), fold * _BLOCKS + block)
        if is_pruned := trial.should_prune() and fold < FOLDS - 1:
            break
    trial.set_user_attr("parameters", parameters)
    trial.set_user_attr("folds", folds)
    trial.set_user_attr("seconds", round(time.monotonic() - begun, 2))
    if is_pruned:
        study.tell(trial, state=State.PRUNED)
    else:
        study.tell(trial, float(np.mean(folds)))


def _suggest(trial: LiveTrial, name: str, dimension: Dimension) -> float:
    """The next value, of as few digits as a person would write."""
    if dimension.is_whole:
        return trial.suggest_int(
            name, int(dimension.least), int(dimension.most), log=dimension.is_log
        )
    value = trial.suggest_float(name, dimension.least, dimension.most, log=dimension.is_log)
    return float(f"{value:.3g}")


def _ended(study: Study) -> list[TuningTrial]:
    """The trials that ended, in the order they were begun, numbered without the failed ones."""
    from optuna.trial import TrialState as State

    ended = study.get_trials(deepcopy=False, states=[State.COMPLETE, State.PRUNED])
    return [_trial(number, trial) for number, trial in enumerate(ended)]


def _trial(number: int, trial: FrozenTrial) -> TuningTrial:
    is_finished = trial.state.name == "COMPLETE"
    return TuningTrial(
        number=number,
        parameters=dict(trial.user_attrs["parameters"]),
        state=TuningTrialState.FINISHED if is_finished else TuningTrialState.PRUNED,
        value=trial.value if is_finished else None,
        folds=list(trial.user_attrs["folds"]),
        seconds=float(trial.user_attrs["seconds"]),
    )


def _words(trials: list[TuningTrial], budget: int) -> str:
    last = trials[-1]
    error = "cut short" if last.value is None else f"{last.value:.4f}"
    return f"trial {len(trials)} of {budget}: {error}, best {best_so_far(trials)[-1]:.4f}"
