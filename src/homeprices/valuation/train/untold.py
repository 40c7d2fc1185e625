"""Counts how often listings have each value of a fact, for homes that do not tell it."""

from collections.abc import Sequence

import numpy as np

from homeprices.valuation.arrays import Flags, Floats, Integers
from homeprices.valuation.features.layout import FeatureLayout
from homeprices.valuation.predict.untold import LEAST_SHARE, MOST_BEDROOMS, UntoldShares

_MOST_BALCONIES = 3
# The share of all bedrooms counts as so many listings of each.
_SMOOTHING = 20.0


def fit_untold_shares(features: Floats, layout: FeatureLayout, area_types: int) -> UntoldShares:
    """The shares among the rows of `features` `(n, k)`; of those whose kind is known, by kind."""

    def column(name: str) -> Floats:
        return features[:, layout.position(name)]

    bedrooms = np.clip(column("bedrooms"), 1, MOST_BEDROOMS).astype(np.int64) - 1
    balconies = np.minimum(column("balconies"), _MOST_BALCONIES)
    house, ready = column("is_house"), column("is_ready")
    counted = _shares(ready, [np.ones(len(ready), dtype=bool)], 2)
    return UntoldShares(
        [
            _shares(np.where(house == kind, column("area_type"), np.nan), _by(bedrooms), area_types)
            for kind in (0.0, 1.0)
        ],
        counted[0],
        _shares(balconies, _by(bedrooms), _MOST_BALCONIES + 1),
    )


def _by(bedrooms: Integers) -> list[Flags]:
    return [bedrooms == number for number in range(MOST_BEDROOMS)]


def _shares(values: Floats, groups: Sequence[Flags], number: int) -> list[list[float]]:
    """How many of each group have the values 0 to `number` - 1, drawn to how many of all do.

    A list of nothing for each group where no row has any.
    """

    def counts(rows: Floats) -> Floats:
        known = rows[~np.isnan(rows)].astype(np.int64)
        return np.bincount(known, minlength=number).astype(np.float64)

    of_all = counts(values)
    if not of_all.sum():
        return [[] for _ in groups]
    smoothed = [counts(values[group]) + _SMOOTHING * of_all / of_all.sum() for group in groups]
    return [_without_rare(row / row.sum()) for row in smoothed]


def _without_rare(shares: Floats) -> list[float]:
    kept = np.where(shares < LEAST_SHARE, 0.0, shares)
    shared: list[float] = (kept / kept.sum()).tolist()
    return shared
