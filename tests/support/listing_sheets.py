"""A good listing file as a value, which damages change, and which is written as it says."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from homeprices.datasets.clean import clean
from homeprices.datasets.columns import columns_of
from homeprices.datasets.read import read
from homeprices.domain.listing import Listing
from homeprices.domain.market import Market

# Changes lines that are written with a separator, the header first; they are without their ends.
LineEdit = Callable[[list[str], str], list[str]]


@dataclass(frozen=True, slots=True)
class SheetRow:
    """The cells of a row, and the listing that it tells of; None for a row that tells of none."""

    cells: tuple[str, ...]
    truth: Listing | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file: what its columns are called, which fact each holds, its rows, how it is written.

    `edits` are made to the lines in their order; `cut_bytes` are missing at its end.
    """

    header: tuple[str, ...]
    facts: tuple[str, ...]
    rows: tuple[SheetRow, ...]
    separator: str = ","
    encoding: str = "utf-8"
    line_end: str = "\n"
    edits: tuple[LineEdit, ...] = ()
    cut_bytes: int = 0

    def with_cells(
        self, fact: str, change: Callable[[str], str], chosen: Sequence[int] | None = None
    ) -> "Sheet":
        """A sheet in which the cells of a fact are changed, in the `chosen` rows or in all."""
        place, rows = self.facts.index(fact), list(self.rows)
        for i in range(len(rows)) if chosen is None else chosen:
            cells = list(rows[i].cells)
            cells[place] = change(cells[place])
            rows[i] = replace(rows[i], cells=tuple(cells))
        return replace(self, rows=tuple(rows))

    def where(self, is_chosen: Callable[[Listing], bool]) -> list[int]:
        """The positions of rows whose listing is chosen."""
        return [i for i, row in enumerate(self.rows) if row.truth and is_chosen(row.truth)]

    def with_rows(self, rows: Sequence[SheetRow]) -> "Sheet":
        """The sheet with other rows."""
        return replace(self, rows=tuple(rows))

    def with_edit(self, edit: LineEdit) -> "Sheet":
        """The sheet whose lines are changed once more."""
        return replace(self, edits=(*self.edits, edit))

    def truths(self) -> list[Listing]:
        """The listings of the rows."""
        return [row.truth for row in self.rows if row.truth]


def good_sheet(content: bytes, market: Market) -> Sheet:
    """The rows of a listing file that are listings, as they stand in it."""
    raw = read(content, market)
    cleaned = clean(raw, market)
    rejected = {rejection.row.line for rejection in cleaned.rejections}
    kept = [row.fields for row in raw.rows if row.line not in rejected]
    facts = {place: fact for fact, place in columns_of(raw.header, market).items()}
    return Sheet(
        raw.header,
        tuple(facts.get(place, "") for place in range(len(raw.header))),
        tuple(map(SheetRow, kept, cleaned.listings)),
    )


def written(sheet: Sheet) -> bytes:
    """The file; what its encoding has no sign for becomes a question mark."""
    lines = [_line(cells, sheet.separator) for cells in (sheet.header, *_cells(sheet))]
    for edit in sheet.edits:
        lines = edit(lines, sheet.separator)
    text = "".join(f"{line}{sheet.line_end}" for line in lines)
    content = text.encode(sheet.encoding, errors="replace")
    return content[: len(content) - sheet.cut_bytes]


def _cells(sheet: Sheet) -> list[tuple[str, ...]]:
    return [row.cells for row in sheet.rows]


def _line(cells: Sequence[str], separator: str) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, lineterminator="").writerow(cells)
    return out.getvalue()
