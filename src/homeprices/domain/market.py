"""A market: what differs from city to city, as one value.

Every field is filled from the market's TOML file; code that needs a unit, a
bound or a column name asks the market and says none of it as a fact.
"""

import dataclasses
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

# What every home has; all else is an optional fact that a market may declare.
SIZE_AND_PLACE = ("locality", "area", "bedrooms", "bathrooms")
# In listing files, what says the unit of an area that is a bare number.
AREA_UNIT = "area_unit"
# A city in fewer parts is hardly divided; in more, none has the traffic to show anything.
FEWEST_ZONES, MOST_ZONES = 4, 8
# What is said where no zone is meant, so that no zone may be called so.
EVERYWHERE = "everywhere"
_ZONE_NAME = re.compile(r"[a-z][a-z0-9-]{0,29}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The smallest and largest value that is accepted."""

    least: float
    most: float

    def __contains__(self, value: float) -> bool:
        return self.least <= value <= self.most

    def __str__(self) -> str:
        return f"{self.least:,.6g} to {self.most:,.6g}"


class FactKind(StrEnum):
    """How a fact is written and read (domain/written/facts.py)."""

    LOCALITY = "locality"
    AREA = "area"
    WHOLE = "whole"
    NUMBER = "number"
    CHOICE = "choice"
    TEXT = "text"
    DATE = "date"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class FactSpec:
    """One fact of a home, declared: everything that readers, forms and pages know of it.

    `field` names it in the API, `columns` in listing files, the public one first. `title` is its
    label, `words` stand for it inside a sentence. Numbers and areas have `bounds`, a number may
    go by `step` (0.5 where there are half bathrooms). Of a choice, `values` are the words that
    are accepted, each with its other spellings; `size_words` are those that stand beside the
    number of bedrooms and say it ("4 Bedroom" is a house), with "" for those that say nothing.
    `counted` is what one of them and several are called in sentences.
    `examples` show what may be said.
    Facts of one `group` are provided all or not at all.
    """

    kind: FactKind
    field: str
    columns: list[str]
    title: str
    words: str
    required: bool = False
    bounds: Bounds | None = None
    step: float | None = None
    values: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    size_words: dict[str, str] = dataclasses.field(default_factory=dict)
    counted: tuple[str, str] = ("bedroom", "bedrooms")
    examples: list[str] = dataclasses.field(default_factory=list)
    group: str = ""
    hint: str = ""

    def __post_init__(self) -> None:
        if self.kind in (FactKind.AREA, FactKind.WHOLE, FactKind.NUMBER) and self.bounds is None:
            raise ValueError(f"the fact {self.field!r} is of kind {self.kind} and needs bounds")
        if self.kind is FactKind.CHOICE and not self.values:
            raise ValueError(f"the fact {self.field!r} is a choice and needs values")

    @property
    def accepted(self) -> Bounds:
        """The bounds of a fact that has some."""
        if self.bounds is None:
            raise ValueError(f"the fact {self.field!r} has no bounds")
        return self.bounds


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
    """How the market speaks of money: `price_unit` is what prices are counted in.

    `units` maps each unit that may stand behind a price, casefolded, to its size in `price_unit`;
    `signs`, casefolded and without a dot, are those that may stand before one.
    """

    symbol: str
    currency: str
    price_unit: str
    units_of_currency: float
    large_unit: str
    large_unit_factor: float
    units: dict[str, float] = dataclasses.field(default_factory=dict)
    signs: list[str] = dataclasses.field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of the city: what lies nearer to its centre than to any other, and what it names.

    `centre` is latitude and longitude in degrees. `localities` are keys (domain.locality) of what
    is on no map, or belongs here although another centre is nearer.
    """

    centre: tuple[float, float] | None = None
    localities: list[str] = dataclasses.field(default_factory=list)


@dataclass(frozen=True)
class Market:
    """One city.

    `rooms_beside` are rooms that stand behind the bedrooms and are none: "3 BHK + study".
    `area_unit` names the unit of areas in code and files, `area_words` in sentences, which are
    in `language`; numbers are written as `number_format`, a BCP 47 tag, has them; a day begins
    `utc_offset_hours` before it does in UTC. `area_choices`
    are the units that a form offers, each with what is written after the number.
    `area_units` maps each unit, casefolded and without spaces or dots, to its
    size in `area_unit`. `facts` declares what may be said of a home, in the order of a form, and
    `price_columns` what a listing file may call its price. `published` are the columns of a
    published dataset, in their order. `city_columns` say in a listing file which city a row is
    of, `city_names`, casefolded, that it is this one, `area_unit_columns` the unit of its
    area. `qualifiers` are words that may stand before or behind a number in a file and change
    nothing. `fillers` are words that tell nothing in
    the name of a locality, `beside` those that lead to what is only near, `around` those that stand
    near a place to tell where a home is, `roads` those that end the name of a road, `endings`
    those that many names share; `elsewhere` are other cities and states, casefolded. `aliases` and
    `parents` are keys (domain.locality).
    `landmarks` are latitude and longitude in degrees, the centre of the city first. `zones` are
    the parts in which experiments are reported, and to which one may be limited; none need be.
    """

    name: str
    title: str
    city: str
    area_unit: str
    area_words: str
    money: Money
    usual: Usual
    comparable: ComparableRule
    area_units: dict[str, float]
    facts: dict[str, FactSpec]
    price_columns: list[str]
    published: list[str]
    rooms_beside: list[str] = dataclasses.field(default_factory=list)
    qualifiers: list[str] = dataclasses.field(default_factory=list)
    fillers: list[str] = dataclasses.field(default_factory=list)
    beside: list[str] = dataclasses.field(default_factory=list)
    around: list[str] = dataclasses.field(default_factory=list)
    roads: list[str] = dataclasses.field(default_factory=list)
    elsewhere: list[str] = dataclasses.field(default_factory=list)
    endings: list[str] = dataclasses.field(default_factory=list)
    landmarks: dict[str, tuple[float, float]] = dataclasses.field(default_factory=dict)
    aliases: dict[str, str] = dataclasses.field(default_factory=dict)
    parents: dict[str, str] = dataclasses.field(default_factory=dict)
    city_columns: list[str] = dataclasses.field(default_factory=list)
    city_names: list[str] = dataclasses.field(default_factory=list)
    area_unit_columns: list[str] = dataclasses.field(default_factory=list)
    language: str = "en"
    number_format: str = "en"
    utc_offset_hours: float = 0.0
    area_choices: dict[str, str] = dataclasses.field(default_factory=dict)
    zones: dict[str, Zone] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = set(self.published) - {*self.facts, "price"}
        missing = {*SIZE_AND_PLACE, *self.required_facts} - set(self.facts)
        if missing or unknown:
            raise ValueError(
                f"the market {self.name!r} declares no fact {', '.join(sorted(missing | unknown))}"
            )
        _check_zones(self.zones)

    @cached_property
    def fields(self) -> Mapping[str, str]:
        """What callers name each fact."""
        return {name: spec.field for name, spec in self.facts.items()}

    @cached_property
    def columns(self) -> Mapping[str, list[str]]:
        """What listing files name each fact, the price, a row's city and the unit of its area."""
        names = {name: spec.columns for name, spec in self.facts.items()}
        others = {"city": self.city_columns, AREA_UNIT: self.area_unit_columns}
        named = {name: columns for name, columns in others.items() if columns}
        return {**names, "price": self.price_columns, **named}

    @cached_property
    def optional_facts(self) -> Mapping[str, FactSpec]:
        """The facts beside size and place."""
        return {name: spec for name, spec in self.facts.items() if name not in SIZE_AND_PLACE}

    @cached_property
    def grouped_facts(self) -> Mapping[str, FactSpec]:
        """The optional facts that are provided with others or not at all."""
        return {name: spec for name, spec in self.optional_facts.items() if spec.group}

    @cached_property
    def single_facts(self) -> Mapping[str, FactSpec]:
        """The optional facts that are provided each for itself."""
        return {name: spec for name, spec in self.optional_facts.items() if not spec.group}

    @cached_property
    def groups(self) -> Mapping[str, list[FactSpec]]:
        """The facts that are provided all or not at all, by the name of their group."""
        groups: dict[str, list[FactSpec]] = {}
        for spec in self.grouped_facts.values():
            groups.setdefault(spec.group, []).append(spec)
        return groups

    @cached_property
    def required_facts(self) -> tuple[str, ...]:
        """What must be said of every home."""
        return tuple(name for name, spec in self.facts.items() if spec.required)

    @cached_property
    def needed_columns(self) -> tuple[str, ...]:
        """What no listing file may lack: the published facts that are required, and the price."""
        return tuple(name for name in self.published if name in {*self.required_facts, "price"})

    @cached_property
    def size_fact(self) -> tuple[str, Mapping[str, str]]:
        """The fact that the word beside the number of bedrooms says, by that word; "" if none."""
        said = ((name, spec.size_words) for name, spec in self.facts.items() if spec.size_words)
        return next(said, ("", {}))


def _check_zones(zones: Mapping[str, Zone]) -> None:
    """Raises ValueError, which says what to write, where zones are no division of a city."""
    if zones and not FEWEST_ZONES <= len(zones) <= MOST_ZONES:
        raise ValueError(
            f"[zones] must be {FEWEST_ZONES} to {MOST_ZONES} parts of the city, or left out; "
            f"got {len(zones)}: {', '.join(zones)}"
        )
    for name, zone in zones.items():
        if not _ZONE_NAME.fullmatch(name) or name == EVERYWHERE:
            raise ValueError(
                f"a zone must be called by small letters, digits and -, and not {EVERYWHERE!r}; "
                f"got {name!r}"
            )
        if zone.centre is None and not zone.localities:
            raise ValueError(
                f"[zones.{name}] holds no locality: give it a centre = [latitude, longitude], "
                "localities, or both"
            )
    named = Counter(locality for zone in zones.values() for locality in zone.localities)
    twice = [locality for locality, count in named.items() if count > 1]
    if twice:
        raise ValueError(f"each locality has one zone; named by two: {', '.join(twice)}")
