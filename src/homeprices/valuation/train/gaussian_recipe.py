"""Recipe `gaussian_process`: fit, left-out estimates, and the form that is served."""

from dataclasses import dataclass, replace

import numpy as np

from homeprices.domain.locality import Place
from homeprices.valuation.arrays import Floats, Integers
from homeprices.valuation.numeric.sites import Encoder
from homeprices.valuation.predict.gaussian_process import ProcessFormula
from homeprices.valuation.predict.members import PROCESS_FILE
from homeprices.valuation.train.gaussian_process import FittedProcess, fit_process, predict
from homeprices.valuation.train.projection import served_form
from homeprices.valuation.train.recipe import QUICK_FIT, FitParameters, Recipe
from homeprices.valuation.train.training_set import CVFold, FitResult, TrainingSet

_MOVED, _SEED = 2000, 1
_NOWHERE = Place("", "", "")


@dataclass(frozen=True)
class GaussianProcessParameters(FitParameters):
    """Points of the served form, rounds of reweighting, and listings to learn from at most.

    Memory grows with the square of `most_listings`: 12,000 take about 2 GB.
    """

    basis_points: int = 400
    reweightings: int = 3
    most_listings: int = 12_000


QUICK_PROCESS = {**QUICK_FIT, "basis_points": 200, "most_listings": 1_000}


def fit_gaussian_process(
    training_set: TrainingSet, parameters: GaussianProcessParameters
) -> FitResult:
    """The process in its served form, its left-out estimates, and how far the forms differ."""
    fitted = _fitted(training_set, parameters)
    process, encoder = fitted.process, fitted.encoder
    estimate = training_set.curve.copy()
    estimate[fitted.chosen] += fitted.left_out
    estimate[fitted.others] += predict(process, encoder.sites(training_set.take(fitted.others)))
    content = served_form(process, fitted.basis, encoder, parameters.basis_points)
    differs = {"gaussian_process": served_differs(process, content, fitted.basis, encoder)}
    nothing = np.zeros_like(estimate)
    members = {"gaussian_process": 1.0}
    return FitResult({PROCESS_FILE: content}, estimate, members, nothing, differs)


def process_estimates(fold: CVFold, _: GaussianProcessParameters) -> Floats:
    """The log prices per area of the unseen homes, by the exact process.

    Nothing of it is searched: it has its defaults, and is asked once.
    """

    def estimates() -> Floats:
        fitted = _fitted(fold.training_set, GaussianProcessParameters())
        sites = fitted.encoder.sites(fold.unseen)
        estimate: Floats = fold.unseen.curve + predict(fitted.process, sites)
        return estimate

    return fold.once("gaussian_process", estimates)


@dataclass(frozen=True, slots=True)
class _Fitted:
    """The process of the rows `chosen`, their estimates without their folds, and the `others`."""

    process: FittedProcess
    encoder: Encoder
    basis: TrainingSet
    left_out: Floats
    chosen: Integers
    others: Integers


def _fitted(training_set: TrainingSet, parameters: GaussianProcessParameters) -> _Fitted:
    order = np.random.default_rng(_SEED).permutation(len(training_set.target))
    chosen = np.sort(order[: parameters.most_listings])
    basis = training_set.take(chosen)
    encoder = Encoder(basis)
    process, left_out = fit_process(
        encoder.sites(basis),
        basis.target - basis.curve,
        basis.folds,
        training_set.kernel,
        parameters.reweightings,
    )
    others = np.sort(order[parameters.most_listings :])
    return _Fitted(process, encoder, basis, left_out, chosen, others)


def served_differs(
    process: FittedProcess, content: bytes, training_set: TrainingSet, encoder: Encoder
) -> float:
    """The most that the served form differs from the exact one, in log price.

    Asked for every home that it has learned from, for some at the place of another, and for
    these at a point of the map between two, where there are no listings.
    """
    rng = np.random.default_rng(_SEED)
    n = len(training_set.target)
    some, others = (training_set.take(rng.permutation(n)[:_MOVED]) for _ in range(2))
    moved = replace(some, places=others.places, societies=others.societies)
    formula = ProcessFormula(content, training_set.layout, training_set.feature_set)
    most = 0.0
    for homes in (training_set, moved):
        exact = predict(process, encoder.sites(homes))
        rows = zip(homes.features.tolist(), homes.places, homes.societies, strict=True)
        served = np.array([formula.residual(*row) for row in rows])
        most = max(most, float(np.max(np.abs(served - exact))))
    return max(most, _differs_between(process, formula, moved, encoder))


def _differs_between(
    process: FittedProcess, formula: ProcessFormula, homes: TrainingSet, encoder: Encoder
) -> float:
    """The most that the forms differ for `homes` halfway from one to the next, in log price."""
    there = encoder.sites(homes).position
    halfway = (there + np.roll(there, 1, axis=0)) / 2
    on_the_map = np.flatnonzero(~np.isnan(halfway[:, 0]))
    nowhere = replace(homes.take(on_the_map), places=[_NOWHERE] * len(on_the_map))
    points = [(east, north) for east, north in halfway[on_the_map].tolist()]
    sites = replace(encoder.sites(nowhere), position=halfway[on_the_map])
    exact = predict(process, replace(sites, society=np.full(len(points), -1)))
    rows = zip(nowhere.features.tolist(), points, strict=True)
    served = [formula.residual(values, _NOWHERE, None, at) for values, at in rows]
    return float(np.max(np.abs(np.array(served) - exact), initial=0.0))


GAUSSIAN_PROCESS = Recipe(
    "gaussian_process",
    GaussianProcessParameters(),
    fit_gaussian_process,
    process_estimates,
    quick=QUICK_PROCESS,
)
