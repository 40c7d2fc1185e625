"""The recipe of the Gaussian process: fit, left-out estimates, and the form that is served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from homeprices.valuation.formulas import PROCESS_FILE
from homeprices.valuation.gaussian_process import Process, fit_process, predict
from homeprices.valuation.kernel import KERNELS
from homeprices.valuation.learned import Floats, Learned, Material
from homeprices.valuation.parameters import GaussianProcessParameters, as_numbers, overridden
from homeprices.valuation.process import ProcessFormula
from homeprices.valuation.projection import served_form
from homeprices.valuation.sites import Encoder

_MOVED, _SEED = 2000, 1


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


def point_estimates(
    material: Material, asked: Material, parameters: GaussianProcessParameters
) -> Floats:
    """The log prices per area of the homes `asked` about, by the exact process."""
    order = np.random.default_rng(_SEED).permutation(len(material.target))
    basis = material.take(np.sort(order[: parameters.most_listings]))
    encoder = Encoder(basis)
    process, _ = fit_process(
        encoder.sites(basis),
        basis.target - basis.curve,
        basis.folds,
        KERNELS[material.facts.name],
        parameters.reweightings,
    )
    estimate: Floats = asked.curve + predict(process, encoder.sites(asked))
    return estimate


def served_differs(process: Process, content: bytes, material: Material, encoder: Encoder) -> float:
    """The most that the served form differs from the exact one, in log price.

    Asked for every home that it has learned from, and for some at the place of another.
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
    return most
