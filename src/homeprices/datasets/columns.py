"""Which facts the columns of a file say, by their names, and what a row says under them.

One reader for what is published and what is scored. Names are compared by their letters and digits
alone: "totalSqft" is "Total Sq. Ft.". A unit may stand behind a name, as in "Price (Rs. in Cr)": it
is the unit of all values that name none.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan

from homeprices.datasets.decimals import COMMA, POINT, with_points
from homeprices.domain.market import AREA_UNIT, FactKind, Market
from homeprices.domain.units import area_in_unit, is_currency, price_in_unit
from homeprices.domain.written.text import cell_text, normalised

_NUMERIC = {FactKind.AREA, FactKind.WHOLE, FactKind.NUMBER}
_MOST_WORDS = 4
# Joins a name and its unit, as in "Price in Cr".
_IN = "in"
_WORD = re.compile(r"[A-Za-z]{2}")
_DIGIT = re.compile(r"\d")
# The sign that ends what stands before the first digit; that of a negative number stays.
_DASH = re.compile(r"(?<=[A-Za-z.)])(\s*[:=]\s*|\s*-\s+|-)$")


@dataclass(frozen=True, slots=True)
class FactColumn:
    """Where a fact stands, and the unit that the name of its column says; "" for none."""

    place: int
    unit: str = ""


def column_key(name: str) -> str:
    """The name of a column as it is compared: its letters, digits and signs of currency.

    >>> column_key("Price (₹ in Lakhs)"), column_key("totalSqft")
    ('price₹inlakhs', 'totalsqft')
    """
    signs = normalised(name).casefold()
    return "".join(
        sign for sign in signs if (sign.isascii() and sign.isalnum()) or _is_currency_sign(sign)
    )


def _is_currency_sign(sign: str) -> bool:
    return unicodedata.category(sign) == "Sc"


def columns_of(header: Sequence[str], market: Market) -> dict[str, int]:
    """Where each fact stands (`read_header`)."""
    return {fact: column.place for fact, column in read_header(header, market).items()}


def read_header(header: Sequence[str], market: Market) -> dict[str, FactColumn]:
    """Where each fact stands: under a name that the market knows, the first of them, or its field.

    Of columns of one name the first is read. A name with two units behind it, "Price (Cr / Lakh)",
    is none.
    """
    keys = [column_key(name) for name in header]
    columns = {}
    for fact in market.columns:
        names = _Names(fact, market)
        found = [(names.rank(key), place) for place, key in enumerate(keys)]
        known = [(rank, place) for rank, place in found if rank is not None]
        if known:
            place = min(known)[1]
            columns[fact] = FactColumn(place, names.unit(keys[place]))
    return columns


def facts_of(columns: Sequence[str], market: Market) -> list[str | None]:
    """The fact that each column says by its name; None for none."""
    names = {fact: _Names(fact, market) for fact in market.columns}
    keys = map(column_key, columns)
    return [next((f for f in names if names[f].rank(key) is not None), None) for key in keys]


class _Names:
    """What columns of one fact are called: the market's names and its field, and units behind."""

    def __init__(self, fact: str, market: Market) -> None:
        named = [*market.columns[fact], market.fields.get(fact, fact)]
        self._units = _units(fact, market)
        self._ranks: dict[str, int] = {}
        for rank, name in enumerate(named):
            self._ranks.setdefault(column_key(name), rank)
        # "total_sqft" is a name, and so "Total (sq m)" is one: with a unit, and only so.
        self._bare: dict[str, int] = {}
        for name, rank in self._ranks.items():
            for start, units in self._splits(name):
                if start and any(self._units[unit] for unit in units):
                    self._bare.setdefault(start, rank)

    def rank(self, key: str) -> int | None:
        """The place of a name among those of the fact, the first being 0; None if it is none."""
        readings = list(self._readings(key))
        sizes = {self._units[unit] for _, units in readings for unit in units} - {None}
        if not readings or len(sizes) > 1:
            return None
        return self._ranks.get(key, min(rank for rank, _ in readings))

    def unit(self, key: str) -> str:
        """The unit behind a name, the sign of a currency only where there is no other; or ""."""
        said = [unit for _, units in self._readings(key) for unit in units if unit != _IN]
        return max(said, key=lambda unit: (self._units[unit] is not None, len(unit)), default="")

    def labels(self) -> set[str]:
        """The names that say no unit."""
        return {name for name in self._ranks if not self.unit(name)}

    def _readings(self, key: str) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Each way to read a name: the rank of the known one, and the units behind it."""
        for start, units in self._splits(key):
            if start in self._ranks:
                yield self._ranks[start], units
            elif any(self._units[unit] for unit in units):
                rank = self._bare.get(start) if start else self._ranks.get(key)
                if rank is not None:
                    yield rank, units

    def _splits(self, key: str, most: int = _MOST_WORDS) -> Iterator[tuple[str, tuple[str, ...]]]:
        """A name and its start without each of the units that it may end with."""
        yield key, ()
        for unit in self._units if most else ():
            if key.endswith(unit):
                for start, units in self._splits(key.removesuffix(unit), most - 1):
                    yield start, (*units, unit)


def _units(fact: str, market: Market) -> Mapping[str, float | None]:
    """What may stand behind the names of a fact, and its size; None for what has none.

    A currency has none: "Rs. in Lakhs" are lakhs.
    """
    if fact == "area":
        sizes = {column_key(unit): size for unit, size in market.area_units.items()}
        sized = {unit: size for unit, size in sizes.items() if unit and unit in market.area_units}
        return {**sized, _IN: None}
    if fact == "price":
        money = market.money
        known = {u: None if is_currency(u, money) else size for u, size in money.units.items()}
        return {**known, **dict.fromkeys(money.signs), _IN: None}
    return {}


def is_numeric(fact: str, market: Market) -> bool:
    """True for a fact that is told as a number, and the price."""
    return fact == "price" or (fact in market.facts and market.facts[fact].kind in _NUMERIC)


class FactCells:
    """What rows under one header say of each fact.

    `columns` are where facts stand; `decimal_sign` stands before the decimals of numbers.
    """

    def __init__(self, header: Sequence[str], market: Market, *, decimal_sign: str = POINT) -> None:
        self.columns = read_header(header, market)
        self._market = market
        self._is_comma = decimal_sign == COMMA
        beside = {column_key(word) for word in market.qualifiers}
        self._labels = {
            fact: beside | _Names(fact, market).labels()
            for fact in self.columns
            if is_numeric(fact, market)
        }

    def facts(self, cells: Sequence[object]) -> dict[str, object]:
        """The facts of a row as they stand there, areas and prices with the unit that is said.

        A value that is missing is "".

        A unit beside the value counts most, then the row's own column for it, then the name of the
        value's column.
        """
        facts = {fact: self._cell(fact, cells[at.place]) for fact, at in self.columns.items()}
        if AREA_UNIT in facts:
            facts["area"] = area_in_unit(facts.get("area", ""), facts.pop(AREA_UNIT))
        if (area := self.columns.get("area")) and self._market.area_units.get(area.unit, 1) != 1:
            facts["area"] = area_in_unit(facts["area"], area.unit)
        price = self.columns.get("price")
        if price and price.unit:
            facts["price"] = price_in_unit(facts["price"], price.unit, self._market.money)
        return facts

    def _cell(self, fact: str, cell: object) -> object:
        if cell is None or (isinstance(cell, float) and isnan(cell)):
            return ""
        if not isinstance(cell, str):
            return cell
        if fact not in self._labels:
            return cell
        written = cell_text(cell)
        text = _unlabelled(written, self._labels[fact], is_size=fact == "bedrooms")
        text = with_points(text) if self._is_comma else text
        return cell if text == written else text


def _unlabelled(text: str, labels: set[str], *, is_size: bool) -> str:
    """A value without the words before and behind it that change nothing: "Super Area: 1200".

    Those behind a size, "4 Bedroom", say what is meant.
    """
    if not _WORD.search(text):
        return text
    head = _DIGIT.split(text, maxsplit=1)[0]
    plain = _DASH.sub(" ", head).replace(":", ": ")
    words = (plain + text[len(head) :]).split()
    before = _labelled(words, labels)
    behind = 0 if is_size else _labelled(words[before:][::-1], labels, is_reversed=True)
    left = words[before : len(words) - behind]
    return " ".join(left) if before or behind else text


def _labelled(words: Sequence[str], labels: set[str], *, is_reversed: bool = False) -> int:
    """How many of the first words are a label; one word at least is left."""
    for count in range(min(_MOST_WORDS, len(words) - 1), 0, -1):
        label = words[:count][::-1] if is_reversed else words[:count]
        if column_key(" ".join(label)) in labels:
            return count
    return 0
