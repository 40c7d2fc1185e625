"""An estimate, never without its range, and why: reasons that add up to it, homes like it.

Prices are in the market's unit of price, areas in its unit of area.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from homeprices.domain.listing import Home, Listing
from homeprices.domain.notes import Note


@dataclass(frozen=True, slots=True)
class Reason:
    """What one group of facts adds to the price of the reference home, or takes off it.

    `here` and `there` say what the home and the reference home have.
    """

    name: str
    amount: float
    here: Note
    there: Note


@dataclass(frozen=True, slots=True)
class Explanation:
    """The `price` of a home as the price of the `reference_home` and reasons that lead there.

    `reference_price` and the amounts add up to `price`.
    """

    price: float
    reference_home: Home
    reference_price: float
    reasons: Sequence[Reason]

    def rounded(self, digits: int = 2) -> Explanation:
        """The same in round numbers that add up too: the largest reason takes the remainder."""
        unit = 10**digits
        price, reference = round(self.price * unit), round(self.reference_price * unit)
        amounts = [round(reason.amount * unit) for reason in self.reasons]
        largest = max(range(len(amounts)), key=lambda i: abs(amounts[i]))
        amounts[largest] += price - reference - sum(amounts)
        reasons = [
            replace(reason, amount=amount / unit)
            for reason, amount in zip(self.reasons, amounts, strict=True)
        ]
        return Explanation(price / unit, self.reference_home, reference / unit, reasons)


@dataclass(frozen=True, slots=True)
class Comparable:
    """A listing like the home; `times` is how often it is listed.

    `likeness` is the correlation of its price with that of the home, 0 to 1, `alike` says how
    alike that is, `differs` what is different about it.
    """

    listing: Listing
    locality: str
    times: int
    likeness: float
    alike: Note
    differs: Sequence[Note]


@dataclass(frozen=True, slots=True)
class Comparables:
    """The listings most like a home, the most alike first.

    `median_price` is of the prices as listed; `median_for_this_area` is the median price per
    unit of area times the area of the home. None where there are no listings.
    """

    homes: Sequence[Comparable]
    median_price: float | None
    median_for_this_area: float | None


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The estimate of a home whose one fact has another value."""

    value: float
    price: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Curve:
    """Price and range against one fact of the home, `area` or `bedrooms`, in rising order."""

    fact: str
    points: Sequence[CurvePoint]


@dataclass(frozen=True, slots=True)
class PriceRange:
    """A price and its range."""

    price: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PastEstimate:
    """An estimate as it was recorded, and rebuilt by its model version from its inputs.

    `equal` says that both are the same, but for the last bits that another processor may
    change. `at` is ISO 8601.
    """

    at: str
    model_version: str
    dataset: str
    simulated: bool
    home: Home
    locality: str
    recorded: PriceRange
    rebuilt: PriceRange
    equal: bool
    explanation: Explanation
    comparables: Comparables
    curve: Curve | None


class Certainty(StrEnum):
    """The chance that the price is within 20 % of the estimate, in a word.

    "too_few" where too few listings are like the home: then the range is to be shown alone.
    """

    HIGH = "high"
    FAIR = "fair"
    LOW = "low"
    TOO_FEW = "too_few"


# The least chance that is called so.
_LEAST_CHANCE = {Certainty.HIGH: 0.8, Certainty.FAIR: 0.6}


def grade_of(chance_within_20_percent: float) -> Certainty:
    """What the chance of a price within 20 % of the estimate is called.

    >>> [str(grade_of(chance)) for chance in (0.85, 0.7, 0.5)]
    ['high', 'fair', 'low']
    """
    for grade, least in _LEAST_CHANCE.items():
        if chance_within_20_percent >= least:
            return grade
    return Certainty.LOW


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Fields that were not given, and by how much the range of most homes narrows with them."""

    fields: tuple[str, ...]
    by_percent: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """Price and range in the market's unit of price, `low <= price <= high`.

    `coverage` is the promise: the share of such homes whose price falls inside
    (0.8 for eight of ten); `chance_within_20_percent`, 0 to 1, is that of a price within 20 % of
    the estimate. `locality_known` is False where the model has no listing under that name,
    `too_few` is True where too few are like the home.
    `notes` are for the asker, `missing_inputs` what else is worth telling.
    """

    price: float
    low: float
    high: float
    coverage: float
    chance_within_20_percent: float
    locality: str
    locality_known: bool
    notes: tuple[Note, ...] = ()
    missing_inputs: tuple[Narrowing, ...] = ()
    too_few: bool = False

    @property
    def certainty(self) -> Certainty:
        """Too few whatever the chance; else high from 80 %, fair from 60 %, or low."""
        return Certainty.TOO_FEW if self.too_few else grade_of(self.chance_within_20_percent)
