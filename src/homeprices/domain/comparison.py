"""Two model versions side by side: what they answered for the same homes, and how they differ."""

from dataclasses import dataclass

from homeprices.domain.model_card import Slice

# A figure is better when it is higher, or lower; of the ranges neither is: a narrow one that
# breaks its promise is no better.
_HIGHER = ("within_10_percent", "within_20_percent", "r2", "r2_log")
_NEITHER = ("coverage_percent", "median_width_percent")


@dataclass(frozen=True, slots=True)
class Prices:
    """Estimates with their ranges, in the unit of price, in the order of the homes."""

    estimate: list[float]
    low: list[float]
    high: list[float]


@dataclass(frozen=True, slots=True)
class HoldoutPredictions:
    """What a version answered for its holdout, by the set of facts that was told.

    `homes` are digests of the listings: the same home has the same one in every dataset. `areas`
    are those of the homes, in the market's unit; None for versions of earlier releases.
    """

    homes: list[str]
    actual: list[float]
    answers: dict[str, Prices]
    areas: list[float] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A figure of two versions on the same homes; `low` to `high` holds 95 % of the difference."""

    name: str
    first: float
    second: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """What the second is beside the first: better, worse, or as good as luck can tell."""
        if self.low <= 0 <= self.high:
            return "not told apart"
        if self.name in _NEITHER:
            return "differs"
        return "better" if (self.low > 0) == (self.name in _HIGHER) else "worse"


@dataclass(frozen=True, slots=True)
class SlicePair:
    """A part of the market: in the cards of both, or a band of the homes that neither saw."""

    kind: str
    name: str
    first: Slice
    second: Slice


@dataclass(frozen=True, slots=True)
class FeatureSetComparison:
    """Both told the facts of one set."""

    facts: str
    optional: list[str]
    changes: list[Change]
    parts: list[SlicePair]


@dataclass(frozen=True, slots=True)
class Differing:
    """Something that is not the same in how the two were made."""

    name: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """`second` beside `first`, judged on the `homes` that neither has learned from."""

    first: str
    second: str
    title: str
    price_unit: str
    simulated: bool
    homes: int
    sets: list[FeatureSetComparison]
    made: list[Differing]
