"""The formulas of the recipes in the form that services load: a weighted sum of members."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import exp
from typing import Protocol

from homeprices.valuation.features.definitions import CURVE, LEAF, ModelInput
from homeprices.valuation.features.feature_sets import FeatureSet, picker
from homeprices.valuation.predict.gaussian_process import ProcessFormula
from homeprices.valuation.predict.trees import Trees

PROCESS_FILE = "gaussian_process.msgpack"
SPREAD_FILE = "spread.txt"
Files = Mapping[str, bytes]


def booster_file(number: int) -> str:
    """The name of the file of a booster, the first being 0."""
    return f"booster_{number + 1}.txt"


class Member(Protocol):
    """What one way to learn has learned, on the features of one home."""

    def point(self, values: Sequence[float], subject: ModelInput) -> float:
        """The log price per unit of area."""


class LinearFormula:
    """The size curve plus the level of the locality."""

    def point(self, values: Sequence[float], subject: ModelInput) -> float:
        """The log price per unit of area."""
        return values[CURVE] + values[LEAF]


class BoosterFormula:
    """The mean of LightGBM models of the features that their facts allow."""

    def __init__(self, texts: Sequence[bytes], columns: Sequence[int]) -> None:
        self._trees = [Trees(text) for text in texts]
        self._pick = picker(columns)

    def point(self, values: Sequence[float], subject: ModelInput) -> float:
        """The log price per unit of area."""
        seen = self._pick(values)
        return sum([trees.predict(seen) for trees in self._trees]) / len(self._trees)


Opener = Callable[[Files, FeatureSet, int], Member]
MEMBERS: Mapping[str, Opener] = {
    "linear": lambda files, facts, width: LinearFormula(),
    "booster": lambda files, facts, width: BoosterFormula(
        [files[booster_file(i)] for i in range(facts.boosters)], facts.columns(width)
    ),
    "gaussian_process": lambda files, facts, width: ProcessFormula(files[PROCESS_FILE]),
}


class Ensemble:
    """Members by weight, and how far off their sum is expected to be."""

    def __init__(
        self, members: Mapping[str, float], files: Files, facts: FeatureSet, width: int
    ) -> None:
        self.facts = facts
        self._weights = list(members.values())
        self._members = [MEMBERS[name](files, facts, width) for name in members]
        self._pick = picker(facts.columns(width))
        self._spread = Trees(files[SPREAD_FILE]) if SPREAD_FILE in files else None

    def judge(self, values: Sequence[float], subject: ModelInput) -> tuple[float, float]:
        """The log price per unit of area, and the spread of its error in log price."""
        points = [member.point(values, subject) for member in self._members]
        total = sum([w * point for w, point in zip(self._weights, points, strict=True)])
        if self._spread is None:
            return total, 1.0
        apart = max(points) - min(points)
        return total, exp(self._spread.predict((*self._pick(values), total, apart)))
