"""Reads a listing file into rows named by fact, or says what is wrong with the file."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from homeprices.datasets.columns import FactCells, columns_of, is_numeric
from homeprices.datasets.decimals import POINT, decimal_sign
from homeprices.datasets.text_files import TextRecord, lines_with_text, records_in, text_of
from homeprices.domain.errors import Corrupt, Unreadable
from homeprices.domain.market import FactKind, Market
from homeprices.domain.written.text import cell_text, normalised

_MOST_PROBLEMS = 3
# No fact of a home takes so many characters; perhaps a quote is not closed.
LONGEST_VALUE = 2_000
VALUE_TOO_LONG = "value_too_long"


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as it stood in the file: the line it starts on, all fields, and the facts by name.

    `problem` says why the fields are not to be trusted (`text_files.TextRecord`, or
    VALUE_TOO_LONG); there are no facts then. A fact of which nothing is said is "".
    """

    line: int
    fields: tuple[str, ...]
    facts: dict[str, str]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class RawListings:
    """A file's header and its rows; `encoding` is that of its text, by Python's name."""

    header: tuple[str, ...]
    rows: tuple[RawRow, ...]
    encoding: str = "utf-8"
    decimal_sign: str = POINT


def public_columns(market: Market) -> list[str]:
    """The header of a published dataset: the first name of each fact, in the public order."""
    return [market.columns[fact][0] for fact in market.published]


def read(content: bytes, market: Market) -> RawListings:
    """The rows of a CSV file; raises Unreadable with up to three things that are wrong with it."""
    text, encoding = text_of(content)
    separator, records = records_in(text)
    header = next(records, None)
    if header is None:
        raise Unreadable("the file is empty: expected a CSV file with a header and one home a line")
    if header.problem:
        raise Unreadable(f"the header in line {header.line} has a quote that is not closed")
    rows = tuple(records)
    _require_all(lines_with_text(text, separator), (header, *rows))
    sign = decimal_sign(number_cells(header.values, rows, market))
    cells = FactCells(header.values, market, decimal_sign=sign)
    raw = RawListings(header.values, tuple(_raw_row(row, cells) for row in rows), encoding, sign)
    problems = _problems(raw, market)
    if problems:
        listed = "; ".join(f"({i}) {p}" for i, p in enumerate(problems[:_MOST_PROBLEMS], 1))
        raise Unreadable(f"the file cannot be used as listings of {market.title}: {listed}")
    _require_city(raw, market)
    return raw


def _require_city(raw: RawListings, market: Market) -> None:
    """Raise Unreadable where most rows say that they are of another city."""
    cities = Counter(row.facts.get("city", "") for row in raw.rows)
    others = Counter({name: n for name, n in cities.items() if is_other_city(name, market)})
    if 2 * others.total() > len(raw.rows):
        name, count = others.most_common(1)[0]
        raise Unreadable(
            f"{count:,} of {len(raw.rows):,} rows are of {name}; "
            f"this is the market of {market.city}"
        )


def is_other_city(name: str, market: Market) -> bool:
    """True for the name of a city that is not this market's."""
    words = f" {re.sub('[^a-z0-9]+', ' ', normalised(name).casefold()).strip()} "
    return name != "" and not any(f" {known} " in words for known in market.city_names)


def _require_all(lines: int, records: Sequence[TextRecord]) -> None:
    """Raise Corrupt unless each line that is not blank is in one record."""
    read_lines = sum(record.lines for record in records)
    if read_lines != lines:
        raise Corrupt(f"{lines:,} lines of the file are not blank; {read_lines:,} were read")


def number_cells(
    header: Sequence[str], records: Iterable[TextRecord], market: Market
) -> Iterator[str]:
    """The cells of sound records that show by which sign decimals are told: rooms have none."""
    columns = columns_of(header, market)
    places = [
        i
        for fact, i in columns.items()
        if is_numeric(fact, market)
        and (fact == "price" or market.facts[fact].kind is not FactKind.WHOLE)
    ]
    for record in records:
        if not record.problem:
            yield from (record.values[i] for i in places)


def _raw_row(record: TextRecord, cells: FactCells) -> RawRow:
    if record.problem:
        return RawRow(record.line, record.values, {}, record.problem)
    if any(len(record.values[at.place]) > LONGEST_VALUE for at in cells.columns.values()):
        return RawRow(record.line, record.values, {}, VALUE_TOO_LONG)
    facts = cells.facts(record.values)
    return RawRow(
        record.line, record.values, {fact: cell_text(str(said)) for fact, said in facts.items()}
    )


def _problems(raw: RawListings, market: Market) -> list[str]:
    """What makes the file hopeless, the gravest first."""
    problems, columns = [], columns_of(raw.header, market)
    missing = [fact for fact in market.needed_columns if fact not in columns]
    if missing:
        wanted = ", ".join(
            f"{market.columns[fact][0]} (or {', '.join(market.columns[fact][1:4])})"
            for fact in missing
        )
        problems.append(f"no column for {wanted}")
        problems.append(f"the columns found are {', '.join(raw.header)[:200]}")
    if not raw.rows:
        problems.append("there is a header but no row below it")
    ragged = sum(len(row.fields) != len(raw.header) for row in raw.rows)
    if raw.rows and ragged > len(raw.rows) / 2:
        problems.append(
            f"{ragged:,} of {len(raw.rows):,} rows have another number of fields than the header "
            f"({len(raw.header)})"
        )
    hopeless = bool(missing) or not raw.rows or ragged == len(raw.rows)
    return problems if hopeless else []
