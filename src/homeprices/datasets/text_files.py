"""Text tables as programs write them: encoding, separator, line ends, decimal sign, and records.

One reader for what is published and what is scored. A line is a record, or a part of one whose
value in quotes goes on; a line whose quote is never closed is a record of its own that cannot be
read, so that it swallows no other.
"""

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import dropwhile

from homeprices.domain.errors import Unreadable

SEPARATORS = ",;\t|"
# A value in quotes may go on over so many lines; a quote that does not end by then was forgotten.
MOST_LINES = 40
# What may be wrong with a record.
UNCLOSED_QUOTE = "unclosed_quote"
WRONG_NUMBER_OF_VALUES = "wrong_number_of_values"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# The bytes that Windows-1252 has no letter for.
_NOT_WINDOWS = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_MARK = "\0"
_NAMED_SEPARATOR = re.compile(r'"?sep=([,;\t|])"?', re.IGNORECASE)
_LINE_END = re.compile(r"\r\n|\r|\n")
_QUOTED = re.compile(r'"[^"]*"?')
csv.field_size_limit(1_000_000)


@dataclass(frozen=True, slots=True)
class TextRecord:
    """The values of a record, the line it begins on, and how many of its lines are not blank.

    `problem` says why its values are not to be trusted; they are then the text as it stands.
    """

    line: int
    lines: int
    values: tuple[str, ...]
    problem: str = ""


class EncodingSurvey:
    """Finds the encoding of bytes that come in pieces."""

    def __init__(self) -> None:
        self._utf8 = codecs.getincrementaldecoder("utf-8")()
        self._is_utf8 = self._is_windows = True
        self._start = b""

    def take(self, piece: bytes) -> None:
        """Look at the next piece."""
        if len(self._start) < 10_000:
            self._start += piece
        self._decode(piece, final=False)
        self._is_windows = self._is_windows and _NOT_WINDOWS.search(piece) is None

    def encoding(self) -> str:
        """Python's name of it, once all was looked at; raises Unreadable for what is no text."""
        self._decode(b"", final=True)
        if self._start.startswith(_UTF16):
            return "utf-16"
        if b"\0" in self._start:
            raise Unreadable(
                "the file is not text: expected CSV; save a spreadsheet as CSV (UTF-8) first"
            )
        if self._is_utf8:
            return "utf-8-sig" if self._start.startswith(codecs.BOM_UTF8) else "utf-8"
        return "cp1252" if self._is_windows else "latin-1"

    def _decode(self, piece: bytes, *, final: bool) -> None:
        if self._is_utf8:
            try:
                self._utf8.decode(piece, final)
            except UnicodeDecodeError:
                self._is_utf8 = False


def encoding_of(content: bytes) -> str:
    """The encoding of a whole file, by Python's name; raises Unreadable for what is no text."""
    survey = EncodingSurvey()
    survey.take(content)
    return survey.encoding()


def named_separator(line: str) -> str:
    """The separator that a line before the header names to a spreadsheet, `sep=;`; "" for none."""
    named = _NAMED_SEPARATOR.fullmatch(line.strip(" \r\n"))
    return named[1] if named else ""


def separator_of(first_line: str) -> str:
    """The separator that a header uses most outside of quotes, or that a line before it names."""
    if named := named_separator(first_line):
        return named
    bare = _QUOTED.sub("", first_line)
    return max(SEPARATORS, key=bare.count)


def line_end_of(line: str) -> str:
    """How the first line of a file ends; as on Unix where it does not."""
    return "\r\n" if line.endswith("\r\n") else "\r" if line.endswith("\r") else "\n"


def records(lines: Iterable[str], separator: str) -> Iterator[TextRecord]:
    """The records of `lines`, which keep their ends, the header first; blank lines are none."""
    return iter(_Records(lines, separator))


def text_of(content: bytes) -> tuple[str, str]:
    """The text of a whole file and its encoding; raises Unreadable for what is no text."""
    encoding = encoding_of(content)
    try:
        return content.decode(encoding), encoding
    except UnicodeDecodeError as error:
        raise not_text(encoding, error) from None


def not_text(encoding: str, error: UnicodeDecodeError) -> Unreadable:
    """What is said of a file whose bytes are not what they began as."""
    return Unreadable(f"the file is damaged: it begins as {encoding}, and then: {error.reason}")


def are_rows(lines: Sequence[str], separator: str, width: int) -> bool:
    """True for lines of one record that most likely are rows, swallowed by two stray quotes.

    The first and the last of them, and most of all, have as many values as the header.
    """
    whole = [line.count(separator) + 1 == width for line in lines]
    return whole[0] and whole[-1] and 2 * sum(whole) > len(whole)


def records_in(text: str) -> tuple[str, Iterator[TextRecord]]:
    """The separator of a whole text, and its records."""
    lines = list(io.StringIO(text, newline=""))
    separator = separator_of(next((line for line in lines if line.strip()), ""))
    return separator, records(lines, separator)


def lines_with_text(text: str, separator: str) -> int:
    """How many lines are not blank, by a count that knows nothing of records."""
    return sum(not _is_blank(line, separator) for line in _LINE_END.split(text))


class _Records:
    def __init__(self, lines: Iterable[str], separator: str) -> None:
        self._lines = iter(lines)
        self._separator = separator
        # Lines that were looked at in search of the end of a value, and are yet to be read.
        self._ahead: deque[str] = deque()
        self._width: int | None = None
        self._line = 0

    def __iter__(self) -> Iterator[TextRecord]:
        while (line := self._next()) is not None:
            self._line += 1
            if not _is_blank(line, self._separator):
                yield self._checked(self._record(line))

    def _next(self) -> str | None:
        return self._ahead.popleft() if self._ahead else next(self._lines, None)

    def _record(self, line: str) -> TextRecord:
        """The record that begins with `line`: all lines until its quotes are closed."""
        begun, text, lines = self._line, line, 1
        while (values := _parsed(text, self._separator)) is None:
            more = self._peek(lines)
            if more is None or lines == MOST_LINES:
                break
            text, lines = text + more, lines + 1
        if values is None or (lines > 1 and not self._fits(values, text)):
            return TextRecord(begun, 1, (line.rstrip("\r\n"),), UNCLOSED_QUOTE)
        for _ in range(lines - 1):
            self._ahead.popleft()
        self._line += lines - 1
        with_text = sum(not _is_blank(part, self._separator) for part in _LINE_END.split(text))
        return TextRecord(begun, with_text, values)

    def _peek(self, ahead: int) -> str | None:
        """The line that is so many further on; it stays to be read."""
        if len(self._ahead) < ahead and (line := next(self._lines, None)) is not None:
            self._ahead.append(line)
        return self._ahead[ahead - 1] if len(self._ahead) >= ahead else None

    def _fits(self, values: Sequence[str], text: str) -> bool:
        """True for a record over several lines that is like the others, and its lines are not."""
        if self._width is None:
            return True
        lines = _LINE_END.split(text.rstrip("\r\n"))
        return len(values) == self._width and not are_rows(lines, self._separator, self._width)

    def _checked(self, record: TextRecord) -> TextRecord:
        """The record without empty values beyond the header, and what is wrong with it."""
        values = record.values
        if self._width is None:
            self._width = len([*dropwhile(lambda name: not name.strip(), reversed(values))])
        while len(values) > self._width and not values[-1].strip():
            values = values[:-1]
        is_ragged = not record.problem and len(values) != self._width
        problem = WRONG_NUMBER_OF_VALUES if is_ragged else record.problem
        return replace(record, values=values, problem=problem)


def _parsed(text: str, separator: str) -> tuple[str, ...] | None:
    """The values of one record; None where a quote in it is not closed.

    A mark behind the last value stands alone unless a quote before it is open.
    """
    text = text.rstrip("\r\n")
    if '"' not in text:
        return tuple(text.split(separator))
    values = _values(text, separator, is_strict=True)
    if values is not None or "\n" in text or "\r" in text:
        # Where a value goes on over lines, its quotes must be as they should be, or another row's
        # quote would close it.
        return values
    # A quote that ends in the middle of a value, '"Sobha" Dream', does no harm, but where a
    # separator may have been taken for text.
    values = _values(text, separator, is_strict=False)
    return values if values and not any(separator in value for value in values) else None


def _values(text: str, separator: str, *, is_strict: bool) -> tuple[str, ...] | None:
    marked = [f"{text}{separator}{_MARK}"]
    try:
        *values, mark = next(csv.reader(marked, delimiter=separator, strict=is_strict))
    except csv.Error:
        return None
    return tuple(values) if mark == _MARK else None


def _is_blank(line: str, separator: str) -> bool:
    """True for a line without text, and for one that names the separator to a spreadsheet."""
    text = line.strip(f'{separator}" \t\r\n\ufeff')
    return not text or (text.casefold() == "sep=" and _NAMED_SEPARATOR.search(line) is not None)
