"""The settings of a recipe: named numbers with defaults, each open to an override."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TypeVar

from homeprices.domain.errors import BadInput, FieldProblem

P = TypeVar("P", "LinearParameters", "BoosterParameters")


@dataclass(frozen=True, slots=True)
class LinearParameters:
    """`folds` of the out-of-fold residuals that calibrate the range."""

    folds: int = 5


@dataclass(frozen=True, slots=True)
class BoosterParameters:
    """LightGBM's, by plain names; `huber` is where the loss turns from square to absolute."""

    rounds: int = 300
    learning_rate: float = 0.07
    leaves: int = 31
    least_in_leaf: int = 6
    feature_share: float = 0.7
    row_share: float = 0.71
    l2: float = 2.0
    huber: float = 0.15
    spread_rounds: int = 140
    spread_leaves: int = 15
    folds: int = 5
    seed: int = 1


# What `homes up` trains first, to have a priced home soon.
QUICK: Mapping[str, Mapping[str, float]] = {
    "linear": {},
    "booster": {"rounds": 60, "learning_rate": 0.1, "leaves": 12, "spread_rounds": 60, "folds": 3},
}


def overridden(defaults: P, overrides: Mapping[str, float]) -> P:
    """`defaults` with some fields replaced; raises BadInput naming each that cannot be."""
    known = asdict(defaults)
    problems = [
        FieldProblem(name, f"is no parameter; there are {', '.join(known)}")
        for name in overrides
        if name not in known
    ]
    problems += [
        FieldProblem(name, f"must be above 0, and whole where {known[name]} is; got {value}")
        for name, value in overrides.items()
        if name in known and not _fits(known[name], value)
    ]
    if problems:
        raise BadInput(problems)
    given = {name: type(known[name])(value) for name, value in overrides.items()}
    return type(defaults)(**{**known, **given})


def as_numbers(parameters: LinearParameters | BoosterParameters) -> dict[str, float]:
    """All fields by name."""
    return {f.name: float(getattr(parameters, f.name)) for f in fields(parameters)}


def _fits(default: object, value: float) -> bool:
    return value > 0 and (isinstance(default, float) or value == int(value))
