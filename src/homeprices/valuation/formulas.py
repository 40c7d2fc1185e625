"""The formulas of the recipes in the form that services load: a weighted sum of members."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import exp
from typing import Protocol

from homeprices.valuation.facts import FactSet, picker
from homeprices.valuation.features import CURVE, LEAF, Subject
from homeprices.valuation.process import ProcessFormula
from homeprices.valuation.trees import Trees

BOOSTER_FILE, PROCESS_FILE = "booster.txt", "gaussian_process.msgpack"
SPREAD_FILE = "spread.txt"
Files = Mapping[str, bytes]


class Member(Protocol):
    """What one way to learn has learned, on the features of one home."""

    def point(self, values: Sequence[float], subject: Subject) -> float:
        """The log price per unit of area."""


class LinearFormula:
    """The size curve plus the level of the locality."""

    def point(self, values: Sequence[float], subject: Subject) -> float:
        """The log price per unit of area."""
        return values[CURVE] + values[LEAF]


class BoosterFormula:
    """A LightGBM model of the features that its facts allow."""

    def __init__(self, text: bytes, columns: Sequence[int]) -> None:
        self._trees = Trees(text)
        self._pick = picker(columns)

    def point(self, values: Sequence[float], subject: Subject) -> float:
        """The log price per unit of area."""
        return self._trees.predict(self._pick(values))


Opener = Callable[[Files, Sequence[int]], Member]
MEMBERS: Mapping[str, Opener] = {
    "linear": lambda files, columns: LinearFormula(),
    "booster": lambda files, columns: BoosterFormula(files[BOOSTER_FILE], columns),
    "gaussian_process": lambda files, columns: ProcessFormula(files[PROCESS_FILE]),
}


class Mix:
    """Members by weight, and how far off their sum is expected to be."""

    def __init__(
        self, members: Mapping[str, float], files: Files, facts: FactSet, width: int
    ) -> None:
        columns = facts.columns(width)
        self.facts = facts
        self._members = [
            (weight, MEMBERS[name](files, columns)) for name, weight in members.items()
        ]
        self._pick = picker(columns)
        self._spread = Trees(files[SPREAD_FILE]) if SPREAD_FILE in files else None

    def judge(self, values: Sequence[float], subject: Subject) -> tuple[float, float]:
        """The log price per unit of area, and the spread of its error in log price."""
        points = [member.point(values, subject) for _, member in self._members]
        total = sum(
            weight * point for (weight, _), point in zip(self._members, points, strict=True)
        )
        if self._spread is None:
            return total, 1.0
        apart = max(points) - min(points)
        return total, exp(self._spread.predict((*self._pick(values), total, apart)))
