"""Listings as the Gaussian process sees them: where they stand, and what they have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from homeprices.domain.locality import Place
from homeprices.valuation.arrays import Floats, Integers
from homeprices.valuation.features.encodings import project_key
from homeprices.valuation.numeric.kernel import BEDROOMS, Kernel, coordinates


class SiteHomes(Protocol):
    """What places homes among others; `training_set.TrainingSet` says what each of it is."""

    @property
    def kernel(self) -> Kernel:
        """The kernel that sees them."""

    @property
    def kernel_inputs(self) -> Floats:
        """Rows of the `kernel_features`, `(n, 4)` or `(n, 5)`."""

    @property
    def places(self) -> Sequence[Place]:
        """The place of each."""

    @property
    def societies(self) -> Sequence[str | None]:
        """The key of the society of each."""

    @property
    def positions(self) -> Mapping[str, tuple[float, float]]:
        """Kilometres east and north, by locality or region."""

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
    region: Integers
    locality: Integers
    sublocality: Integers
    project: Integers
    society: Integers

    def take(self, rows: Integers) -> Sites:
        """The sites of these rows."""
        return Sites(*(getattr(self, name)[rows] for name in self.__slots__))


class Encoder:
    """Numbers the places and societies of listings; what is not among them is -1."""

    def __init__(self, homes: SiteHomes) -> None:
        self._levels = {level: _numbered(names) for level, names in _names(homes).items()}

    def codes(self, level: str, names: Sequence[str]) -> Integers:
        """The numbers of `names` at a level: sublocality, locality, region, project or society."""
        known = self._levels[level]
        return np.array([known.get(name, -1) for name in names], dtype=np.int64)

    def sites(self, homes: SiteHomes) -> Sites:
        """The sites of all rows of `homes`."""
        kernel, inputs, types = homes.kernel, homes.kernel_inputs, homes.area_types
        return Sites(
            point=np.array([coordinates(kernel, row, types) for row in inputs.tolist()]),
            position=np.array([position_of(homes.positions, place) for place in homes.places]),
            bedrooms=inputs[:, BEDROOMS],
            **{level: self.codes(level, names) for level, names in _names(homes).items()},
        )


def position_of(positions: Mapping[str, tuple[float, float]], place: Place) -> tuple[float, float]:
    """Kilometres east and north of a place, NaN where it is not on the map."""
    return positions.get(place.name_on_map(positions), (np.nan, np.nan))


def _names(homes: SiteHomes) -> dict[str, list[str]]:
    places = homes.places
    bedrooms = homes.kernel_inputs[:, BEDROOMS].tolist()
    return {
        "sublocality": [place.sublocality for place in places],
        "locality": [place.locality for place in places],
        "region": [place.region for place in places],
        "project": [project_key(p, b) for p, b in zip(places, bedrooms, strict=True)],
        "society": [name or "" for name in homes.societies],
    }


def _numbered(names: Sequence[str]) -> dict[str, int]:
    return {name: i for i, name in enumerate(sorted(set(names) - {""}))}
