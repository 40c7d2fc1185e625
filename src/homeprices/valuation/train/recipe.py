"""What a recipe is: one way to learn, declared in one place and registered in `recipes`."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Generic, TypeVar

from homeprices.domain.errors import BadInput, FieldProblem
from homeprices.valuation.arrays import Floats
from homeprices.valuation.train.training_set import CVFold, FitResult, TrainingSet


@dataclass(frozen=True)
class Parameters:
    """`folds` of the out-of-fold residuals that calibrate the range."""

    folds: int = 5


@dataclass(frozen=True)
class FitParameters(Parameters):
    """What recipes that learn more share.

    `fact_sets` is how many of the models of `FEATURE_SETS` to learn: 1 is four facts alone, 2 also
    with kind and area type, 3 also all. `house_rounds` are of the trees of P(house), `spread_*`
    of those of the expected error; `seed` is theirs and the booster's.
    """

    folds: int = 10
    fact_sets: int = 3
    house_rounds: int = 40
    spread_rounds: int = 35
    spread_leaves: int = 15
    seed: int = 1


# What is quicker in every recipe: for the first model of `homes up`, and for tests.
QUICK_FIT = {"fact_sets": 1, "house_rounds": 20, "spread_rounds": 15, "folds": 2}


@dataclass(frozen=True, slots=True)
class Dimension:
    """The values that one parameter may take, searched on a log scale where `is_log`."""

    least: float
    most: float
    is_whole: bool = False
    is_log: bool = False


P = TypeVar("P", bound=Parameters)


@dataclass(frozen=True)
class Recipe(Generic[P]):
    """One way to learn.

    `fit` learns from a training set; `point_estimates` gives the log prices per area of the
    unseen homes of a fold, which is all that a search asks. `search_space` says what may be tuned:
    where it is empty the recipe is measured and not searched. `quick` are parameters that learn
    fast. The members that `fit` names are declared in `predict.members`.
    """

    name: str
    defaults: P
    fit: Callable[[TrainingSet, P], FitResult]
    point_estimates: Callable[[CVFold, P], Floats]
    quick: Mapping[str, float] = field(default_factory=dict)
    search_space: Mapping[str, Dimension] = field(default_factory=dict)

    def parameters(self, overrides: Mapping[str, float]) -> dict[str, float]:
        """All parameters in force by name; raises BadInput."""
        return as_numbers(overridden(self.defaults, overrides))

    def learn(self, training_set: TrainingSet, overrides: Mapping[str, float]) -> FitResult:
        """What is learned from `training_set`; raises BadInput."""
        return self.fit(training_set, overridden(self.defaults, overrides))

    def estimates(self, fold: CVFold, overrides: Mapping[str, float]) -> Floats:
        """The point estimates for the unseen homes of `fold`; raises BadInput."""
        return self.point_estimates(fold, overridden(self.defaults, overrides))


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
    replaced = {name: type(known[name])(value) for name, value in overrides.items()}
    return type(defaults)(**{**known, **replaced})


def as_numbers(parameters: Parameters) -> dict[str, float]:
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
