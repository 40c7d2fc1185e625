"""What goes into a recipe and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from homeprices.domain.locality import Place
from homeprices.valuation.features.feature_sets import FeatureSet, without

Floats = npt.NDArray[np.float64]
Folds = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """What a formula of these `facts` is learned from; the rows of one home share a fold.

    `features` `(n, k)` were read from tables that had not seen their row, and P(house) too.
    `target` `(n,)` is the log price per guarded area, `curve` `(n,)` what the size alone
    suggests of it. `positions` are kilometres east and north, by base or parent; `known` are
    the places that the model shall know.
    """

    facts: FeatureSet
    features: Floats
    target: Floats
    curve: Floats
    folds: Folds
    places: list[Place]
    societies: list[str | None]
    positions: Mapping[str, tuple[float, float]]
    known: list[Place]
    area_types: int

    def take(self, rows: npt.NDArray[np.int64]) -> TrainingSet:
        """The material of these rows alone."""
        return replace(
            self,
            features=self.features[rows],
            target=self.target[rows],
            curve=self.curve[rows],
            folds=self.folds[rows],
            places=[self.places[i] for i in rows],
            societies=[self.societies[i] for i in rows],
        )

    def copies(self) -> tuple[Floats, Floats, Folds, Floats]:
        """Seen features, targets, folds and weights of the rows, then of their copies.

        The copies lack some of the optional facts, as `facts.hidden` says.
        """
        columns = self.facts.columns(self.features.shape[1])
        parts = [self.seen]
        parts += [without(self.features, names)[:, columns] for names in self.facts.hidden]
        times, rows = len(parts), len(self.target)
        weight = np.full(times * rows, self.facts.copy_weight)
        weight[:rows] = 1.0
        return (
            np.concatenate(parts),
            np.tile(self.target, times),
            np.tile(self.folds, times),
            weight,
        )

    @property
    def seen(self) -> Floats:
        """The features that these facts allow to see."""
        return self.features[:, self.facts.columns(self.features.shape[1])]


@dataclass(frozen=True, slots=True)
class FitResult:
    """The files of a formula, and `estimate` `(n,)` of each row by a formula without its fold.

    `members` says of what weights it is made; `disagreement` `(n,)` how far its members
    lie apart; `served_differs` by how much the served form of a member differs from the
    exact one over the rows, at most, in log price.
    """

    files: dict[str, bytes]
    estimate: Floats
    members: dict[str, float]
    disagreement: Floats
    served_differs: dict[str, float] = field(default_factory=dict)
