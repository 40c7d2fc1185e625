"""The sets of facts that there are models for, and which features each of them sees.

The four facts everybody gives always suffice. A model that sees more learns with
some of its optional facts hidden, so that it can be asked when not all are given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from homeprices.domain.listing import Home
from homeprices.valuation.features import (
    AREA_HOUSES,
    AREA_TYPE,
    BALCONIES,
    HOUSE,
    KIND,
    READY,
    ROOMS_HOUSES,
    ROUNDNESS,
    SOCIETY,
    SOCIETY_LISTINGS,
)

OPTIONAL = ("kind", "area_type", "society", "balconies", "availability")
_COLUMNS = {
    "kind": (KIND,),
    "area_type": (AREA_TYPE,),
    "society": (SOCIETY, SOCIETY_LISTINGS),
    "balconies": (BALCONIES,),
    "availability": (READY,),
}
_ALWAYS_HIDDEN = {AREA_HOUSES, ROOMS_HOUSES}


@dataclass(frozen=True, slots=True)
class FactSet:
    """Four facts and some `optional` ones; `name` stands in the names of a model's files."""

    name: str
    optional: tuple[str, ...]

    @property
    def house(self) -> int:
        """The feature that tells a house from a flat: what is known, else P(house)."""
        return KIND if "kind" in self.optional else HOUSE

    @property
    def sees_area_type(self) -> bool:
        """True where the area type is among the facts."""
        return "area_type" in self.optional

    def columns(self, width: int) -> list[int]:
        """The features that a model of these facts sees, of `width` in all.

        The shares of houses by area are in P(house); beside it they only add noise,
        and so do P(house) and the roundness of the area beside the kind itself.
        """
        hidden = set(_ALWAYS_HIDDEN)
        for fact, columns in _COLUMNS.items():
            if fact not in self.optional:
                hidden.update(columns)
        hidden.update((HOUSE, ROUNDNESS) if "kind" in self.optional else ())
        return [i for i in range(width) if i not in hidden]


FOUR = FactSet("four", ())
WITH_AREA_TYPE = FactSet("area_type", ("area_type",))
ALL = FactSet("all", OPTIONAL)
FACT_SETS = {facts.name: facts for facts in (FOUR, WITH_AREA_TYPE, ALL)}


def given(home: Home) -> tuple[str, ...]:
    """The optional facts that are given of `home`."""
    return tuple(fact for fact in OPTIONAL if getattr(home, fact) is not None)


def picker(columns: Sequence[int]) -> Callable[[Sequence[float]], Sequence[float]]:
    """Takes `columns` (two or more) of a row of features."""
    pick: Callable[[Sequence[float]], Sequence[float]] = itemgetter(*columns)
    return pick
