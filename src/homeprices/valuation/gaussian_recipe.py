"""The recipe of the Gaussian process: fit, left-out estimates, and the form that is served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from homeprices.domain.locality import Place
from homeprices.valuation.formulas import PROCESS_FILE
from homeprices.valuation.gaussian_process import Process, fit_process, predict
from homeprices.valuation.kernel import KERNELS
from homeprices.valuation.learned import Learned, Material
from homeprices.valuation.parameters import GaussianProcessParameters, as_numbers, overridden
from homeprices.valuation.process import ProcessFormula
from homeprices.valuation.projection import served_form
from homeprices.valuation.sites import Encoder

_COMPARED, _SEED = 2000, 1
_NOWHERE = Place("", "", "")


class GaussianProcess:
    """Recipe `gaussian_process`."""

    def parameters(self, overrides: Mapping[str, float]) -> dict[str, float]:
        """All parameters in force; raises BadInput."""
        return as_numbers(overridden(GaussianProcessParameters(), overrides))

    def learn(self, material: Material, overrides: Mapping[str, float]) -> Learned:
        """The formula learned from `material`; raises BadInput."""
        parameters = overridden(GaussianProcessParameters(), overrides)
        order = np.random.default_rng(_SEED).permutation(len(material.target))
        chosen = np.sort(order[: parameters.most_listings])
        others = np.sort(order[parameters.most_listings :])
        basis = material.take(chosen)
        encoder = Encoder(basis)
        process, left_out = fit_process(
            encoder.sites(basis),
            basis.target - basis.curve,
            basis.folds,
            KERNELS[material.facts.name],
            parameters.reweightings,
        )
        estimate = material.curve.copy()
        estimate[chosen] += left_out
        estimate[others] += predict(process, encoder.sites(material.take(others)))
        content = served_form(process, basis, encoder, parameters.basis_points)
        differs = {"gaussian_process": served_differs(process, content, basis, encoder)}
        nothing = np.zeros_like(estimate)
        members = {"gaussian_process": 1.0}
        return Learned({PROCESS_FILE: content}, estimate, members, nothing, differs)


def served_differs(process: Process, content: bytes, material: Material, encoder: Encoder) -> float:
    """The most that the served form differs from the exact one, in log price.

    Asked for homes as listed, for each at the place of another, and for each at a point
    of the map between two, where there are no listings.
    """
    rng = np.random.default_rng(_SEED)
    n = len(material.target)
    rows = rng.permutation(n)[:_COMPARED]
    listed = material.take(rows)
    elsewhere = material.take(rng.permutation(n)[:_COMPARED])
    moved = replace(listed, places=elsewhere.places, societies=elsewhere.societies)
    formula = ProcessFormula(content)
    most = 0.0
    for asked in (listed, moved):
        exact = predict(process, encoder.sites(asked))
        rest = zip(asked.features.tolist(), asked.places, asked.societies, strict=True)
        served = np.array([formula.residual(*one) for one in rest])
        most = max(most, float(np.max(np.abs(served - exact))))
    return max(most, _differs_between(process, formula, moved, encoder))


def _differs_between(
    process: Process, formula: ProcessFormula, homes: Material, encoder: Encoder
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
