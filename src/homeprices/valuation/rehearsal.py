"""What a model of four facts would be learned from, and homes that it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from homeprices.domain.listing import Listing
from homeprices.domain.market import Market
from homeprices.valuation.facts import FACT_SETS
from homeprices.valuation.finder import Finder
from homeprices.valuation.ground import features_of, features_out_of_fold, material_of, prepare
from homeprices.valuation.houses import open_houses
from homeprices.valuation.learned import Floats, Material
from homeprices.valuation.parameters import BoosterParameters, as_numbers
from homeprices.valuation.tables import Rows


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The material of a model, and unseen homes as a service would see them.

    `asked` are their features `(m, k)`, `target` `(m,)` their log prices per guarded area.
    """

    material: Material
    asked: Floats
    target: Floats


def rehearse(learn: Sequence[Listing], unseen: Sequence[Listing], market: Market) -> Rehearsal:
    """The material of `learn` and the features of `unseen`; raises Refused when too few."""
    ground = prepare(learn, market)
    prepared = features_out_of_fold(ground, as_numbers(BoosterParameters()))
    homes = [listing.home for listing in unseen]
    areas = [ground.guard.area(home) for home in homes]
    finder = Finder(ground.places, market)
    where = [finder.find(home.locality).place for home in homes]
    target = np.array([log(row.price / area) for row, area in zip(unseen, areas, strict=True)])
    houses = open_houses(prepared.houses, prepared.tables.house_share)
    asked = features_of(prepared.tables, Rows(homes, areas, where, target), houses)
    return Rehearsal(material_of(ground, prepared, FACT_SETS["four"]), asked, target)
