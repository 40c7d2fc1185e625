"""Reads a listing file into rows named by fact, or says what is wrong with the file."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from homeprices.domain.errors import Unreadable
from homeprices.domain.market import Market

_MOST_PROBLEMS = 3
csv.field_size_limit(1_000_000)


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as it stood in the file: the line it starts on, all fields, and the facts by name."""

    line: int
    fields: tuple[str, ...]
    facts: dict[str, str]


@dataclass(frozen=True, slots=True)
class RawListings:
    """A file's header and its rows; `encoding` is that of its text, by Python's name."""

    header: tuple[str, ...]
    rows: tuple[RawRow, ...]
    encoding: str = "utf-8"


def public_columns(market: Market) -> list[str]:
    """The header of a published dataset: the first name of each fact, in the public order."""
    return [market.columns[fact][0] for fact in market.published]


def read(content: bytes, market: Market) -> RawListings:
    """The rows of a CSV file; raises Unreadable with up to three things that are wrong with it."""
    lines = lines_of(content)
    header = next((fields for _, fields in lines), None)
    if header is None:
        raise Unreadable("the file is empty: expected a CSV file with a header and one home a line")
    columns = columns_of(header, market)
    rows = tuple(RawRow(line, fields, _facts(fields, columns)) for line, fields in lines)
    problems = _problems(header, columns, rows, market)
    if problems:
        listed = "; ".join(f"({i}) {p}" for i, p in enumerate(problems[:_MOST_PROBLEMS], 1))
        raise Unreadable(f"the file cannot be used as listings of {market.title}: {listed}")
    return RawListings(header, rows, _encoding(content))


def _encoding(content: bytes) -> str:
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _text(content: bytes) -> str:
    if b"\0" in content[:10_000]:
        raise Unreadable(
            "the file is not text: expected CSV; save a spreadsheet as CSV (UTF-8) first"
        )
    return content.decode(_encoding(content))


def lines_of(content: bytes) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The first line number and the fields of each row that is not blank; raises Unreadable."""
    text = _text(content)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
    line = 1
    try:
        for fields in reader:
            if any(field.strip() for field in fields):
                yield line, tuple(fields)
            line = reader.line_num + 1
    except csv.Error as error:
        raise Unreadable(f"the file is not CSV: {error} near line {line}") from None


def delimiter_of(text: str) -> str:
    """The separator that the header uses most."""
    header = text.split("\n", 1)[0]
    return max(",;\t|", key=header.count)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")


def columns_of(header: Sequence[str], market: Market) -> dict[str, int]:
    """Where each fact stands; the market's first name for it wins."""
    places = {_plain(name): i for i, name in reversed(list(enumerate(header)))}
    columns = {}
    for fact, names in market.columns.items():
        known = [places[_plain(name)] for name in names if _plain(name) in places]
        if known:
            columns[fact] = known[0]
    return columns


def _facts(fields: tuple[str, ...], columns: dict[str, int]) -> dict[str, str]:
    return {
        fact: " ".join(fields[i].split()) if i < len(fields) else "" for fact, i in columns.items()
    }


def _problems(
    header: tuple[str, ...], columns: dict[str, int], rows: tuple[RawRow, ...], market: Market
) -> list[str]:
    """What makes the file hopeless, the gravest first."""
    problems = []
    missing = [fact for fact in market.needed_columns if fact not in columns]
    if missing:
        wanted = ", ".join(
            f"{market.columns[fact][0]} (or {', '.join(market.columns[fact][1:4])})"
            for fact in missing
        )
        problems.append(f"no column for {wanted}")
        problems.append(f"the columns found are {', '.join(header)[:200]}")
    if not rows:
        problems.append("there is a header but no row below it")
    ragged = sum(len(row.fields) != len(header) for row in rows)
    if rows and ragged > len(rows) / 2:
        problems.append(
            f"{ragged:,} of {len(rows):,} rows have another number of fields than the header "
            f"({len(header)})"
        )
    hopeless = bool(missing) or not rows or ragged == len(rows)
    return problems if hopeless else []
