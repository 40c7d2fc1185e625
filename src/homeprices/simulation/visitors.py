"""Who asks and what they say: sessions that come back, stars at once, sale prices days later."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from math import log

import numpy as np

from homeprices.domain.listing import Listing
from homeprices.simulation.truth import TrueMarket

HOURS_A_DAY = 24
# The part of visits that are of somebody who was here before, and how many are remembered.
RETURNING, REMEMBERED = 0.2, 2_000
MORE_HOMES = 0.8
MINUTES_BETWEEN = 3.0
# The part of answers that stars are given for; of visitors' first homes, those that are sold.
RATED, SOLD = 0.05, 0.08
SALE_HOURS_MEDIAN, SALE_SPREAD = 10.0, 0.8
# What is agreed on in the end differs from what the home is worth.
HAGGLING = 0.03
STARS_LOST, MOOD_SD = 6.0, 0.8


@dataclass(slots=True)
class Visitor:
    """One browser: `cookie` is what the service has signed, None until it answers."""

    name: str
    address: str
    cookie: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A visitor asks for the price of a home; `is_sold` says whether its sale will be told."""

    visitor: Visitor
    listing: Listing
    is_sold: bool


@dataclass(frozen=True, slots=True)
class Remark:
    """What a visitor says of an estimate."""

    visitor: Visitor
    prediction_id: str
    feedback_type: str
    value: float | None


@dataclass(frozen=True, slots=True, order=True)
class Arrival:
    """Something that happens at `day` (since the start); `number` tells equal times apart."""

    day: float
    number: int
    act: Question | Remark = field(compare=False)


class Visitors:
    """Draws what visitors do; `seed` and the answers that they get decide all."""

    def __init__(self, market: TrueMarket, visitors_per_hour: float, seed: int) -> None:
        self._market = market
        self._rate = visitors_per_hour
        self._rng = np.random.default_rng([seed, 4])
        self._numbers = count()
        self._waiting: list[Arrival] = []
        self._known: list[Visitor] = []

    def hour(self, number: int) -> Iterator[Arrival]:
        """What happens in the `number`th hour, in order; what is added meanwhile is among it."""
        for _ in range(int(self._rng.poisson(self._rate))):
            self._come((number + float(self._rng.random())) / HOURS_A_DAY)
        end = (number + 1) / HOURS_A_DAY
        while self._waiting and self._waiting[0].day < end:
            yield heapq.heappop(self._waiting)

    def answered(
        self, visit: Arrival, question: Question, prediction_id: str, price: float
    ) -> None:
        """The visitor has an estimate, and perhaps something to say of it, now or days later."""
        if self._rng.random() < RATED:
            kind, value = self._opinion(
                log(price / self._market.price(question.listing, visit.day))
            )
            remark = Remark(question.visitor, prediction_id, kind, value)
            self._add(visit.day + self._minutes(), remark)
        if question.is_sold:
            hours = SALE_HOURS_MEDIAN * np.exp(SALE_SPREAD * self._rng.normal())
            day = visit.day + float(hours) / HOURS_A_DAY
            paid = self._market.price(question.listing, day)
            paid *= float(np.exp(self._rng.normal(0, HAGGLING)))
            remark = Remark(question.visitor, prediction_id, "actual_price", round(paid, 2))
            self._add(day, remark)

    def _come(self, day: float) -> None:
        visitor = self._visitor()
        for number in range(1 + int(self._rng.poisson(MORE_HOMES))):
            listing = self._market.asked_about[
                int(self._rng.integers(len(self._market.asked_about)))
            ]
            is_sold = number == 0 and bool(self._rng.random() < SOLD)
            self._add(day, Question(visitor, listing, is_sold))
            day += self._minutes()

    def _visitor(self) -> Visitor:
        if self._known and self._rng.random() < RETURNING:
            return self._known[int(self._rng.integers(len(self._known)))]
        address = ".".join(str(part) for part in self._rng.integers(1, 251, 3).tolist())
        visitor = Visitor(self._rng.bytes(16).hex(), f"{address}.{self._rng.integers(1, 251)}")
        if len(self._known) < REMEMBERED:
            self._known.append(visitor)
        else:
            self._known[int(self._rng.integers(REMEMBERED))] = visitor
        return visitor

    def _opinion(self, miss: float) -> tuple[str, float | None]:
        """Stars that fall with the miss (log), or a word for its direction."""
        if abs(miss) > 0.25 and self._rng.random() < 0.3:
            return ("too_high" if miss > 0 else "too_low"), None
        stars = 5 - STARS_LOST * abs(miss) + self._rng.normal(0, MOOD_SD)
        return "rating", float(np.clip(np.round(stars), 1, 5))

    def _minutes(self) -> float:
        """A while, in days."""
        return float(self._rng.exponential(MINUTES_BETWEEN)) / (60 * HOURS_A_DAY)

    def _add(self, day: float, act: Question | Remark) -> None:
        heapq.heappush(self._waiting, Arrival(day, next(self._numbers), act))
