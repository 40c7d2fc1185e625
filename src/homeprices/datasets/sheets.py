"""Files of homes, CSV or Parquet, that come back with columns added and nothing else changed.

A file is read in parts of some rows, and each part is written by itself, so that neither is ever
in memory as a whole; the parts in their order make the file that comes back.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from shutil import copyfileobj
from typing import TYPE_CHECKING, Any, Protocol

from homeprices.datasets.cells import formula_safe
from homeprices.datasets.decimals import COMMA, POINT, decimal_sign
from homeprices.datasets.read import number_cells
from homeprices.datasets.text_files import (
    EncodingSurvey,
    TextRecord,
    line_end_of,
    not_text,
    records,
    separator_of,
)
from homeprices.domain.errors import Refused, Unreadable
from homeprices.domain.market import Market

if TYPE_CHECKING:
    import pyarrow

Cells = Sequence[object]
# Gives the added cells of a row.
RowFunction = Callable[[Cells], Cells]
_PIECE_BYTES = 1 << 20
# A mark of byte order stands at the start of a file, not of each part.
_WITHOUT_MARK = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}
_PARQUET = (".parquet", ".pq")


def is_parquet(path: Path) -> bool:
    """Whether a file is read and written as Parquet; every other is CSV."""
    return path.suffix.casefold() in _PARQUET


@dataclass(frozen=True, slots=True)
class SheetPart:
    """Some rows of a file, the first part being 0; `share` is how much of it is read with them."""

    number: int
    count: int
    share: float
    rows: Any


class Sheet(Protocol):
    """A file of homes that is read, and the form of the one that comes back."""

    header: Sequence[str]
    digest: str
    decimal_sign: str

    def require_unchanged(self) -> None:
        """Raise Refused where the file is not what it was when its hash was taken."""

    def parts(self, size: int) -> Iterator[SheetPart]:
        """The rows in parts of `size`, always the same ones; raises Unreadable."""

    def write(self, part: SheetPart, path: Path, added_cells: RowFunction) -> None:
        """Write the rows of a part, each with what `added_cells` gives."""

    def join(self, paths: Iterable[Path], target: Path) -> None:
        """Write what is in the files of all parts, in this order."""


class _Source:
    """A file that is to stay as it was when it was opened."""

    def __init__(self, path: Path) -> None:
        self._source = path
        self._state = _state(path)

    def require_unchanged(self) -> None:
        """See `Sheet`."""
        if _state(self._source) != self._state:
            raise Refused(f"{self._source.name} was changed while it was read; begin anew")


def _state(path: Path) -> tuple[int, int]:
    """The size of a file and when it was last written to, in ns."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def open_sheet(source: Path, added: Mapping[str, type], market: Market) -> Sheet:
    """The file `source`; `added` names the new columns and their types, float or str.

    Rows keep their order. Raises Unreadable.
    """
    return ParquetSheet(source, added) if is_parquet(source) else CsvSheet(source, added, market)


class CsvSheet(_Source):
    """A CSV file, which comes back in its own encoding, with its separator and line ends.

    What is written of it is no formula to a spreadsheet. A row comes back with all its cells but
    those beyond the header: they have no column, and would push the answers aside.
    """

    def __init__(self, source: Path, added: Mapping[str, type], market: Market) -> None:
        super().__init__(source)
        self._added = list(added)
        self.digest, self._encoding = _survey(source)
        first = self._first_line()
        self._separator, self._line_end = separator_of(first), line_end_of(first)
        records = (record for _, record in self._records())
        header = next(records, None)
        if header is None:
            raise Unreadable(f"{source.name} is empty: expected a header and one home a line")
        self.header: Sequence[str] = header.values
        self.decimal_sign = decimal_sign(number_cells(self.header, records, market))

    def parts(self, size: int) -> Iterator[SheetPart]:
        """See `Sheet`."""
        whole = self._source.stat().st_size
        records = self._records()
        next(records)
        number = 0
        while read := list(islice(records, size)):
            rows = [record.values for _, record in read]
            yield SheetPart(number, len(rows), min(1.0, read[-1][0] / whole), rows)
            number += 1

    def write(self, part: SheetPart, path: Path, added_cells: RowFunction) -> None:
        """See `Sheet`."""
        width = len(self.header)
        with self._created(path, _WITHOUT_MARK.get(self._encoding, self._encoding)) as write_row:
            for cells in part.rows:
                row = [*cells, *[""] * (width - len(cells))]
                write_row([*row[:width], *map(self._written, added_cells(cells))])

    def join(self, paths: Iterable[Path], target: Path) -> None:
        """See `Sheet`."""
        with self._created(target, self._encoding) as write_row:
            write_row([*self.header, *self._added])
        with target.open("ab") as joined:
            for path in paths:
                with path.open("rb") as part:
                    copyfileobj(part, joined, _PIECE_BYTES)

    @contextmanager
    def _created(self, path: Path, encoding: str) -> Iterator[Callable[[Cells], object]]:
        """Writes rows to a new file."""
        # What the file's encoding has no sign for is in the words that were added alone.
        with path.open("w", encoding=encoding, errors="replace", newline="") as out:
            rows = csv.writer(out, delimiter=self._separator, lineterminator=self._line_end)
            yield lambda cells: rows.writerow([formula_safe(cell) for cell in cells])

    def _first_line(self) -> str:
        try:
            with self._source.open(encoding=self._encoding, newline="") as file:
                return next((line for line in file if line.strip()), "")
        except UnicodeDecodeError as error:
            raise not_text(self._encoding, error) from None

    def _written(self, cell: object) -> object:
        is_number = isinstance(cell, float) and self.decimal_sign == COMMA
        return str(cell).replace(POINT, COMMA) if is_number else cell

    def _records(self) -> Iterator[tuple[int, TextRecord]]:
        """How far the file is read, in bytes, and each record."""
        with (
            self._source.open("rb") as content,
            TextIOWrapper(content, encoding=self._encoding, newline="") as file,
        ):
            try:
                for record in records(file, self._separator):
                    yield content.tell(), record
            except UnicodeDecodeError as error:
                raise not_text(self._encoding, error) from None


def _survey(source: Path) -> tuple[str, str]:
    """The hash of a text file and its encoding, found in one reading; raises Unreadable."""
    survey, digest = EncodingSurvey(), hashlib.sha256()
    with source.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
            survey.take(piece)
    return digest.hexdigest(), survey.encoding()


class ParquetSheet(_Source):
    """A Parquet file; its columns keep their types."""

    decimal_sign = POINT

    def __init__(self, source: Path, added: Mapping[str, type]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        super().__init__(source)
        try:
            with pq.ParquetFile(source) as file:
                self._schema, self._count = file.schema_arrow, file.metadata.num_rows
        except pa.ArrowInvalid as error:
            raise Unreadable(f"{source.name} is not a Parquet file: {error}") from None
        self.header: Sequence[str] = self._schema.names
        for name, times in Counter(self.header).items():
            if times > 1:
                raise Unreadable(f"{source.name} has {times} columns {name}; leave one of them")
        types = {float: pa.float64(), str: pa.string()}
        self._fields = [pa.field(name, types[kind]) for name, kind in added.items()]
        with source.open("rb") as content:
            self.digest = hashlib.file_digest(content, "sha256").hexdigest()

    def parts(self, size: int) -> Iterator[SheetPart]:
        """See `Sheet`."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        read = 0
        try:
            with pq.ParquetFile(self._source, pre_buffer=False) as file:
                for number, batch in enumerate(file.iter_batches(size)):
                    read += batch.num_rows
                    yield SheetPart(number, batch.num_rows, read / self._count, batch)
        except (pa.ArrowInvalid, OSError) as error:
            raise Unreadable(f"{self._source.name} is damaged: {error}") from None

    def write(self, part: SheetPart, path: Path, added_cells: RowFunction) -> None:
        """See `Sheet`."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pa.Table.from_batches([self._widened(part.rows, added_cells)])
        pq.write_table(table, path)

    def join(self, paths: Iterable[Path], target: Path) -> None:
        """See `Sheet`."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        with pq.ParquetWriter(target, pa.schema([*self._schema, *self._fields])) as writer:
            for path in paths:
                writer.write_table(pq.read_table(path, use_threads=False))

    def _widened(self, batch: pyarrow.RecordBatch, added_cells: RowFunction) -> pyarrow.RecordBatch:
        """The batch of rows, and the answers to them as columns."""
        import pyarrow as pa

        rows = zip(*map(_plain_values, batch.columns), strict=True)
        answers = list(zip(*[added_cells(row) for row in rows], strict=True))
        columns = [
            pa.array([None if cell == "" else cell for cell in cells], field.type)
            for field, cells in zip(self._fields, answers or [()] * len(self._fields), strict=True)
        ]
        schema = pa.schema([*self._schema, *self._fields])
        return pa.RecordBatch.from_arrays([*batch.columns, *columns], schema=schema)


def _plain_values(column: pyarrow.Array) -> list[object]:
    """The values of a column as a visitor would give them: decimals as numbers, moments as days."""
    return list(map(_plain_value, column.to_pylist()))


def _plain_value(value: object) -> object:
    match value:
        case Decimal():
            return float(value)
        case datetime():
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case bytes():
            return value.decode(errors="replace")
        case _:
            return value
