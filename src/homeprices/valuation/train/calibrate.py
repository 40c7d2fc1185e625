"""Learns the ranges from residuals of homes that the formula had not seen.

Quantile regression (Koenker and Bassett, Econometrica 46, 1978) on overlapping
groups gives each group its coverage at once; its dual is a small linear programme.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import isotonic_regression, linprog

from homeprices.valuation.arrays import Flags, Floats
from homeprices.valuation.predict.intervals import (
    GROUPS,
    NEAR,
    OF_THE_HOME,
    PRICE_GROUPS,
    Distances,
    NearChance,
    Ranges,
    group_features,
    groups_of,
)
from homeprices.valuation.train.target_encodings import UnlistedLocalityError
from homeprices.valuation.train.training_set import FitResult, TrainingSet

# Groups with fewer homes take what the others say.
_FEWEST = 50
# So many homes of about one reach give one chance; of so many reaches at most.
_OF_ONE_REACH, _MOST_REACHES = 60, 40


@dataclass(frozen=True, slots=True)
class CalibratedRanges:
    """Ranges as they were learned, and how wide that of each row is by its price, `(n,)`."""

    ranges: Ranges
    widths: Floats


def fit_ranges(
    training_set: TrainingSet,
    fit_result: FitResult,
    error_scale: Floats,
    unlisted: UnlistedLocalityError,
    coverage: float,
) -> CalibratedRanges:
    """Ranges from residuals (log actual minus log estimate) out of fold, and their error scales.

    As many homes shall fall below them as above. What is not known of a place without listings,
    its level, comes on top of what is not known of a home in a known place.
    """
    residual = training_set.target - fit_result.estimate
    log_price = fit_result.estimate + training_set.column("log_area")
    edges = np.quantile(log_price, np.arange(1, PRICE_GROUPS) / PRICE_GROUPS).tolist()
    members = _members(training_set, log_price, edges)
    groups = np.zeros((len(members), GROUPS))
    for row, member in enumerate(members):
        groups[row, member] = 1.0
    homes = np.zeros_like(groups)
    homes[:, OF_THE_HOME] = groups[:, OF_THE_HOME]
    city = _distances(homes, residual + unlisted.city, coverage)
    near = ~np.isnan(unlisted.neighbourhood)
    off = (residual + unlisted.neighbourhood)[near]
    ranges = Ranges(
        coverage,
        _distances(groups, residual / error_scale, coverage),
        city,
        _distances(homes[near], off, coverage) if len(off) >= _FEWEST else city,
        edges,
        0.0,
    )
    down, up = _around(ranges, members, error_scale).T
    widths, chance = np.exp(up) - np.exp(down), near_chance((up - down) / 2, residual)
    ranges = replace(ranges, width=float(np.median(widths)), near_chance=chance)
    return CalibratedRanges(ranges, widths)


def narrowing(widths: Floats, others: Mapping[str, Floats], given: Flags) -> dict[str, float]:
    """`Ranges.narrower_than` of a set with these `widths` `(n,)`, beside those of other sets.

    Over the rows that have all its facts, which are `given` `(n,)`: the others do not tell what
    giving them does. {} where there are none.
    """
    if not given.any():
        return {}
    own = float(np.median(widths[given]))
    return {name: 1 - own / float(np.median(other[given])) for name, other in others.items()}


def _members(
    training_set: TrainingSet, log_price: Floats, edges: Sequence[float]
) -> list[list[int]]:
    """The groups that each listing belongs to."""
    columns = training_set.layout.positions(group_features(training_set.feature_set))
    rows = zip(training_set.features[:, columns].tolist(), log_price.tolist(), strict=True)
    return [groups_of(inputs, price, edges) for inputs, price in rows]


def near_chance(reach: Floats, residual: Floats) -> NearChance:
    """The chance of a price near its estimate by the reach of its range, `(n,)` each.

    Shares of groups of homes of about one reach, made to fall where it grows (Barlow and others,
    Statistical inference under order restrictions, 1972): a wider range is never the surer one.
    """
    is_near = np.abs(np.expm1(residual)) <= NEAR
    groups = max(1, min(_MOST_REACHES, len(reach) // _OF_ONE_REACH))
    parts = np.array_split(np.argsort(reach, kind="stable"), groups)
    reaches = [float(reach[part].mean()) for part in parts]
    shares = np.array([is_near[part].mean() for part in parts])
    sizes = np.array([float(len(part)) for part in parts])
    falling = isotonic_regression(shares, weights=sizes, increasing=False).x
    return NearChance(reaches, falling.tolist())


def _distances(groups: Floats, values: Floats, coverage: float) -> Distances:
    low = quantile_regression(groups, values, (1 - coverage) / 2)
    high = quantile_regression(groups, values, (1 + coverage) / 2)
    return Distances(low.tolist(), high.tolist())


def _around(ranges: Ranges, members: Sequence[Sequence[int]], error_scale: Floats) -> Floats:
    """How far the ranges reach down and up in log price, `(n, 2)`."""
    scales = error_scale.tolist()
    rows = zip(members, scales, strict=True)
    return np.array([ranges.around(member, scale, 1.0) for member, scale in rows])


def quantile_regression(indicators: Floats, values: Floats, share: float) -> Floats:
    """Coefficients `(k,)` whose sum over a row's indicators is above `share` of the values."""
    used = indicators.sum(axis=0) >= _FEWEST
    used[0] = True
    x = indicators[:, used]
    # Nothing of it can be presolved away, and looking for that takes most of the time.
    solved = linprog(
        -values,
        A_eq=x.T,
        b_eq=(1 - share) * x.sum(axis=0),
        bounds=(0, 1),
        method="highs-ds",
        options={"presolve": False},
    )
    coefficients = np.zeros(indicators.shape[1])
    coefficients[used] = -solved.eqlin.marginals
    return coefficients
