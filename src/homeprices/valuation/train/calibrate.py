"""Learns the ranges from residuals of homes that the formula had not seen.

Quantile regression (Koenker and Bassett, Econometrica 46, 1978) on overlapping
groups gives each group its coverage at once; its dual is a small linear programme.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import linprog

from homeprices.valuation.features.definitions import LOG_AREA
from homeprices.valuation.predict.intervals import (
    GROUPS,
    OF_THE_HOME,
    PRICE_GROUPS,
    Distances,
    Ranges,
    groups_of,
)
from homeprices.valuation.train.training_set import FitResult, Floats, TrainingSet
from homeprices.valuation.train.unlisted_localities import UnlistedError

# Groups with fewer homes take what the others say.
_FEWEST = 50


def fit_ranges(
    material: TrainingSet,
    learned: FitResult,
    spread: Floats,
    levels: UnlistedError,
    coverage: float,
) -> Ranges:
    """Ranges from residuals (log actual minus log estimate) out of fold, and their spreads.

    As many homes shall fall below them as above. What is not known of a place without listings,
    its level, comes on top of what is not known of a home in a known place.
    """
    residual = material.target - learned.estimate
    log_price = learned.estimate + material.features[:, LOG_AREA]
    edges = np.quantile(log_price, np.arange(1, PRICE_GROUPS) / PRICE_GROUPS).tolist()
    house = material.features[:, material.facts.house]
    rows = zip(material.features.tolist(), house.tolist(), log_price.tolist(), strict=True)
    members = [groups_of(values, h, price, edges) for values, h, price in rows]
    groups = np.zeros((len(members), GROUPS))
    for row, member in enumerate(members):
        groups[row, member] = 1.0
    homes = np.zeros_like(groups)
    homes[:, OF_THE_HOME] = groups[:, OF_THE_HOME]
    city = _distances(homes, residual + levels.city, coverage)
    near = ~np.isnan(levels.neighbourhood)
    around = (residual + levels.neighbourhood)[near]
    ranges = Ranges(
        coverage,
        _distances(groups, residual / spread, coverage),
        city,
        _distances(homes[near], around, coverage) if len(around) >= _FEWEST else city,
        edges,
        0.0,
    )
    return replace(ranges, width=_median_width(ranges, members, spread))


def _distances(groups: Floats, values: Floats, coverage: float) -> Distances:
    low = quantile_regression(groups, values, (1 - coverage) / 2)
    high = quantile_regression(groups, values, (1 + coverage) / 2)
    return Distances(low.tolist(), high.tolist())


def _median_width(ranges: Ranges, members: Sequence[Sequence[int]], spread: Floats) -> float:
    around = [
        ranges.around(member, size, 1.0)
        for member, size in zip(members, spread.tolist(), strict=True)
    ]
    down, up = np.exp(np.array(around)).T
    return float(np.median(up - down))


def quantile_regression(indicators: Floats, values: Floats, share: float) -> Floats:
    """Coefficients `(k,)` whose sum over a row's indicators is above `share` of the values."""
    used = indicators.sum(axis=0) >= _FEWEST
    used[0] = True
    x = indicators[:, used]
    solved = linprog(
        -values, A_eq=x.T, b_eq=(1 - share) * x.sum(axis=0), bounds=(0, 1), method="highs"
    )
    found = np.zeros(indicators.shape[1])
    found[used] = -solved.eqlin.marginals
    return found
