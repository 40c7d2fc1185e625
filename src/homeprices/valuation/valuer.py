"""A loaded model: from a home to its price, range and notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from typing import Protocol

from homeprices.domain.estimate import Estimate
from homeprices.domain.listing import Home
from homeprices.domain.market import Market
from homeprices.domain.question import unusual
from homeprices.valuation.features import Tables, home_features, place_features
from homeprices.valuation.guard import Guard
from homeprices.valuation.intervals import COVERAGE, UNUSUAL_FACTOR, Ranges
from homeprices.valuation.locality import Completion, Found, Places

_REMEMBERED = 4096


class Formula(Protocol):
    """What a recipe has learned, on the features of one home."""

    def point(self, values: Sequence[float]) -> float:
        """The log price per unit of area."""

    def spread(self, values: Sequence[float], point: float) -> float:
        """How far off such estimates are, in log price."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What every recipe learns beside its formula."""

    market: Market
    places: Places
    guard: Guard
    tables: Tables
    ranges: Ranges


class FormulaValuer:
    """Implements ports.Valuer on a formula; also completes names of localities."""

    def __init__(self, knowledge: Knowledge, formula: Formula) -> None:
        self._knowledge = knowledge
        self._formula = formula
        self._localities = tuple(sorted(knowledge.places.names.values(), key=str.casefold))
        self._completion = Completion(self._localities)
        self._remembered: dict[str, tuple[Found, list[float], tuple[str, ...]]] = {}

    @property
    def localities(self) -> Sequence[str]:
        """The names of the localities it has listings of, sorted."""
        return self._localities

    def complete(self, typed: str, limit: int = 8) -> list[str]:
        """Names of localities that `typed` may become or mean."""
        return self._completion.complete(typed, limit)

    def estimate(self, home: Home) -> Estimate:
        """The price of `home` with its range, in the market's unit of price."""
        knowledge = self._knowledge
        found, here, notes = self._place(home.locality)
        area = knowledge.guard.area(home)
        values = [*home_features(knowledge.tables, home, area, found.place), *here]
        point = self._formula.point(values)
        spread = self._formula.spread(values, point)
        oddities = unusual(home, knowledge.market)
        widen = UNUSUAL_FACTOR if oddities else 1.0
        down, up = knowledge.ranges.around(values, spread, widen)
        price = exp(point) * area
        return Estimate(
            price=price,
            low=price * exp(down),
            high=price * exp(up),
            coverage=COVERAGE,
            locality=found.name,
            locality_known=found.known,
            notes=(*notes, *oddities),
        )

    def _place(self, text: str) -> tuple[Found, list[float], tuple[str, ...]]:
        """What is known of a locality; remembered, since few names make up most of the traffic."""
        remembered = self._remembered.get(text)
        if remembered is not None:
            return remembered
        found = self._knowledge.places.find(text, self._knowledge.market)
        here = place_features(self._knowledge.tables, found.place)
        entry = found, here, () if found.known else (self._unknown(found.name),)
        if len(self._remembered) >= _REMEMBERED:
            self._remembered.clear()
        self._remembered[text] = entry
        return entry

    def _unknown(self, name: str) -> str:
        near = self._completion.closest(name)
        meant = f" Did you mean {near}?" if near else ""
        return (
            f"No listing is known in {name!r}: this is a price for {self._knowledge.market.city} "
            f"as a whole, with a wider range.{meant}"
        )
