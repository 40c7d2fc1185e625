"""Writes the answer to a batch row by row: a JSON array, JSON lines, or CSV.

Whatever happens, what is written is valid as far as it goes. A batch that cannot be read to its
end has a last row that says so: it is marked `ended`, and nothing from that row on was read.
"""

import csv
import io
from collections.abc import Sequence
from typing import Protocol

import msgspec

from homeprices.datasets.cells import formula_safe
from homeprices.serving.price import Price
from homeprices.serving.problems import ProblemDetail

_ENCODER = msgspec.json.Encoder()
_PRICES = (
    "estimated_price",
    "low",
    "high",
    "coverage",
    "certainty",
    "price_per_sqft",
    "location",
    "location_known",
    "notes",
    "model_version",
)
COLUMNS = ("row", *_PRICES, "error_code", "error", "ended")


class RowProblem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why `row` has no price; `ended` where nothing from it on was read."""

    row: int
    error: ProblemDetail
    ended: bool = False


class RowWriter(Protocol):
    """One format; it writes one batch."""

    media: bytes
    head: bytes
    tail: bytes

    def price(self, row: int, price: Price) -> bytes:
        """A row with its price; the first is 1."""

    def problem(self, problem: RowProblem) -> bytes:
        """A row that has none."""


class NdjsonWriter:
    """A JSON object a line."""

    media, head, tail = b"application/x-ndjson", b"", b""

    def price(self, row: int, price: Price) -> bytes:
        """See `RowWriter`."""
        return b'{"row":%d,%b\n' % (row, _ENCODER.encode(price)[1:])

    def problem(self, problem: RowProblem) -> bytes:
        """See `RowWriter`."""
        return _ENCODER.encode(problem) + b"\n"


class JsonWriter:
    """A JSON array, an object a line."""

    media, head, tail = b"application/json", b"[", b"\n]\n"

    def __init__(self) -> None:
        self._lines = NdjsonWriter()
        self._before = b"\n"

    def price(self, row: int, price: Price) -> bytes:
        """See `RowWriter`."""
        return self._separated(self._lines.price(row, price))

    def problem(self, problem: RowProblem) -> bytes:
        """See `RowWriter`."""
        return self._separated(self._lines.problem(problem))

    def _separated(self, line: bytes) -> bytes:
        before, self._before = self._before, b",\n"
        return before + line[:-1]


class CsvWriter:
    """A line for each row under `COLUMNS`; no cell of it is a formula to a spreadsheet."""

    media, tail = b"text/csv; charset=utf-8", b""

    def __init__(self) -> None:
        self.head = _line(COLUMNS)

    def price(self, row: int, price: Price) -> bytes:
        """See `RowWriter`."""
        cells = {name: getattr(price, name) for name in _PRICES}
        cells["notes"] = " ".join(price.notes)
        cells["certainty"] = price.certainty.value
        cells["location_known"] = "yes" if price.location_known else "no"
        return _line([row, *cells.values(), "", "", ""])

    def problem(self, problem: RowProblem) -> bytes:
        """See `RowWriter`."""
        error, ended = problem.error, "yes" if problem.ended else ""
        return _line([problem.row, *[""] * len(_PRICES), error.code, error.message, ended])


def _line(cells: Sequence[object]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerow([formula_safe(cell) for cell in cells])
    return out.getvalue().encode("utf-8", "replace")
