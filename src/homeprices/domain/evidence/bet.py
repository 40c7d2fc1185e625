"""A bet against "no better": wealth that a fair game would not let grow.

Start with 1. At each outcome z stake a part lambda of the wealth on z being
positive: the wealth is multiplied by 1 + lambda z. If z has a mean of 0 or less whatever
happened before, no strategy makes the wealth grow on average, and the chance that it EVER
reaches 1 / a is at most a (Ville's inequality). So it may be looked at every hour. A wealth of
20 is one chance in twenty, for all looks together.

No lambda is right for every effect, so sixteen are played side by side with a
sixteenth of the wealth each (Waudby-Smith and Ramdas, "Estimating means of bounded random
variables by betting", 2024).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

BETS = 16
# Parts of the wealth, of a stake between -1 and 1.
GRID: FloatArray = np.geomspace(0.02, 0.95, BETS)


@dataclass(frozen=True, slots=True)
class Bet:
    """The wealth of each of the sixteen, as logarithms; judges the mean of the CLIPPED stakes."""

    log_wealth: tuple[float, ...] = (0.0,) * BETS

    def after(self, stakes: FloatArray, bound: float) -> Bet:
        """The wealth after `stakes` (n,), each clipped to -bound..bound.

        >>> round(Bet().after(np.array([0.25] * 5), bound=0.25).log_e, 3)
        1.638
        """
        gains = log_factors(stakes, bound).sum(axis=0)
        return Bet(tuple((np.array(self.log_wealth) + gains).tolist()))

    @property
    def log_e(self) -> float:
        """The logarithm of the whole wealth: of the mean of the sixteen."""
        return log_mean_exp(np.array(self.log_wealth))


def log_factors(stakes: FloatArray, bound: float) -> FloatArray:
    """What each stake (n,) adds to the logarithm of each wealth: (n, 16)."""
    shares = np.clip(stakes, -bound, bound) / bound
    factors: FloatArray = np.log1p(np.outer(shares, GRID))
    return factors


def log_mean_exp(logs: FloatArray) -> float:
    """log(mean(exp(logs))) of (n,), safe for large ones."""
    top = float(logs.max())
    return top + float(np.log(np.exp(logs - top).mean()))


def log_increments(factors: FloatArray) -> FloatArray:
    """How much each of n outcomes raised the logarithm of the whole wealth.

    `factors` are (n, bets): what each outcome adds to the logarithm of each wealth.
    """
    wealth = np.vstack([np.zeros((1, factors.shape[1])), np.cumsum(factors, axis=0)])
    top = wealth.max(axis=1)
    log_e = top + np.log(np.exp(wealth - top[:, None]).mean(axis=1))
    increments: FloatArray = np.diff(log_e)
    return increments
