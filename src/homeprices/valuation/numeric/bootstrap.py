"""The bootstrap: how sure a figure is, from drawing the homes again.

Efron and Tibshirani, An Introduction to the Bootstrap (1993): the percentile interval of
chapter 13. Two models that are asked about the same draws are compared in pairs (chapter 8):
what makes a home hard for both cancels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from homeprices.valuation.arrays import Floats, Integers

_SEED = 1


def resamples(homes: int, times: int) -> Integers:
    """Positions of homes drawn with replacement, `(times, homes)`; the same for equal numbers."""
    return np.random.default_rng(_SEED).integers(homes, size=(times, homes))


def percentile_interval(
    statistics: Sequence[float] | Floats, share: float = 0.95
) -> tuple[float, float]:
    """The interval that holds the middle `share` of the statistic over the resamples."""
    tails = [(1 - share) / 2, (1 + share) / 2]
    low, high = np.quantile(statistics, tails).tolist()
    return low, high
