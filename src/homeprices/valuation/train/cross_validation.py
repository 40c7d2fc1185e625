"""What a model of four facts would be learned from, and homes that it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import log

import numpy as np

from homeprices.domain.listing import Listing
from homeprices.domain.market import Market
from homeprices.valuation.features.definitions import curve_value
from homeprices.valuation.features.feature_sets import FACT_SETS
from homeprices.valuation.localities.resolver import LocalityResolver
from homeprices.valuation.predict.property_type import open_property_type
from homeprices.valuation.train.gaussian_recipe import point_estimates
from homeprices.valuation.train.parameters import (
    BoosterParameters,
    GaussianProcessParameters,
    as_numbers,
)
from homeprices.valuation.train.preprocessing import (
    features_of,
    features_out_of_fold,
    material_of,
    prepare,
)
from homeprices.valuation.train.target_encodings import EncodingRows
from homeprices.valuation.train.training_set import Floats, TrainingSet


@dataclass(frozen=True, eq=False)
class CVFold:
    """The material of a model, and unseen homes as a service would see them."""

    material: TrainingSet
    asked: TrainingSet

    @cached_property
    def process(self) -> Floats:
        """What the Gaussian process answers: nothing of it is searched, so it is asked once."""
        return point_estimates(self.material, self.asked, GaussianProcessParameters())


def rehearse(learn: Sequence[Listing], unseen: Sequence[Listing], market: Market) -> CVFold:
    """The material of `learn` and the features of `unseen`; raises Refused when too few."""
    ground = prepare(learn, market)
    prepared = features_out_of_fold(ground, as_numbers(BoosterParameters()))
    homes = [listing.home for listing in unseen]
    areas = [ground.guard.area(home) for home in homes]
    finder = LocalityResolver(ground.places, market)
    where = [finder.find(home.locality).place for home in homes]
    target = np.array([log(row.price / area) for row, area in zip(unseen, areas, strict=True)])
    houses = open_property_type(prepared.houses, prepared.tables.house_share)
    material, tables = material_of(ground, prepared, FACT_SETS["four"]), prepared.tables
    asked = replace(
        material,
        features=features_of(tables, EncodingRows(homes, areas, where, target), houses),
        target=target,
        curve=np.array([curve_value(tables, *one) for one in zip(areas, homes, strict=True)]),
        folds=np.zeros(len(homes), dtype=np.int64),
        places=where,
        societies=[None] * len(homes),
    )
    return CVFold(material, asked)
