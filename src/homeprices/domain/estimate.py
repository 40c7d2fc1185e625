"""An estimate: a price that never comes without its range."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from homeprices.domain.notes import Note


class Certainty(StrEnum):
    """How wide the range is for its price, in a word.

    "too_few" where too few listings are like the home: then the range is to be shown alone.
    """

    HIGH = "high"
    FAIR = "fair"
    LOW = "low"
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Fields that were not given, and by how much the range of most homes narrows with them."""

    fields: tuple[str, ...]
    by_percent: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """Price and range in the market's unit of price, `low <= price <= high`.

    `coverage` is the promise: the share of such homes whose price falls inside
    (0.8 for eight of ten). `locality_known` is False where the model has no
    listing under that name, `too_few` is True where too few are like the home.
    `notes` are for the asker, `narrower` what else is worth telling.
    """

    price: float
    low: float
    high: float
    coverage: float
    locality: str
    locality_known: bool
    notes: tuple[Note, ...] = ()
    narrower: tuple[Narrowing, ...] = ()
    too_few: bool = False

    @property
    def certainty(self) -> Certainty:
        """Too few whatever the range; else high up to 30 % of the price, fair to 60 %, or low."""
        if self.too_few:
            return Certainty.TOO_FEW
        width = (self.high - self.low) / self.price
        if width <= 0.30:
            return Certainty.HIGH
        return Certainty.FAIR if width <= 0.60 else Certainty.LOW
