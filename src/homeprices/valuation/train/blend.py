"""Recipe `blend`: the booster and the Gaussian process, each errs where the other does not."""

from dataclasses import dataclass

import numpy as np

from homeprices.valuation.arrays import Floats
from homeprices.valuation.train import boosting, gaussian_recipe
from homeprices.valuation.train.recipe import Dimension, Recipe
from homeprices.valuation.train.training_set import CVFold, FitResult, TrainingSet


@dataclass(frozen=True)
class BlendParameters(boosting.BoosterParameters, gaussian_recipe.GaussianProcessParameters):
    """Those of both members, and the weight of the booster for each feature set."""

    booster_in_four: float = 0.5
    booster_in_property: float = 0.45
    booster_in_all: float = 0.55


def _fit(training_set: TrainingSet, parameters: BlendParameters) -> FitResult:
    """A weighted mean of the log prices of the members."""
    booster = boosting.fit_booster(training_set, parameters)
    process = gaussian_recipe.fit_gaussian_process(training_set, parameters)
    weight: float = getattr(parameters, f"booster_in_{training_set.feature_set.name}")
    return FitResult(
        files={**booster.files, **process.files},
        estimate=weight * booster.estimate + (1 - weight) * process.estimate,
        members={"booster": weight, "gaussian_process": 1 - weight},
        disagreement=np.abs(booster.estimate - process.estimate),
        served_differs=process.served_differs,
    )


def _point_estimates(fold: CVFold, parameters: BlendParameters) -> Floats:
    weight = parameters.booster_in_four
    booster = boosting.booster_estimates(fold, parameters)
    return weight * booster + (1 - weight) * gaussian_recipe.process_estimates(fold, parameters)


BLEND = Recipe(
    "blend",
    BlendParameters(),
    _fit,
    _point_estimates,
    quick={**boosting.QUICK_TREES, **gaussian_recipe.QUICK_PROCESS},
    # Two boosters of all facts must fit into the size and the time that an estimate may take.
    search_space={
        **boosting.SEARCH_SPACE,
        "rounds": Dimension(60, 120, is_whole=True),
        "leaves": Dimension(12, 64, is_whole=True, is_log=True),
        "booster_in_four": Dimension(0.3, 0.8),
    },
)
