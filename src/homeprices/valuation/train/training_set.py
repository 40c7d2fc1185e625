"""What goes into a recipe and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from homeprices.domain.locality import Place
from homeprices.valuation.arrays import Floats, Integers
from homeprices.valuation.features.feature_sets import APART, FeatureSet
from homeprices.valuation.features.layout import FeatureLayout
from homeprices.valuation.numeric.kernel import KERNELS, Kernel, kernel_features


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """What a model of a `feature_set` is learned from; the rows of one home share a fold.

    `features` `(n, k)`, in the order of `layout`, were read from encodings that had not seen their
    row, and P(house) too. `target` `(n,)` is the log price per clipped area, `curve` `(n,)` what
    the size alone suggests of it. `positions` are kilometres east and north, by locality or
    region; `known` are the places that the model shall know.
    """

    feature_set: FeatureSet
    layout: FeatureLayout
    features: Floats
    target: Floats
    curve: Floats
    folds: Integers
    places: list[Place]
    societies: list[str | None]
    positions: Mapping[str, tuple[float, float]]
    known: list[Place]
    area_types: int

    def take(self, rows: Integers) -> TrainingSet:
        """The training set of these rows alone."""
        return replace(
            self,
            features=self.features[rows],
            target=self.target[rows],
            curve=self.curve[rows],
            folds=self.folds[rows],
            places=[self.places[i] for i in rows],
            societies=[self.societies[i] for i in rows],
        )

    @property
    def interactions(self) -> list[list[int]]:
        """The columns of `seen` that may act together: what is `APART` acts with no other fact.

        One list of all where nothing is.
        """
        facts = [self.layout.inputs(self.layout.names[i]) for i in self._columns]
        optional = set(self.feature_set.optional)
        groups = [(optional - set(APART)), *({fact} for fact in APART if fact in optional)]
        return [
            [i for i, made_of in enumerate(facts) if optional.intersection(made_of) <= group]
            for group in groups
        ]

    def column(self, name: str) -> Floats:
        """One feature `(n,)`."""
        return self.features[:, self.layout.position(name)]

    @property
    def seen(self) -> Floats:
        """The features that the model sees."""
        return self.features[:, self._columns]

    @property
    def _columns(self) -> list[int]:
        return self.layout.positions(self.feature_set.features(self.layout))

    @property
    def kernel(self) -> Kernel:
        """The kernel of a new model of this feature set."""
        return KERNELS[self.feature_set.name]

    @property
    def kernel_inputs(self) -> Floats:
        """The features that the kernel reads."""
        return self.features[:, self.layout.positions(kernel_features(self.feature_set))]


@dataclass(frozen=True, slots=True)
class FitResult:
    """The files of the members, and `estimate` `(n,)` of each row without its fold.

    `members` says of what weights it is made; `disagreement` `(n,)` how far its members
    lie apart; `served_differs` by how much the served form of a member differs from the
    exact one over the rows, at most, in log price.
    """

    files: dict[str, bytes]
    estimate: Floats
    members: dict[str, float]
    disagreement: Floats
    served_differs: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class CVFold:
    """What a model is learned from, and `unseen` homes as a service would see them."""

    training_set: TrainingSet
    unseen: TrainingSet
    _remembered: dict[str, Floats] = field(default_factory=dict)

    def once(self, name: str, estimates: Callable[[], Floats]) -> Floats:
        """`estimates`, made once: of a member of which nothing is searched."""
        if name not in self._remembered:
            self._remembered[name] = estimates()
        return self._remembered[name]
