"""A local write-ahead log of records on their way to PostgreSQL.

A record is acknowledged once it is in the file (and, with `sync`, on the disk:
one fdatasync serves all that wait). Counts keep a conservation law at any
moment, for each model version and hour: issued = stored + waiting + set aside.
"""

import os
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from homeprices.domain.errors import Unavailable
from homeprices.stores.spool.checkpoint import Checkpoint
from homeprices.stores.spool.files import Position, SegmentFile, SegmentWriter, held
from homeprices.stores.spool.group import GroupWriter
from homeprices.stores.spool.hours import Cell, HourCounts, cell_in, cell_of
from homeprices.stores.spool.kept import KeptSegments
from homeprices.stores.spool.segments import Frame, Record, frames, numbers_in, pack, path_of

CHUNK_BYTES = 2 << 20
# A frame, and where its record is counted.
Issued = tuple[bytes, Cell]


@dataclass(frozen=True, slots=True)
class SpoolCounts:
    """Records ever issued here and where they are; `torn` tails were cut when it was opened."""

    issued: int
    stored: int
    waiting: int
    set_aside: int
    torn: int
    size_bytes: int
    budget_bytes: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Frames to upload, oldest first, and the place after them."""

    frames: tuple[Frame, ...]
    segment: int
    offset: int


class Spool:
    """The spool in `folder`, held by one process at a time.

    Raises Refused when it is taken, Unavailable when its files cannot be opened or mended.

    What was uploaded stays for `keep_hours`, and the hour that its segment may be open, so that a
    database restored from a backup gets again what came after it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        sync: bool = True,
        budget_bytes: int = 1 << 30,
        keep_hours: float = 0,
    ) -> None:
        self.folder = folder
        self._budget = budget_bytes
        self._kept = KeptSegments(folder, keep_hours, budget_bytes)
        # Taken in this order: who keeps what was uploaded, who writes, who reads or changes counts.
        self._keeping = Lock()
        self._writing = Lock()
        self._state = Lock()
        self._writer = SegmentWriter(
            folder, self._opened(sync), sync=sync, most_bytes=min(8 << 20, budget_bytes // 8)
        )
        self._group = GroupWriter(self._write) if sync else None
        self._closed = False
        self.problem: str | None = None

    def _opened(self, sync: bool) -> int:
        """Take the folder and what is in it; the number of the next segment.

        Raises Refused, Unavailable, and then the folder is anyone's.
        """
        try:
            with ExitStack() as opened:
                self._lock_file = held(self.folder)
                opened.callback(os.close, self._lock_file)
                self._checkpoint = Checkpoint(self.folder, sync=sync)
                opened.callback(self._checkpoint.close)
                self._uploaded = self._checkpoint.position
                self._hours, self._issued_to = self._checkpoint.counts()
                self._kept_to = self._issued_to
                self._segments, self._torn = self._recovered()
                last = max(self._uploaded.segment, self._issued_to[0], *numbers_in(self.folder))
                opened.pop_all()
        except OSError as error:
            raise Unavailable(
                f"the spool {self.folder} cannot be opened: {error.strerror}"
            ) from error
        return last + 1

    async def append(self, record: Record) -> None:
        """Return once `record` is durable; raises Unavailable when the disk or budget is full."""
        issued = pack(record), cell_of(record)
        if self._closed:
            raise Unavailable("the spool is closed: this process is stopping")
        if self._group is None:
            self._write([issued])
        else:
            await self._group.put(issued)

    def batch(self, most: int = 2000) -> Batch | None:
        """The oldest records that are not uploaded yet; None when all are."""
        place = self._uploaded
        with self._state:
            known = [(segment.number, segment.length) for segment in self._segments]
        for number, length in known:
            start = place.offset if number == place.segment else 0
            if number >= place.segment and start < length:
                waiting = _read(path_of(self.folder, number), start, length, most)
                return Batch(tuple(waiting), number, start + waiting[-1].end)
        return None

    def commit(
        self, batch: Batch, *, stored: Counter[Cell], set_aside: Counter[Cell] | None = None
    ) -> None:
        """Count records of `batch` as uploaded and free the segments that are done.

        Raises OSError.
        """
        refused = set_aside or Counter()
        with self._keeping:
            before = self._uploaded
            uploaded = Position(
                batch.segment,
                batch.offset,
                before.stored + stored.total(),
                before.set_aside + refused.total(),
            )
            self._keep(uploaded, stored, refused)
            with self._state:
                self._count()
                self._uploaded = uploaded
                self._hours.settle(stored, refused)
                for segment in self._segments:
                    if segment.number == batch.segment:
                        segment.take(stored + refused, batch.offset)
                self._hours.fold(self._waiting())
        self._free()

    def tidy(self) -> None:
        """Free an old segment though it has room left, and what was kept long enough.

        One that has records to upload stays. Raises OSError.
        """
        self._keep_counts()
        with self._writing, self._state:
            if not self._waiting() and self._writer.is_old():
                self._writer.close()
        self._free()

    def counts(self) -> SpoolCounts:
        """Where every record is."""
        with self._state:
            place, waiting = self._uploaded, self._waiting().total()
            return SpoolCounts(
                issued=self._hours.sums.issued,
                stored=place.stored,
                waiting=waiting,
                set_aside=place.set_aside,
                torn=self._torn,
                size_bytes=self._size(),
                budget_bytes=self._budget,
            )

    def hours(self) -> list[HourCounts]:
        """Where every record is, by model version and hour, those first that came first."""
        with self._state:
            waiting = self._waiting()
            return list(self._hours.rows(waiting))

    def close(self) -> None:
        """Write what was handed over, then give the folder back; once is enough."""
        if self._closed:
            return
        self._closed = True
        if self._group is not None:
            self._group.close()
        self._writer.close()
        with suppress(OSError):
            self._keep_counts()
        self._checkpoint.close()
        os.close(self._lock_file)

    def _write(self, batch: Sequence[Issued]) -> None:
        content = batch[0][0] if len(batch) == 1 else b"".join([frame for frame, _ in batch])
        with self._writing:
            self._require_room(len(content))
            try:
                segment = self._writer.write(content)
            except OSError as error:
                self.problem = f"the spool cannot be written: {error.strerror}; free some space"
                raise Unavailable(self.problem) from error
            self.problem = None
            with self._state:
                if segment not in self._segments[-1:]:
                    self._segments.append(segment)
                segment.length += len(content)
                issued = segment.issued
                for _, cell in batch:
                    issued[cell] = issued.get(cell, 0) + 1

    def _require_room(self, more: int) -> None:
        with self._state:
            if self._size() + more > self._budget:
                raise Unavailable(
                    f"{self._waiting().total():,} records wait for PostgreSQL and fill the spool's "
                    f"{self._budget:,} bytes; start PostgreSQL, or raise HOMES_SPOOL_BUDGET_MB"
                )

    def _count(self) -> None:
        """Count what was issued since; apart from the writing, which every request waits for."""
        for segment in self._segments:
            for cell, count in segment.issued.items():
                self._hours.issue(cell, count)
            segment.waiting.update(segment.issued)
            segment.issued.clear()
            self._issued_to = segment.number, segment.length

    def _waiting(self) -> Counter[Cell]:
        self._count()
        waiting: Counter[Cell] = Counter()
        for segment in self._segments:
            waiting.update(segment.waiting)
        return waiting

    def _keep(self, place: Position, stored: Counter[Cell], set_aside: Counter[Cell]) -> None:
        """Keep `place`, and the counts as they are once these were uploaded; raises OSError."""
        with self._state:
            waiting = self._waiting() - stored - set_aside
            hours, issued_to = self._hours.copy(), self._issued_to
        hours.settle(stored, set_aside)
        hours.fold(waiting)
        # Slow, and only the uploader does it: not under the lock.
        self._checkpoint.write(place, hours.snapshot(*issued_to))
        self._kept_to = issued_to

    def _keep_counts(self) -> None:
        """Keep what was issued since they were kept, so that what goes missing is missed."""
        with self._keeping:
            with self._state:
                self._count()
            if self._issued_to != self._kept_to:
                self._keep(self._uploaded, Counter(), Counter())

    def _size(self) -> int:
        return sum(segment.length for segment in self._segments)

    def _free(self) -> None:
        """Let go of the segments that are uploaded and closed."""
        with self._state:
            self._count()
            done = [segment for segment in self._segments if self._is_done(segment)]
            self._segments = [segment for segment in self._segments if segment not in done]
        self._kept.take([segment.number for segment in done])

    def _is_done(self, segment: SegmentFile) -> bool:
        place = self._uploaded
        if segment.number == place.segment:
            return segment.length <= place.offset and not self._writer.is_open_on(segment)
        return segment.number < place.segment

    def _recovered(self) -> tuple[list[SegmentFile], int]:
        """What an earlier process left: its segments, with what waits in them, and torn tails."""
        place = self._uploaded
        left, torn = [], 0
        for number in numbers_in(self.folder):
            if number < place.segment:
                self._kept.take([number])
                continue
            path = path_of(self.folder, number)
            start = place.offset if number == place.segment else 0
            content = path.read_bytes()
            whole = list(frames(content[start:]))
            length = start + (whole[-1].end if whole else 0)
            if length < len(content):
                os.truncate(path, length)
                torn += 1
            if whole:
                left.append(SegmentFile(number, length, self._counted(number, start, whole)))
                self._issued_to = max(self._issued_to, (number, length))
            elif length:  # all of it is uploaded
                self._kept.take([number])
            else:
                path.unlink()
        return left, torn

    def _counted(self, number: int, start: int, whole: Sequence[Frame]) -> Counter[Cell]:
        """The cells of frames that wait; those after the last snapshot are issued, too."""
        cells = [cell_in(frame) for frame in whole]
        for frame, cell in zip(whole, cells, strict=True):
            if (number, start + frame.end) > self._issued_to:
                self._hours.issue(cell)
        return Counter(cells)


def _read(path: Path, start: int, length: int, most: int) -> list[Frame]:
    """Up to `most` frames, at least one; bytes that hold none are one damaged frame."""
    with path.open("rb") as file:
        file.seek(start)
        content = file.read(min(length - start, CHUNK_BYTES))
        whole = list(frames(content))[:most]
        if not whole:
            content += file.read(length - start - len(content))
            whole = list(frames(content))[:most]
    return whole or [Frame(content, length - start, sound=False)]
