"""The formulas of the recipes in the form that services load."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import exp

from homeprices.valuation.features import CURVE, LEAF
from homeprices.valuation.trees import Trees
from homeprices.valuation.valuer import Formula

POINT_FILE, SPREAD_FILE = "booster.txt", "spread.txt"


class LinearFormula:
    """The size curve plus the level of the locality; every error is expected to be alike."""

    def point(self, values: Sequence[float]) -> float:
        """The log price per unit of area."""
        return values[CURVE] + values[LEAF]

    def spread(self, values: Sequence[float], point: float) -> float:
        """One for all: the groups of the range carry the width."""
        return 1.0


class BoosterFormula:
    """Two LightGBM models: of the price, and of how far off it is."""

    def __init__(self, point: bytes, spread: bytes) -> None:
        self._point = Trees(point)
        self._spread = Trees(spread)

    def point(self, values: Sequence[float]) -> float:
        """The log price per unit of area."""
        return self._point.predict(values)

    def spread(self, values: Sequence[float], point: float) -> float:
        """The absolute error expected in log price."""
        return exp(self._spread.predict([*values, point]))


FORMULAS: Mapping[str, Callable[[Mapping[str, bytes]], Formula]] = {
    "linear": lambda _: LinearFormula(),
    "booster": lambda files: BoosterFormula(files[POINT_FILE], files[SPREAD_FILE]),
}
