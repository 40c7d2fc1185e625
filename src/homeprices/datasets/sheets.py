"""Files of homes, CSV or Parquet, that come back with columns added and nothing else changed."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from homeprices.datasets.read import lines_of
from homeprices.domain.errors import Unreadable

if TYPE_CHECKING:
    import pyarrow

Cells = Sequence[object]
# Gives the added cells of a row; it is made once, of the header.
RowFunction = Callable[[Cells], Cells]
RowMaker = Callable[[Sequence[str]], RowFunction]
_ROWS_AT_ONCE = 4096
_PARQUET = (".parquet", ".pq")


def is_parquet(path: Path) -> bool:
    """Whether a file is read and written as Parquet; every other is CSV."""
    return path.suffix.casefold() in _PARQUET


def with_columns(source: Path, target: Path, added: dict[str, type], maker: RowMaker) -> None:
    """Write `target`: the rows of `source`, each with what `maker` adds; raises Unreadable.

    `added` names the new columns and their types, float or str. Rows keep their order. A row of
    CSV is answered with all its cells, also with those that no column is left for. Whoever asks
    makes sure that both files are of one format and that `target` may be written.
    """
    (_parquet if is_parquet(source) else _csv)(source, target, added, maker)


def _csv(source: Path, target: Path, added: dict[str, type], maker: RowMaker) -> None:
    lines = lines_of(source.read_bytes())
    header = next((fields for _, fields in lines), None)
    if header is None:
        raise Unreadable(f"{source.name} is empty: expected a header and one home a line")
    added_cells, width = maker(header), len(header)
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([*header, *added])
        for _, fields in lines:
            row = [*fields, *[""] * (width - len(fields))]
            # What stands beyond the header has no column, and would push the answers aside.
            writer.writerow([*row[:width], *added_cells(row)])


def _parquet(source: Path, target: Path, added: dict[str, type], maker: RowMaker) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(source)
    except pa.ArrowInvalid as error:
        raise Unreadable(f"{source.name} is not a Parquet file: {error}") from None
    types = {float: pa.float64(), str: pa.string()}
    fields = [pa.field(name, types[kind]) for name, kind in added.items()]
    added_cells = maker(file.schema_arrow.names)
    with pq.ParquetWriter(target, pa.schema([*file.schema_arrow, *fields])) as writer:
        for batch in file.iter_batches(_ROWS_AT_ONCE):
            writer.write_batch(_widened(batch, fields, added_cells))


def _widened(
    batch: pyarrow.RecordBatch, fields: Sequence[pyarrow.Field], added_cells: RowFunction
) -> pyarrow.RecordBatch:
    """The batch of rows, and the answers to them as columns of these fields."""
    import pyarrow as pa

    rows = zip(*[column.to_pylist() for column in batch.columns], strict=True)
    answers = list(zip(*[added_cells(row) for row in rows], strict=True)) or [()] * len(fields)
    columns = [
        pa.array([None if cell == "" else cell for cell in cells], field.type)
        for field, cells in zip(fields, answers, strict=True)
    ]
    schema = pa.schema([*batch.schema, *fields])
    return pa.RecordBatch.from_arrays([*batch.columns, *columns], schema=schema)
