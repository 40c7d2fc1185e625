"""Takes a batch apart into rows while it is read: a JSON array, JSON lines, or CSV.

A row that cannot be read is told as an error of its own as long as it is sure where the next one
begins. Where it is not, any price might be told of the wrong row, so reading ends there. A row with
a key in it is such an error, before anything of it is told again.
"""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import chain

import msgspec

from homeprices.datasets.columns import facts_of
from homeprices.datasets.home_rows import HomeColumns
from homeprices.datasets.text_files import are_rows, named_separator, separator_of
from homeprices.domain.errors import HomesError, TooLarge, Unreadable
from homeprices.domain.market import Market
from homeprices.domain.requests.keys import require_no_key
from homeprices.serving.http.body import (
    KEY_FIELDS,
    MOST_BYTES,
    Fields,
    read_object,
    require_no_key_in,
)
from homeprices.serving.http.encoding import pieces_without_mark

Pieces = Iterator[bytes]
# The fields of a row, or why it has none; None for one that is blank and gets no answer.
BatchRow = Fields | HomesError | None
RowReader = Callable[[Pieces, Market], Iterator[BatchRow]]

_STRUCTURE = re.compile(rb'["\[\]{},]')
_IN_TEXT = re.compile(rb'["\\]')
_OPENING, _CLOSING = b"[{", b"]}"
NOT_AN_ARRAY = "the body must be one JSON array of homes"


def json_rows(pieces: Pieces, _market: Market) -> Iterator[BatchRow]:
    """The rows of a JSON array; raises Unreadable where it stops being one, TooLarge."""
    for element in _elements(pieces):
        yield _element_fields(element)


def ndjson_rows(pieces: Pieces, _market: Market) -> Iterator[BatchRow]:
    """The rows of JSON lines, None for each that is blank. Raises TooLarge."""
    for line in _lines(pieces):
        yield _line_fields(line) if line.strip() else None


def _line_fields(line: bytes) -> BatchRow:
    try:
        return _fields(line)
    except Unreadable as error:
        return error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        return Unreadable(f"the line must be one JSON object; {error}")


def _fields(text: bytes) -> Fields:
    """The fields of one JSON object; raises what `read_object` does."""
    fields = read_object(text)
    # Hardly any row has what a closer look is worth, and each row is looked at.
    if b"homes_" in text or b"\\" in text or not KEY_FIELDS.isdisjoint(fields):
        require_no_key_in(fields)
    return fields


def csv_rows(pieces: Pieces, market: Market) -> Iterator[BatchRow]:
    """The rows of CSV below its header, None for each that is blank, and for those above it.

    Raises Unreadable for a header that is of no homes, and where the text stops being CSV, and
    TooLarge.
    """
    lines = _lines(pieces)
    first, named = "", ""
    for text in map(_text, lines):
        if text.strip() and not named_separator(text):
            first = text
            break
        named = named_separator(text) or named
        yield None
    rows = _csv_cells(chain([first.encode()], lines), named or separator_of(first))
    columns: HomeColumns | None = None
    try:
        for cells in rows:
            if not any(cell.strip() for cell in cells):
                yield None
            elif columns is None:
                _require_no_key_among(cells)
                _require_single_columns(cells, market)
                columns = HomeColumns(cells, market)
            else:
                yield _cell_fields(columns, cells)
    except csv.Error as error:
        raise Unreadable(f"the body is not CSV from here on: {error}") from None
    if columns is None:
        raise Unreadable("the body is empty: expected CSV with a header and one home a line")


def _cell_fields(columns: HomeColumns, cells: list[str]) -> BatchRow:
    try:
        _require_no_key_among(cells)
        return columns.fields(cells)
    except Unreadable as error:
        return error


def _require_single_columns(header: list[str], market: Market) -> None:
    """Raise Unreadable where a column stands twice in `header`, or two of them say one fact."""
    columns: defaultdict[str, list[str]] = defaultdict(list)
    written = [*filter(None, map(str.strip, header))]
    for name, fact in zip(written, facts_of(written, market), strict=True):
        columns[fact or name].append(name)
    for names in columns.values():
        if len(names) > 1:
            raise Unreadable(
                f"the columns {' and '.join(names)[:120]} say the same; send the one that is meant"
            )


def _require_no_key_among(cells: list[str]) -> None:
    """Raise KeyMisplaced where one of the cells holds a key."""
    require_no_key("\n".join(cells).encode())


def _csv_cells(lines: Iterator[bytes], delimiter: str) -> Iterator[list[str]]:
    """The cells of each row; raises TooLarge, Unreadable, csv.Error.

    A cell in quotes may hold line ends, so the bytes of a row are those of all its lines.
    """
    size, width, row = 0, 0, list[str]()

    def row_lines() -> Iterator[str]:
        nonlocal size
        for line in lines:
            size += len(line)
            if size > MOST_BYTES:
                raise _too_long()
            row.append(_text(line))
            yield row[-1]

    for cells in csv.reader(row_lines(), delimiter=delimiter, strict=True):
        width = width or len(cells)
        if len(row) > 1 and are_rows(row, delimiter, width):
            raise Unreadable("a quote is opened in this row and closed in another one")
        size = 0
        row.clear()
        yield cells


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise Unreadable("CSV must be UTF-8, and is not from here on; save it as UTF-8") from None


def _lines(pieces: Pieces) -> Iterator[bytes]:
    """The lines of a body with their ends."""
    rest = b""
    for piece in pieces_without_mark(pieces):
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield line + b"\n"
        if len(rest) > MOST_BYTES:
            raise _too_long()
    if rest:
        yield rest


def _elements(pieces: Pieces) -> Iterator[bytes]:
    """The text of each element of a JSON array.

    The text of an element is looked at no further than to find its end.
    """
    scan = _ArrayScan()
    for piece in pieces_without_mark(pieces):
        yield from scan.elements(piece)
    scan.close()


class _ArrayScan:
    """Finds the elements of an array that comes in pieces; each byte is looked at once."""

    def __init__(self) -> None:
        self._data = b""
        # Where the element that is under way begins, and how far it was looked at.
        self._start = self._at = 0
        self._depth = 0
        self._in_text = False
        self._ended = False
        self._any = False

    def elements(self, piece: bytes) -> Iterator[bytes]:
        """The elements that end in `piece`; raises Unreadable, TooLarge."""
        self._data = self._data[self._start :] + piece
        self._at -= self._start
        self._start = 0
        while token := (_IN_TEXT if self._in_text else _STRUCTURE).search(self._data, self._at):
            self._at = token.end()
            if (element := self._take(token[0], token.start())) is not None:
                yield element
        # After a backslash at the very end one byte of the next piece is passed over.
        self._at = max(self._at, len(self._data))
        if len(self._data) - self._start > MOST_BYTES:
            raise _too_long() if self._depth else Unreadable(NOT_AN_ARRAY)
        if self._ended and self._data[self._start :].strip():
            raise Unreadable("something follows the end of the array")

    def close(self) -> None:
        """Raise Unreadable where the array has not come to its end."""
        if not self._ended:
            raise Unreadable(NOT_AN_ARRAY if self._depth == 0 else "the array ends too soon")

    def _take(self, token: bytes, at: int) -> bytes | None:
        """Take note of a token; an element where it ends one."""
        if token == b"\\":
            self._at += 1
        elif token == b'"':
            self._in_text = not self._in_text
        if self._depth == 0:
            self._begin(token, at)
        elif token in _OPENING:
            self._depth += 1
        elif token in _CLOSING:
            self._depth -= 1
            return self._end(token, at) if self._depth == 0 else None
        elif token == b"," and self._depth == 1:
            return self._cut(at)
        return None

    def _begin(self, token: bytes, at: int) -> None:
        before = self._data[self._start : at].strip()
        if self._ended:
            raise Unreadable("something follows the end of the array")
        if token != b"[" or before:
            raise Unreadable(NOT_AN_ARRAY)
        self._depth, self._start = 1, at + 1

    def _end(self, token: bytes, at: int) -> bytes | None:
        if token != b"]":
            raise Unreadable("a row is no JSON, and where the next begins is not sure")
        self._ended = True
        element = self._cut(at)
        return element if self._any or element.strip() else None

    def _cut(self, at: int) -> bytes:
        element, self._start = self._data[self._start : at], at + 1
        self._any = self._any or bool(element.strip()) or not self._ended
        return element


def _element_fields(element: bytes) -> BatchRow:
    """The fields of an element; raises Unreadable where its own end is not sure."""
    try:
        return _fields(element)
    except Unreadable as error:
        return error
    except (msgspec.ValidationError, RecursionError) as error:
        return Unreadable(f"a home must be one JSON object; {error}")
    except (msgspec.DecodeError, ValueError) as error:
        if _is_loose_json(element):
            return Unreadable(f"a home must be one JSON object; {error}")
        raise Unreadable(f"the row is no JSON: {error}; nothing after it is read") from None


def _is_loose_json(element: bytes) -> bool:
    """True for what Python takes for one value and JSON does not, such as NaN: its end is sure."""
    try:
        json.loads(element)
    except (ValueError, RecursionError):
        return False
    return True


def _too_long() -> TooLarge:
    return TooLarge(f"a row must be at most {MOST_BYTES:,} bytes; perhaps a quote is not closed")
