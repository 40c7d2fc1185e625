"""A market: the facts that differ from city to city, as one value.

Every field is filled from the market's TOML file; code that needs a unit, a
bound or a column name asks the market and says none of it as a fact.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Bounds:
    """The smallest and largest value that is accepted."""

    least: float
    most: float

    def __contains__(self, value: float) -> bool:
        return self.least <= value <= self.most

    def __str__(self) -> str:
        return f"{self.least:,.6g} to {self.most:,.6g}"


@dataclass(frozen=True, slots=True)
class Accepted:
    """What may be priced: outside is refused. Latitude and longitude are in degrees."""

    area: Bounds
    bedrooms: Bounds
    bathrooms: Bounds
    latitude: Bounds
    longitude: Bounds


@dataclass(frozen=True, slots=True)
class Usual:
    """What is common: outside is priced with a note and a wider range.

    `rate` is the middle price of a unit of area, in units of currency.
    """

    area: Bounds
    least_area_per_bedroom: float
    most_area_per_bedroom: float
    rate: float


@dataclass(frozen=True, slots=True)
class ComparableRule:
    """Which listings are like a home, and how few of them are too few to name one price.

    Those of its locality, phases and blocks together, with as many bedrooms and an area that
    differs by at most `area_share`.
    """

    area_share: float
    fewest: int


@dataclass(frozen=True, slots=True)
class Money:
    """How the market speaks of money: `price_unit` is what prices are counted in."""

    symbol: str
    currency: str
    price_unit: str
    units_of_currency: float
    large_unit: str
    large_unit_factor: float


@dataclass(frozen=True, slots=True)
class Market:
    """One city.

    `area_units` maps each unit, casefolded and without spaces or dots, to its
    size in `area_unit`. `fields` names the facts of a home as callers and
    listing files do; `columns` gives the names that a file may use for them,
    the public one first. `fillers` are words that tell nothing in the name of a
    locality, `around` those that stand near one to tell where a home is, `endings` those
    that many names share; `aliases` and `parents` are keys (domain.locality).
    `landmarks` are latitude and longitude in degrees, the centre of the city first.
    """

    name: str
    title: str
    city: str
    area_unit: str
    money: Money
    accepted: Accepted
    usual: Usual
    comparable: ComparableRule
    area_units: dict[str, float]
    fields: dict[str, str]
    columns: dict[str, list[str]]
    kinds: dict[str, str]
    fillers: list[str] = field(default_factory=list)
    around: list[str] = field(default_factory=list)
    endings: list[str] = field(default_factory=list)
    landmarks: dict[str, tuple[float, float]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
