"""Counts of records by model version and hour: where each is, and whether any is missing.

Issued is counted where a record is acknowledged, stored and set aside where PostgreSQL has
answered, and what waits by segment. So the sum can fail, and then says of which hour records are
missing. The hour is that of the record's own time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Self

import msgspec

from homeprices.domain.requests.records import FeedbackRecord
from homeprices.stores.spool.segments import FEEDBACK_KIND, PREDICTION_KIND, Frame, Record

HOUR_S = 3600
# The hours, with records of theirs, that are told apart; what is older is one sum.
MOST_HOURS = 48
# In the place of a model version: what is of none, what cannot be told, and what is older.
NO_VERSION, FEEDBACK = "none", "feedback"
DAMAGED, UNREADABLE, EARLIER = "damaged", "unreadable", "earlier"
NO_HOUR = -1
# A version, or a word above; the hour in hours since 1970, UTC.
Cell = tuple[str, int]
SUM_OF_EARLIER: Cell = (EARLIER, NO_HOUR)
_AFTER_ALL_CALENDARS_S = 253_402_300_800.0


class CellCounts(msgspec.Struct, array_like=True):
    """What became of the records of a cell, but for those that wait."""

    issued: int = 0
    stored: int = 0
    set_aside: int = 0


class HourCounts(msgspec.Struct, frozen=True):
    """Where the records of one version and hour are; `hour` is NO_HOUR for what has none."""

    model_version: str
    hour: int
    issued: int
    stored: int
    waiting: int
    set_aside: int

    @property
    def missing(self) -> int:
        """Records that are nowhere; fewer than none where some are twice.

        Bytes that were damaged do not tell whose they were: they are missing where they were
        issued, and nowhere else.
        """
        if self.model_version == DAMAGED:
            return 0
        return self.issued - self.stored - self.waiting - self.set_aside


class Snapshot(msgspec.Struct, array_like=True):
    """The counts when every record up to byte `length` of segment `segment` had been issued."""

    segment: int
    length: int
    cells: list[tuple[str, int, CellCounts]]


class _Stamp(msgspec.Struct):
    """What a count needs of a record."""

    at: float
    model_version: str | None = None


_STAMPS = msgspec.msgpack.Decoder(_Stamp)


def cell_of(record: Record) -> Cell:
    """Where `record` is counted."""
    at = record.at  # as _hour has it, without the call: every request waits for this
    hour = int(at // HOUR_S) if 0 <= at < _AFTER_ALL_CALENDARS_S else NO_HOUR
    if isinstance(record, FeedbackRecord):
        return FEEDBACK, hour
    return record.model_version or NO_VERSION, hour


def cell_in(frame: Frame) -> Cell:
    """Where the record in `frame` is counted, if there is one."""
    if not frame.sound:
        return DAMAGED, NO_HOUR
    kind = frame.payload[:1]
    if kind not in {PREDICTION_KIND, FEEDBACK_KIND}:
        return UNREADABLE, NO_HOUR
    try:
        stamp = _STAMPS.decode(frame.payload[1:])
    except msgspec.DecodeError:
        return UNREADABLE, NO_HOUR
    version = FEEDBACK if kind == FEEDBACK_KIND else stamp.model_version or NO_VERSION
    return version, _hour(stamp.at)


def _hour(at: float) -> int:
    return int(at // HOUR_S) if 0 <= at < _AFTER_ALL_CALENDARS_S else NO_HOUR


class HourlyCounts:
    """Issued, stored and set aside of every cell; cells are in the order in which they came."""

    def __init__(self, cells: dict[Cell, CellCounts]) -> None:
        self._cells = cells

    @classmethod
    def of_snapshot(cls, snapshot: Snapshot) -> Self:
        """As they were kept."""
        return cls({(version, hour): counts for version, hour, counts in snapshot.cells})

    @classmethod
    def of_sums(cls, stored: int, set_aside: int) -> Self:
        """What is known where sums alone were kept."""
        if not stored + set_aside:
            return cls({})
        return cls({SUM_OF_EARLIER: CellCounts(stored + set_aside, stored, set_aside)})

    def issue(self, cell: Cell, count: int = 1) -> None:
        """Count records that are acknowledged."""
        self._cells.setdefault(cell, CellCounts()).issued += count

    def settle(self, stored: Mapping[Cell, int], set_aside: Mapping[Cell, int]) -> None:
        """Count records that wait no longer."""
        for cell, count in stored.items():
            self._cells.setdefault(cell, CellCounts()).stored += count
        for cell, count in set_aside.items():
            self._cells.setdefault(cell, CellCounts()).set_aside += count

    def take_back(self, cell: Cell) -> None:
        """Count a record that was stored or set aside as one that waits again."""
        for source in (cell, SUM_OF_EARLIER):
            counts = self._cells.get(source, CellCounts())
            if counts.stored:
                counts.stored -= 1
            elif counts.set_aside:
                counts.set_aside -= 1
            else:
                continue
            if source != cell:
                counts.issued -= 1
                self.issue(cell)
            return
        self.issue(cell)

    def fold(self, waiting: Mapping[Cell, int]) -> None:
        """Add to one sum the hours that came first, so that MOST_HOURS stay, and those that wait.

        What was missing of them is told no longer.
        """
        hours = dict.fromkeys(hour for _, hour in self._cells if hour != NO_HOUR)
        surplus = set(list(hours)[: max(0, len(hours) - MOST_HOURS)])
        surplus -= {hour for (_, hour), count in waiting.items() if count}
        for cell in [cell for cell in self._cells if cell[1] in surplus]:
            counts = self._cells.pop(cell)
            total = self._cells.setdefault(SUM_OF_EARLIER, CellCounts())
            total.issued += counts.stored + counts.set_aside
            total.stored += counts.stored
            total.set_aside += counts.set_aside

    def copy(self) -> Self:
        """The same counts, that no longer change with these."""
        return type(self)(
            {
                cell: CellCounts(counts.issued, counts.stored, counts.set_aside)
                for cell, counts in self._cells.items()
            }
        )

    def snapshot(self, segment: int, length: int) -> Snapshot:
        """These counts, to be kept."""
        cells = [(version, hour, counts) for (version, hour), counts in self._cells.items()]
        return Snapshot(segment, length, cells)

    def rows(self, waiting: Mapping[Cell, int]) -> Iterator[HourCounts]:
        """Every cell with what waits of it."""
        for cell in dict.fromkeys([*self._cells, *waiting]):
            counts = self._cells.get(cell, CellCounts())
            yield HourCounts(
                *cell, counts.issued, counts.stored, waiting.get(cell, 0), counts.set_aside
            )

    @property
    def sums(self) -> CellCounts:
        """Over all cells."""
        cells = self._cells.values()
        return CellCounts(
            sum(c.issued for c in cells),
            sum(c.stored for c in cells),
            sum(c.set_aside for c in cells),
        )


def missing_records(rows: Iterable[HourCounts]) -> int:
    """How many records are nowhere, or twice; nothing makes up for one of another hour."""
    return sum(abs(row.missing) for row in rows)


def newest_apart(rows: Sequence[HourCounts], hours: int) -> list[HourCounts]:
    """The rows of the `hours` that came last, and one sum for what each version has before."""
    newest = list(dict.fromkeys(row.hour for row in rows if row.hour != NO_HOUR))[-hours:]
    before = [msgspec.structs.replace(row, hour=NO_HOUR) for row in rows if row.hour not in newest]
    return summed([before]) + [row for row in rows if row.hour in newest]


def summed(tables: Iterable[Iterable[HourCounts]]) -> list[HourCounts]:
    """The counts of several spools, cell by cell."""
    sums: dict[Cell, list[int]] = {}
    for row in (row for table in tables for row in table):
        total = sums.setdefault((row.model_version, row.hour), [0, 0, 0, 0])
        total[0] += row.issued
        total[1] += row.stored
        total[2] += row.waiting
        total[3] += row.set_aside
    return [HourCounts(*cell, *total) for cell, total in sums.items()]
