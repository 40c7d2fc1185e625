"""Listings as the Gaussian process sees them: where they stand, and what they have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from homeprices.domain.locality import Place
from homeprices.valuation.features.definitions import BEDROOMS
from homeprices.valuation.features.feature_sets import FeatureSet
from homeprices.valuation.numeric.kernel import coordinates, project_key
from homeprices.valuation.train.training_set import Floats

Codes = npt.NDArray[np.int64]


class SiteHomes(Protocol):
    """What places homes among others; `learned.TrainingSet` says what each of it is."""

    @property
    def facts(self) -> FeatureSet:
        """The facts that the kernel sees."""

    @property
    def features(self) -> Floats:
        """Rows of features, at least those that `coordinates` reads."""

    @property
    def places(self) -> Sequence[Place]:
        """The place of each."""

    @property
    def societies(self) -> Sequence[str | None]:
        """The key of the society of each."""

    @property
    def positions(self) -> Mapping[str, tuple[float, float]]:
        """Kilometres east and north, by base or parent."""

    @property
    def area_types(self) -> int:
        """How many area types there are."""


@dataclass(frozen=True, slots=True)
class Sites:
    """Homes as the kernel sees them: coordinates `(n, d)`, codes `(n,)` of what may be in common.

    `position` `(n, 2)` is in kilometres, NaN where unknown; a code of -1 has nothing in common.
    """

    point: Floats
    position: Floats
    bedrooms: Floats
    parent: Codes
    base: Codes
    leaf: Codes
    project: Codes
    society: Codes

    def take(self, rows: Codes) -> Sites:
        """The sites of these rows."""
        return Sites(*(getattr(self, name)[rows] for name in self.__slots__))


class Encoder:
    """Numbers the places and societies of listings; what is not among them is -1."""

    def __init__(self, homes: SiteHomes) -> None:
        self._levels = {level: _numbered(names) for level, names in _names(homes).items()}

    def codes(self, level: str, names: Sequence[str]) -> Codes:
        """The numbers of `names` at a level: leaf, base, parent, project or society."""
        known = self._levels[level]
        return np.array([known.get(name, -1) for name in names], dtype=np.int64)

    def sites(self, homes: SiteHomes) -> Sites:
        """The sites of all rows of `homes`."""
        where = [position_of(homes.positions, place) for place in homes.places]
        facts, rows = homes.facts, homes.features.tolist()
        return Sites(
            point=np.array([coordinates(row, facts, homes.area_types) for row in rows]),
            position=np.array(where),
            bedrooms=homes.features[:, BEDROOMS],
            **{level: self.codes(level, names) for level, names in _names(homes).items()},
        )


def position_of(positions: Mapping[str, tuple[float, float]], place: Place) -> tuple[float, float]:
    """Kilometres east and north of a place, NaN where it is not on the map."""
    return positions.get(place.name_on_map(positions), (np.nan, np.nan))


def _names(homes: SiteHomes) -> dict[str, list[str]]:
    places = homes.places
    bedrooms = homes.features[:, BEDROOMS].tolist()
    return {
        "leaf": [p.leaf for p in places],
        "base": [p.base for p in places],
        "parent": [p.parent for p in places],
        "project": [project_key(p, b) for p, b in zip(places, bedrooms, strict=True)],
        "society": [name or "" for name in homes.societies],
    }


def _numbered(names: Sequence[str]) -> dict[str, int]:
    return {name: i for i, name in enumerate(sorted(set(names) - {""}))}
