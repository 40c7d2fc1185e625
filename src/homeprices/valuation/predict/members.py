"""The ways to learn, in the form that services load, and their weighted sum.

A member is declared once, in `MEMBERS`: its name, what a card says of it, and how its files are
opened. How it is learned is its recipe's (`train.recipes`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import exp
from operator import mul
from typing import Protocol

from homeprices.valuation.features.encodings import ModelInput
from homeprices.valuation.features.feature_sets import FeatureSet
from homeprices.valuation.features.layout import FeatureLayout
from homeprices.valuation.predict.gaussian_process import ProcessFormula
from homeprices.valuation.predict.trees import Trees
from homeprices.valuation.predict.untold import Alternatives

PROCESS_FILE, ERROR_SCALE_FILE = "gaussian_process.msgpack", "error_scale.txt"


@dataclass(frozen=True, slots=True)
class MemberFiles:
    """What a member is opened from: its files, and the features that it may see, by name."""

    files: Mapping[str, bytes]
    feature_set: FeatureSet
    features: Sequence[str]
    layout: FeatureLayout


FeatureRows = Sequence[Sequence[float]]


class Member(Protocol):
    """What one way to learn has learned, on the features of the homes that one may be."""

    def points(self, rows: FeatureRows, model_input: ModelInput) -> Sequence[float]:
        """The log price per unit of area, for each row of features."""


@dataclass(frozen=True, slots=True)
class MemberKind:
    """A way to learn: `method` says to the reader of a card how it finds a price."""

    name: str
    method: str
    load: Callable[[MemberFiles], Member]


def booster_file(number: int) -> str:
    """The name of the file of a booster, the first being 0."""
    return f"booster_{number + 1}.txt"


class LinearFormula:
    """The size curve plus the level of the locality."""

    def __init__(self, source: MemberFiles) -> None:
        self._size_curve = source.layout.position("size_curve")
        self._level = source.layout.position("sublocality_level")

    def points(self, rows: FeatureRows, model_input: ModelInput) -> Sequence[float]:
        """The log price per unit of area, for each row of features."""
        return [values[self._size_curve] + values[self._level] for values in rows]


class BoosterFormula:
    """The mean of LightGBM models of the features that their facts allow."""

    def __init__(self, source: MemberFiles) -> None:
        numbers = range(source.feature_set.boosters)
        self._trees = [Trees(source.files[booster_file(i)]) for i in numbers]
        self._pick = source.layout.picker(source.features)

    def points(self, rows: FeatureRows, model_input: ModelInput) -> Sequence[float]:
        """The log price per unit of area, for each row of features."""
        return [self._point(self._pick(values)) for values in rows]

    def _point(self, seen: Sequence[float]) -> float:
        return sum([trees.predict(seen) for trees in self._trees]) / len(self._trees)


LINEAR = MemberKind(
    "linear",
    "Linear: a curve of log price per area over size and rooms, plus the level of the "
    "locality, shrunk to that of the wider locality where listings are few.",
    LinearFormula,
)
BOOSTER = MemberKind(
    "booster",
    "Booster: boosted trees (LightGBM) of the log price per area. They see size, "
    "rooms, the levels of the locality and of what lies around it, listings of the same size "
    "there, and how likely the home is a house on its plot.",
    BoosterFormula,
)
GAUSSIAN_PROCESS = MemberKind(
    "gaussian_process",
    "Gaussian process: what a home has in common with listings by size, "
    "place, project and society, weighed by how alike they are; odd prices count less.",
    lambda source: ProcessFormula(source.files[PROCESS_FILE], source.layout, source.feature_set),
)
MEMBERS = {member.name: member for member in (LINEAR, BOOSTER, GAUSSIAN_PROCESS)}


class Ensemble:
    """Members by weight, with the trees of the size of their error where there are any."""

    def __init__(self, weights: Mapping[str, float], source: MemberFiles) -> None:
        self.feature_set = source.feature_set
        self._weights = list(weights.values())
        self._members = [MEMBERS[name].load(source) for name in weights]
        self._pick = source.layout.picker(source.features)
        text = source.files.get(ERROR_SCALE_FILE)
        self._error_scale = None if text is None else Trees(text)

    def predict(
        self, alternatives: Alternatives, values: Sequence[float], model_input: ModelInput
    ) -> tuple[float, float]:
        """The mean log price per unit of area, and the scale of its error in log price.

        `values` are the features of the home as it is told.
        """
        rows, weights = alternatives.rows, alternatives.weights
        of_rows = [member.points(rows, model_input) for member in self._members]
        points = [
            of_row[0] if len(rows) == 1 else sum(map(mul, weights, of_row)) for of_row in of_rows
        ]
        total = sum(map(mul, self._weights, points))
        if self._error_scale is None:
            return total, 1.0
        disagreement = max(points) - min(points)
        return total, exp(self._error_scale.predict((*self._pick(values), total, disagreement)))
