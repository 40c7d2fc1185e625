"""A local write-ahead log of records on their way to PostgreSQL.

A record is acknowledged once it is in the file (and, with `sync`, on the disk:
one fdatasync serves all that wait). Counts keep a conservation law at any
moment: issued = stored + waiting + set aside.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from homeprices.domain.errors import Unavailable
from homeprices.stores.spool.files import Position, PositionFile, SegmentFile, SegmentWriter, held
from homeprices.stores.spool.group import GroupWriter
from homeprices.stores.spool.kept import KeptSegments
from homeprices.stores.spool.segments import Frame, Record, frames, numbers_in, pack, path_of

CHUNK_BYTES = 2 << 20


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
    """The spool in `folder`, held by one process at a time; raises Refused when it is taken.

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
        self._state = Lock()
        self._writing = Lock()
        try:
            self._lock_file = held(folder)
            self._place = PositionFile(folder / "position", sync=sync)
        except OSError as error:
            raise Unavailable(f"the spool {folder} cannot be opened: {error.strerror}") from error
        self._segments, self._waiting, self._torn = self._recovered()
        self._uploaded = place = self._place.position
        self._issued = place.stored + place.set_aside + self._waiting
        first = max([place.segment, *numbers_in(folder)]) + 1
        self._writer = SegmentWriter(
            folder, first, sync=sync, most_bytes=min(8 << 20, budget_bytes // 8)
        )
        self._group = GroupWriter(self._write) if sync else None
        self._closed = False
        self.problem: str | None = None

    async def append(self, record: Record) -> None:
        """Return once `record` is durable; raises Unavailable when the disk or budget is full."""
        frame = pack(record)
        if self._group is None:
            self._write([frame])
        elif self._closed:
            raise Unavailable("the spool is closed: this process is stopping")
        else:
            await self._group.put(frame)

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

    def commit(self, batch: Batch, *, set_aside: int = 0) -> None:
        """Count `batch` as uploaded and free the segments that are done; raises OSError."""
        stored = len(batch.frames) - set_aside
        before = self._uploaded
        uploaded = Position(
            batch.segment, batch.offset, before.stored + stored, before.set_aside + set_aside
        )
        self._place.write(uploaded)  # slow, and only the uploader does it: not under the lock
        with self._state:
            self._uploaded = uploaded
            self._waiting -= len(batch.frames)
        self._free()

    def tidy(self) -> None:
        """Free an old segment though it has room left, and what was kept long enough.

        One that has records to upload stays. Raises OSError.
        """
        with self._writing:
            if not self._waiting and self._writer.is_old():
                self._writer.close()
        self._free()

    def counts(self) -> SpoolCounts:
        """Where every record is."""
        with self._state:
            place = self._uploaded
            return SpoolCounts(
                issued=self._issued,
                stored=place.stored,
                waiting=self._waiting,
                set_aside=place.set_aside,
                torn=self._torn,
                size_bytes=self._size(),
                budget_bytes=self._budget,
            )

    def close(self) -> None:
        """Write what was handed over, then give the folder back; once is enough."""
        if self._closed:
            return
        self._closed = True
        if self._group is not None:
            self._group.close()
        self._writer.close()
        self._place.close()
        os.close(self._lock_file)

    def _write(self, batch: Sequence[bytes]) -> None:
        content = b"".join(batch)
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
                self._issued += len(batch)
                self._waiting += len(batch)

    def _require_room(self, more: int) -> None:
        with self._state:
            if self._size() + more > self._budget:
                raise Unavailable(
                    f"{self._waiting:,} records wait for PostgreSQL and fill the spool's "
                    f"{self._budget:,} bytes; start PostgreSQL, or raise HOMES_SPOOL_BUDGET_MB"
                )

    def _size(self) -> int:
        return sum(segment.length for segment in self._segments)

    def _free(self) -> None:
        """Let go of the segments that are uploaded and closed."""
        with self._state:
            done = [segment for segment in self._segments if self._is_done(segment)]
            self._segments = [segment for segment in self._segments if segment not in done]
        self._kept.take([segment.number for segment in done])

    def _is_done(self, segment: SegmentFile) -> bool:
        place = self._uploaded
        if segment.number == place.segment:
            return segment.length <= place.offset and not self._writer.is_open_on(segment)
        return segment.number < place.segment

    def _recovered(self) -> tuple[list[SegmentFile], int, int]:
        """What an earlier process left: its segments, records that wait, and torn tails."""
        place = self._place.position
        kept, waiting, torn = [], 0, 0
        for number in numbers_in(self.folder):
            path = path_of(self.folder, number)
            start = place.offset if number == place.segment else 0
            content = path.read_bytes()
            whole = list(frames(content[start:])) if number >= place.segment else []
            if not whole:
                is_torn = number >= place.segment and len(content) > start
                torn += is_torn
                if is_torn:
                    path.unlink()
                else:
                    self._kept.take([number])
                continue
            length = start + whole[-1].end
            if length < len(content):
                os.truncate(path, length)
                torn += 1
            kept.append(SegmentFile(number, length))
            waiting += len(whole)
        return kept, waiting, torn


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
