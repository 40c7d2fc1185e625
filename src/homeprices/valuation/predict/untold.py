"""What a home does not tell is averaged over: it may be any of a few homes, each so likely.

Kind and area type are averaged over together, by P(house) and by how often listings of a kind and
of so many bedrooms have each area type. What availability and balconies do adds up (`APART`), so
each is averaged over by itself, on the likeliest home. An estimate with a fact untold is a mean of
those with it told, by the law of total expectation, and so it lies between them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from homeprices.valuation.features.layout import FeatureLayout

MOST_BEDROOMS = 5
# A value that fewer of the like have is not thought of.
LEAST_SHARE = 0.01
_FACTS = ("is_house", "area_type", "is_ready", "balconies")
# Kind and area type.
Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class UntoldShares:
    """How many of the listings have each value of a fact; none where no listing tells it.

    `area_types` by flat or house, then by bedrooms from one to `MOST_BEDROOMS` or more, then by
    the number of the area type; `ready` of not ready and of ready ones; `balconies` by bedrooms,
    then by their number. Each row adds up to 1, and what is rarer than `LEAST_SHARE` is 0.
    """

    area_types: list[list[list[float]]]
    ready: list[float]
    balconies: list[list[float]]


@dataclass(frozen=True, slots=True)
class Alternatives:
    """The homes that a home may be: features, and the `weights` that make their mean."""

    rows: list[list[float]]
    weights: list[float]


def certain(values: list[float]) -> Alternatives:
    """A home of which nothing is averaged over."""
    return Alternatives([values], [1.0])


class UntoldFacts:
    """Makes the alternatives of a home from its features."""

    def __init__(self, shares: UntoldShares, layout: FeatureLayout) -> None:
        self._shares = shares
        self._is_house, self._area_type, self._is_ready, self._balconies, self._bedrooms = (
            layout.positions((*_FACTS, "bedrooms"))
        )
        self._pick = layout.picker(_FACTS)

    def alternatives(
        self, values: list[float], *, lacks_kind: bool, sees_apart: bool
    ) -> Alternatives:
        """The homes that the home of `values` may be; their kind is P(house) where it lacks.

        For a model that does not see what is `APART` there are no others by that.
        """
        if not lacks_kind and not any(map(isnan, self._pick(values))):
            return certain(values)
        shares, bedrooms = self._shares, min(int(values[self._bedrooms]), MOST_BEDROOMS) - 1
        house = values[self._is_house]
        kinds = {0.0: 1 - house, 1.0: house} if lacks_kind else {house: 1.0}
        likely = self._pairs(kinds, values[self._area_type], bedrooms)
        likeliest = max(likely, key=lambda pair: likely[pair])
        of_ready, of_balconies = (
            (shares.ready, shares.balconies[bedrooms]) if sees_apart else ([], [])
        )
        ready, others_ready = _split(values[self._is_ready], of_ready)
        balconies, others_balconies = _split(values[self._balconies], of_balconies)
        total = sum(likely.values())
        weights = {(*pair, ready, balconies): weight / total for pair, weight in likely.items()}
        others = {(*likeliest, value, balconies): share for value, share in others_ready.items()}
        others |= {(*likeliest, ready, value): share for value, share in others_balconies.items()}
        # What the others do is by how much they differ from the likeliest home.
        weights[*likeliest, ready, balconies] -= sum(others.values())
        weights |= others
        rows = [self._row(values, facts) for facts in weights]
        return Alternatives(rows, [*weights.values()])

    def _pairs(
        self, kinds: dict[float, float], area_type: float, bedrooms: int
    ) -> dict[Pair, float]:
        """How likely each kind and area type is, beside each other.

        What is left out does not depend on what is told, or told estimates would be of others.
        """
        pairs: dict[Pair, float] = {}
        for kind, likely in kinds.items():
            shares = self._shares.area_types[round(kind)][bedrooms]
            if likely < LEAST_SHARE:
                continue
            if isnan(area_type) and shares:
                pairs |= {(kind, float(i)): likely * share for i, share in enumerate(shares)}
            else:
                pairs[kind, area_type] = likely * (
                    1.0 if isnan(area_type) else shares[int(area_type)]
                )
        some = {pair: likely for pair, likely in pairs.items() if likely}
        # Of an area type that neither kind has, the kinds are as likely as before.
        return some or {pair: kinds[pair[0]] for pair in pairs}

    def _row(self, values: list[float], facts: tuple[float, float, float, float]) -> list[float]:
        row = values.copy()
        row[self._is_house], row[self._area_type], row[self._is_ready], row[self._balconies] = facts
        return row


def _split(told: float, shares: Sequence[float]) -> tuple[float, dict[float, float]]:
    """The value told, or the commonest, and how common the others are where none was told."""
    if not isnan(told) or not shares:
        return told, {}
    commonest = max(range(len(shares)), key=lambda i: shares[i])
    others = {float(i): share for i, share in enumerate(shares) if share and i != commonest}
    return float(commonest), others
