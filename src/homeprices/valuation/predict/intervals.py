"""The range around an estimate, as services make it from a few numbers, and how sure that is.

A residual is divided by the error scale expected of such a home; two quantiles of the
quotient, each a sum over the groups that a home belongs to, give the range. The narrower it is,
the likelier the price lies near the estimate. `calibrate` learns both.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import expm1, isnan, log1p

from homeprices.valuation.features.feature_sets import FeatureSet

# What a range promises unless it was asked otherwise: eight homes of ten inside.
COVERAGE = 0.8
LEAST_COVERAGE, MOST_COVERAGE = 0.5, 0.99
UNUSUAL_FACTOR = 1.5
PRICE_GROUPS = 10
HOUSE_EDGES = (0.05, 0.2, 0.5, 0.85)
# Every home, dearer price groups, bedrooms, listings in the locality, likely a house, nowhere:
# in a place without listings that has none around it either.
GROUPS = 1 + (PRICE_GROUPS - 1) + 4 + 3 + len(HOUSE_EDGES) + 1
_BEDROOMS = 1 + PRICE_GROUPS - 1
_LISTINGS = _BEDROOMS + 4
_HOUSE = _LISTINGS + 3
UNLISTED, NOWHERE = _LISTINGS, GROUPS - 1
# The groups that say nothing of a place: every home, bedrooms, likely a house.
OF_THE_HOME = (0, *range(_BEDROOMS, _LISTINGS), *range(_HOUSE, NOWHERE))
_FEW, _MANY = log1p(9.5), log1p(49.5)
_LEAST_WIDTH = 0.02
# "Near" is a price within a fifth of the estimate.
NEAR = 0.2
_NEAR_LOG = log1p(NEAR)


@dataclass(frozen=True, slots=True)
class Distances:
    """How far down and up a range reaches: a coefficient for each of `GROUPS`."""

    low: list[float]
    high: list[float]

    def reach(self, member: Sequence[int], scale: float) -> tuple[float, float]:
        """Log distances down (negative) and up, for a home of these groups."""
        low, high = self.low, self.high
        return sum([low[i] for i in member]) * scale, sum([high[i] for i in member]) * scale


@dataclass(frozen=True, slots=True)
class NearChance:
    """The chance that a price is near its estimate, by the `reach` of the range in log price.

    `reaches` rise and `chances` do not; between two of them the chance is on the line.
    """

    reaches: list[float]
    chances: list[float]

    def at(self, reach: float) -> float:
        """The chance for a range that reaches so far down and up, at the mean of both."""
        reaches, chances = self.reaches, self.chances
        after = bisect_right(reaches, reach)
        if after == 0:
            return chances[0]
        # A wider range than any that was learned from holds the price as often, spread wider.
        if after == len(reaches):
            return chances[-1] * reaches[-1] / reach
        before = after - 1
        along = (reach - reaches[before]) / (reaches[after] - reaches[before])
        return chances[before] + along * (chances[after] - chances[before])


@dataclass(frozen=True, slots=True)
class Ranges:
    """Quantiles of the residual: of a `known` place by error scale; else in log price.

    `city` is for places without listings priced from the city as a whole, `neighbourhood` for
    those priced from what is listed around them. `coverage` is the share of homes that shall
    fall inside, `edges` part the log prices into groups of one size. `width` is the median
    width of the range by its price, over the listings, each by models that had not seen it.
    `narrower_than` has, by the name of another feature set, by what share of its width the median
    range of that set narrows where the facts of this one are given too. Models of before have
    neither that nor a `near_chance`.
    """

    coverage: float
    known: Distances
    city: Distances
    neighbourhood: Distances
    edges: list[float]
    width: float
    near_chance: NearChance | None = None
    narrower_than: dict[str, float] = field(default_factory=dict)

    def chance_near(self, down: float, up: float) -> float:
        """The chance that the price is within a fifth of the estimate, for a range `around` it.

        A model that has learned none is taken to err as Laplace's law says.
        """
        reach = (up - down) / 2
        if self.near_chance is None:
            return -expm1(log1p(-self.coverage) * _NEAR_LOG / reach)
        return self.near_chance.at(reach)

    def around(
        self, member: Sequence[int], error_scale: float, widen: float
    ) -> tuple[float, float]:
        """Log distances down (negative) and up of the range, for a home of these groups."""
        if UNLISTED not in member:
            down, up = self.known.reach(member, error_scale)
        elif NOWHERE in member:
            down, up = self.city.reach(member, 1.0)
        else:
            down, up = self.neighbourhood.reach(member, 1.0)
        return min(down * widen, -_LEAST_WIDTH), max(up * widen, _LEAST_WIDTH)


def group_features(feature_set: FeatureSet) -> tuple[str, ...]:
    """The features that part homes into groups, in the order that `groups_of` takes."""
    return ("bedrooms", "locality_log_listings", "neighbourhood_level", feature_set.house)


def groups_of(inputs: Sequence[float], log_price: float, edges: Sequence[float]) -> list[int]:
    """The groups that a home belongs to; `inputs` are its `group_features`."""
    member = [0]
    if price := bisect_right(edges, log_price):
        member.append(price)
    bedrooms, listings, neighbourhood, house = inputs
    if bedrooms != 2:
        member.append(_BEDROOMS + (0 if bedrooms < 2 else min(int(bedrooms), 5) - 2))
    if listings < _FEW:
        member.append(UNLISTED if listings == 0 else _LISTINGS + 1)
        if listings == 0 and isnan(neighbourhood):
            member.append(NOWHERE)
    elif listings >= _MANY:
        member.append(_LISTINGS + 2)
    member += [_HOUSE + i for i, edge in enumerate(HOUSE_EDGES) if house > edge]
    return member
