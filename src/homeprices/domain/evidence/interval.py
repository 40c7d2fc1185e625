"""How much smaller the candidate's error is: a band that holds at all looks together.

Of each reduction m it is asked whether the mean of (1 - m) Lp - Lc may be 0: a bet that it is
larger and a bet that it is smaller. What neither has refuted is in the band. All m share one
stake, which is made of the labels before (the predictable plug-in of Waudby-Smith and
Ramdas, 2024, section 4): one number for each m and side instead of sixteen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from homeprices.domain.evidence.bet import FloatArray

REDUCTIONS: FloatArray = np.round(np.arange(-50, 51) / 100, 2)
SIDE_ALPHA = 0.025
LARGEST_STAKE = 0.75
# Half the range of a stake: what the spread is taken for before the first label.
PRIOR_VARIANCE = 0.25


@dataclass(frozen=True, slots=True)
class ErrorReduction:
    """The bets on every reduction, and count, sum and squares of the differences so far."""

    above: tuple[float, ...] = (0.0,) * len(REDUCTIONS)
    below: tuple[float, ...] = (0.0,) * len(REDUCTIONS)
    labels: int = 0
    total: float = 0.0
    squares: float = 0.0

    def after(self, production: FloatArray, candidate: FloatArray, bound: float) -> ErrorReduction:
        """The bets after labels with these losses (n,), differences clipped to -bound..bound."""
        differences = np.clip((production - candidate) / bound, -1, 1)
        stakes = self._stakes(differences)[:, None]
        rest = np.outer(production, 1 - REDUCTIONS) - candidate[:, None]
        shares = stakes * np.clip(rest / bound, -1, 1)
        return ErrorReduction(
            above=tuple((np.array(self.above) + np.log1p(shares).sum(axis=0)).tolist()),
            below=tuple((np.array(self.below) + np.log1p(-shares).sum(axis=0)).tolist()),
            labels=self.labels + len(differences),
            total=self.total + float(differences.sum()),
            squares=self.squares + float((differences**2).sum()),
        )

    def band(self) -> tuple[float, float] | None:
        """The smallest and largest reduction that is not refuted; None before the first label.

        The ends of the grid, -0.5 and 0.5, mean "or beyond".
        """
        if not self.labels:
            return None
        most = np.log(1 / SIDE_ALPHA)
        kept = REDUCTIONS[(np.array(self.above) < most) & (np.array(self.below) < most)]
        if not len(kept):
            # It lies between two points: those below are refuted from above, the rest from below.
            place = int((np.array(self.above) >= most).sum())
            between = float(REDUCTIONS[min(place, len(REDUCTIONS) - 1)])
            return between, between
        return float(kept[0]), float(kept[-1])

    def _stakes(self, differences: FloatArray) -> FloatArray:
        """The stake on each label, made of those before it alone."""
        before = self.labels + np.arange(len(differences))
        totals = self.total + np.concatenate([[0.0], np.cumsum(differences)[:-1]])
        squares = self.squares + np.concatenate([[0.0], np.cumsum(differences**2)[:-1]])
        counts = np.maximum(before, 1)
        spread = np.maximum(squares - totals**2 / counts, 0) + PRIOR_VARIANCE
        variance = spread / (before + 1)
        times = before + 1
        stakes = np.sqrt(2 * np.log(1 / SIDE_ALPHA) / (variance * times * np.log1p(times)))
        capped: FloatArray = np.minimum(stakes, LARGEST_STAKE)
        return capped
