"""The recipe of the Gaussian process: fit, left-out estimates, and the form that is served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from homeprices.domain.locality import Place
from homeprices.valuation.numeric.kernel import KERNELS
from homeprices.valuation.numeric.sites import Encoder
from homeprices.valuation.predict.ensemble import PROCESS_FILE
from homeprices.valuation.predict.gaussian_process import ProcessFormula
from homeprices.valuation.train.gaussian_process import FittedProcess, fit_process, predict
from homeprices.valuation.train.parameters import GaussianProcessParameters, as_numbers, overridden
from homeprices.valuation.train.projection import served_form
from homeprices.valuation.train.training_set import FitResult, Floats, TrainingSet

_MOVED, _SEED = 2000, 1
_NOWHERE = Place("", "", "")


class GaussianProcess:
    """Recipe `gaussian_process`."""

    def parameters(self, overrides: Mapping[str, float]) -> dict[str, float]:
        """All parameters in force; raises BadInput."""
        return as_numbers(overridden(GaussianProcessParameters(), overrides))

    def learn(self, material: TrainingSet, overrides: Mapping[str, float]) -> FitResult:
        """The formula learned from `material`; raises BadInput."""
        parameters = overridden(GaussianProcessParameters(), overrides)
        fitted = _fitted(material, parameters)
        process, encoder = fitted.process, fitted.encoder
        estimate = material.curve.copy()
        estimate[fitted.chosen] += fitted.left_out
        estimate[fitted.others] += predict(process, encoder.sites(material.take(fitted.others)))
        content = served_form(process, fitted.basis, encoder, parameters.basis_points)
        differs = {"gaussian_process": served_differs(process, content, fitted.basis, encoder)}
        nothing = np.zeros_like(estimate)
        members = {"gaussian_process": 1.0}
        return FitResult({PROCESS_FILE: content}, estimate, members, nothing, differs)


@dataclass(frozen=True, slots=True)
class _Fitted:
    """The process of the rows `chosen`, their estimates without their folds, and the `others`."""

    process: FittedProcess
    encoder: Encoder
    basis: TrainingSet
    left_out: Floats
    chosen: npt.NDArray[np.int64]
    others: npt.NDArray[np.int64]


def _fitted(material: TrainingSet, parameters: GaussianProcessParameters) -> _Fitted:
    order = np.random.default_rng(_SEED).permutation(len(material.target))
    chosen = np.sort(order[: parameters.most_listings])
    basis = material.take(chosen)
    encoder = Encoder(basis)
    process, left_out = fit_process(
        encoder.sites(basis),
        basis.target - basis.curve,
        basis.folds,
        KERNELS[material.facts.name],
        parameters.reweightings,
    )
    others = np.sort(order[parameters.most_listings :])
    return _Fitted(process, encoder, basis, left_out, chosen, others)


def point_estimates(
    material: TrainingSet, asked: TrainingSet, parameters: GaussianProcessParameters
) -> Floats:
    """The log prices per area of the homes `asked` about, by the exact process."""
    fitted = _fitted(material, parameters)
    estimate: Floats = asked.curve + predict(fitted.process, fitted.encoder.sites(asked))
    return estimate


def served_differs(
    process: FittedProcess, content: bytes, material: TrainingSet, encoder: Encoder
) -> float:
    """The most that the served form differs from the exact one, in log price.

    Asked for every home that it has learned from, for some at the place of another, and for
    these at a point of the map between two, where there are no listings.
    """
    rng = np.random.default_rng(_SEED)
    n = len(material.target)
    some, others = (material.take(rng.permutation(n)[:_MOVED]) for _ in range(2))
    moved = replace(some, places=others.places, societies=others.societies)
    formula = ProcessFormula(content)
    most = 0.0
    for asked in (material, moved):
        exact = predict(process, encoder.sites(asked))
        rest = zip(asked.features.tolist(), asked.places, asked.societies, strict=True)
        served = np.array([formula.residual(*one) for one in rest])
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
