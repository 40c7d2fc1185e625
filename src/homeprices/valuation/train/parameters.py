"""The settings of a recipe: named numbers with defaults, each open to an override."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TypeVar

from homeprices.domain.errors import BadInput, FieldProblem


@dataclass(frozen=True)
class LinearParameters:
    """`folds` of the out-of-fold residuals that calibrate the range."""

    folds: int = 5


@dataclass(frozen=True)
class FitParameters(LinearParameters):
    """What recipes that learn more share.

    `fact_sets` is how many of the models of `facts` to learn: 1 is four facts alone, 2 also
    with kind and area type, 3 also all. `house_rounds` are of the trees of P(house), `spread_*`
    of those of the expected error; `seed` is theirs and the booster's.
    """

    folds: int = 10
    fact_sets: int = 3
    house_rounds: int = 40
    spread_rounds: int = 35
    spread_leaves: int = 15
    seed: int = 1


@dataclass(frozen=True)
class BoosterParameters(FitParameters):
    """LightGBM's, by plain names; `huber` is where the loss turns from square to absolute.

    Every level of every tree is paid for at each estimate: few rounds, many leaves, coarse `bins`.
    """

    rounds: int = 90
    learning_rate: float = 0.13
    leaves: int = 64
    bins: int = 95
    least_in_leaf: int = 6
    feature_share: float = 0.7
    row_share: float = 0.71
    l2: float = 2.0
    huber: float = 0.25


@dataclass(frozen=True)
class GaussianProcessParameters(FitParameters):
    """Points of the served form, rounds of reweighting, and listings to learn from at most.

    Memory grows with the square of `most_listings`: 12,000 take about 2 GB.
    """

    basis_points: int = 400
    reweightings: int = 3
    most_listings: int = 12_000


@dataclass(frozen=True)
class BlendParameters(BoosterParameters, GaussianProcessParameters):
    """Those of both members, and the weight of the booster for each set of facts."""

    booster_in_four: float = 0.5
    booster_in_property: float = 0.45
    booster_in_all: float = 0.55


P = TypeVar("P", bound=LinearParameters)

_QUICK = {"fact_sets": 1, "house_rounds": 30, "spread_rounds": 30, "folds": 3}
_QUICK_TREES = {"rounds": 60, "learning_rate": 0.1, "leaves": 12}
# What `homes up` trains first, to have a priced home soon; the other recipes' are for tests.
QUICK: Mapping[str, Mapping[str, float]] = {
    "linear": {},
    "booster": {**_QUICK, **_QUICK_TREES},
    "gaussian_process": {**_QUICK, "basis_points": 200, "most_listings": 1_000},
    "blend": {**_QUICK, **_QUICK_TREES, "basis_points": 200, "most_listings": 1_000},
}


def overridden(defaults: P, overrides: Mapping[str, float]) -> P:
    """`defaults` with some fields replaced; raises BadInput naming each that cannot be."""
    known = asdict(defaults)
    problems = [
        FieldProblem.with_sentence(name, f"is no parameter; there are {', '.join(known)}")
        for name in overrides
        if name not in known
    ]
    problems += [
        FieldProblem.with_sentence(name, f"must be {_bounds(name, known[name])}; got {value}")
        for name, value in overrides.items()
        if name in known and not _fits(name, known[name], value)
    ]
    if problems:
        raise BadInput(problems)
    given = {name: type(known[name])(value) for name, value in overrides.items()}
    return type(defaults)(**{**known, **given})


def as_numbers(parameters: LinearParameters) -> dict[str, float]:
    """All fields by name."""
    return {f.name: float(getattr(parameters, f.name)) for f in fields(parameters)}


def _bounds(name: str, default: object) -> str:
    """What a parameter must be, in words."""
    return "above 0" if isinstance(default, float) else f"a whole number from {_least(name)}"


def _fits(name: str, default: object, value: float) -> bool:
    if isinstance(default, float):
        return value > 0
    return value >= _least(name) and value == int(value)


def _least(name: str) -> int:
    """The least that LightGBM makes a tree of."""
    return 2 if name in {"bins", "leaves"} else 1
