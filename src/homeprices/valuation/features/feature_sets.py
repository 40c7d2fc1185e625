"""The sets of facts that there are models for, and which features each of them sees.

The four facts everybody gives always suffice. A model that sees more also learns from
copies of the listings with some optional facts hidden, so that it can be asked when not
all are given. No copy hides the society: homes that have none are not like others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from homeprices.domain.listing import Home
from homeprices.valuation.features.definitions import (
    AREA_HOUSES,
    AREA_TYPE,
    BALCONIES,
    HOUSE,
    KIND,
    NOT_GIVEN,
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
Floats = npt.NDArray[np.float64]
_ALWAYS_HIDDEN = {AREA_HOUSES, ROOMS_HOUSES}


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """Four facts and some `optional` ones; `name` stands in the names of a model's files.

    `hidden` are the facts that each copy of the listings lacks, `copy_weight` what a row of
    a copy counts. `boosters`, each with its own seed, share the work.
    """

    name: str
    optional: tuple[str, ...]
    hidden: tuple[tuple[str, ...], ...] = ()
    copy_weight: float = 1.0
    boosters: int = 1

    @property
    def house(self) -> int:
        """The feature that tells a house from a flat: what is known, else P(house)."""
        return KIND if "kind" in self.optional else HOUSE

    @property
    def sees_area_type(self) -> bool:
        """True where the area type is among the facts."""
        return "area_type" in self.optional

    @property
    def sees_society(self) -> bool:
        """True where the society is among the facts."""
        return "society" in self.optional

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


FOUR = FeatureSet("four", ())
PROPERTY = FeatureSet("property", ("kind", "area_type"), (("kind",), ("area_type",)), 0.5)
_BESIDE_SOCIETY = ("kind", "area_type", "balconies", "availability")
ALL = FeatureSet("all", OPTIONAL, (_BESIDE_SOCIETY, ("balconies", "availability")), 0.3, 2)
FACT_SETS = {facts.name: facts for facts in (FOUR, PROPERTY, ALL)}


def best_set(home: Home) -> FeatureSet:
    """The set whose model errs least on what is given of `home`.

    By cross-validation (docs/decisions/0010-the-blend.md): with the society, or with all others,
    every fact helps; else the kind and the area type do, and the rest are not worth asking.
    """
    facts = home.facts
    if "society" in facts or all(fact in facts for fact in _BESIDE_SOCIETY):
        return ALL
    return PROPERTY if "kind" in facts or "area_type" in facts else FOUR


def given(home: Home) -> tuple[bool, ...]:
    """Which of the facts `OPTIONAL` are given, in that order; in one go, for it is asked often."""
    facts = home.facts
    return (
        "kind" in facts,
        "area_type" in facts,
        "society" in facts,
        "balconies" in facts,
        "availability" in facts,
    )


def without(features: Floats, facts: Sequence[str]) -> Floats:
    """A copy of features `(n, k)` as if these optional facts had not been given."""
    lacking = features.copy()
    for fact in facts:
        lacking[:, _COLUMNS[fact]] = np.nan
    if "kind" in facts:
        lacking[:, KIND] = features[:, HOUSE]
    if "society" in facts:
        lacking[:, SOCIETY_LISTINGS] = NOT_GIVEN
    return lacking


def picker(columns: Sequence[int]) -> Callable[[Sequence[float]], Sequence[float]]:
    """Takes `columns` (two or more) of a row of features."""
    pick: Callable[[Sequence[float]], Sequence[float]] = itemgetter(*columns)
    return pick
