"""Which features a model has, in which order: models look them up by name, once at load."""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from operator import itemgetter

from homeprices.domain.errors import Corrupt
from homeprices.valuation.features.definitions import FEATURES, FeatureSpec
from homeprices.valuation.features.encodings import ModelInput, TargetEncodings

# The name of a feature and its version, as bundles have them.
FeatureVersion = tuple[str, int]
Picker = Callable[[Sequence[float]], Sequence[float]]


class FeatureLayout:
    """The features of a bundle; raises Corrupt for one that this program does not know."""

    def __init__(self, versions: Sequence[FeatureVersion], landmarks: int) -> None:
        specs = [_known(name, version) for name, version in versions]
        self.versions = [(spec.name, spec.version) for spec in specs]
        self._functions = [spec.function for spec in specs]
        self._makers = [(dict.fromkeys(_values(s, landmarks)).keys(), s.function) for s in specs]
        self._inputs = {value: spec.inputs for spec in specs for value in _values(spec, landmarks)}
        self.names = tuple(self._inputs)
        self._positions = {name: i for i, name in enumerate(self.names)}

    @property
    def digest(self) -> str:
        """A short name for this list of features, the same in every process."""
        text = ",".join(f"{name}:{version}" for name, version in self.versions)
        return blake2b(text.encode(), digest_size=6).hexdigest()

    def position(self, name: str) -> int:
        """Where a feature stands in a row."""
        if name not in self._positions:
            raise Corrupt(
                f"the model has no feature {name!r}, which this program asks for: train anew"
            )
        return self._positions[name]

    def position_if_any(self, name: str) -> int | None:
        """Where a feature stands in a row; None where the model has no such feature."""
        return self._positions.get(name)

    def positions(self, names: Sequence[str]) -> list[int]:
        """Where these features stand in a row."""
        return [self.position(name) for name in names]

    def picker(self, names: Sequence[str]) -> Picker:
        """Takes these features (two or more) of a row."""
        pick: Picker = itemgetter(*self.positions(names))
        return pick

    def inputs(self, name: str) -> Sequence[str]:
        """The facts of a home that a feature is made of."""
        return self._inputs[name]

    def values(
        self, names: Sequence[str], encodings: TargetEncodings, model_input: ModelInput
    ) -> list[float]:
        """These features of a home, P(house) missing; no others are made but beside them."""
        made: dict[str, float] = {}
        for own_names, function in self._makers:
            if not own_names.isdisjoint(names):
                made.update(zip(own_names, function(encodings, model_input), strict=True))
        return [made[name] for name in names]

    def row(self, encodings: TargetEncodings, model_input: ModelInput) -> list[float]:
        """All features of a home, P(house) still missing."""
        values: list[float] = []
        for function in self._functions:
            values += function(encodings, model_input)
        return values


def current_layout(landmarks: int) -> FeatureLayout:
    """The features that new models are made with: of each name the highest version."""
    latest = {spec.name: spec.version for spec in sorted(FEATURES, key=lambda spec: spec.version)}
    names = dict.fromkeys(spec.name for spec in FEATURES)
    return FeatureLayout([(name, latest[name]) for name in names], landmarks)


def _known(name: str, version: int) -> FeatureSpec:
    known = {(spec.name, spec.version): spec for spec in FEATURES}
    if (name, version) not in known:
        raise Corrupt(
            f"the model needs the feature {name!r} in version {version}, which this program does "
            "not know: run the release that made the model, or train again (with --force where "
            "it is in production)"
        )
    return known[name, version]


def _values(spec: FeatureSpec, landmarks: int) -> Sequence[str]:
    if spec.per_landmark is None:
        return spec.values
    return [*spec.values, *(f"{spec.per_landmark}_{i + 1}" for i in range(landmarks))]
