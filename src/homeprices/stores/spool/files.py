"""The spool's files: segments, written in whole batches or not at all, and how far it was uploaded.

The position is a small file that is overwritten in place. Two slots take turns, each with a
checksum: a crash in the middle of a write leaves the other one whole, and a full disk has nothing
to refuse.
"""

import fcntl
import os
import struct
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from zlib import crc32

from homeprices.domain.errors import Refused
from homeprices.stores.spool.hours import Cell
from homeprices.stores.spool.segments import path_of

# A segment is closed when it is older, so that what was uploaded long ago is in none that is open.
LONGEST_OPEN_HOURS = 1
_FORM = struct.Struct("<QQQQQ")
_SLOT = 64


@dataclass(slots=True, eq=False)
class SegmentFile:
    """A segment, how many of its bytes hold acknowledged records, and which of them wait.

    `issued` are those that were not counted yet.
    """

    number: int
    length: int = 0
    waiting: Counter[Cell] = field(default_factory=Counter)
    issued: dict[Cell, int] = field(default_factory=dict)

    def take(self, uploaded: Counter[Cell], offset: int) -> None:
        """Count what was uploaded, up to byte `offset`; none waits that is not in the bytes."""
        self.waiting -= uploaded
        if offset >= self.length:
            self.waiting.clear()


class SegmentWriter:
    """Appends batches to the newest segment of `folder` and starts the next when it is full.

    One thread at a time may write.
    """

    def __init__(self, folder: Path, first: int, *, sync: bool, most_bytes: int) -> None:
        self._folder = folder
        self._next = first
        self._sync = sync
        self._most = most_bytes
        self._file: int | None = None
        self._open: SegmentFile | None = None
        self._written = 0
        self._opened_at = 0.0

    def write(self, content: bytes) -> SegmentFile:
        """The segment that holds `content` now; raises OSError, and then none of it is kept."""
        file, segment = self._opened(len(content))
        try:
            _write_all(file, content)
            if self._sync:
                os.fdatasync(file)
        except BaseException:  # an interrupt, too, may come when half is written
            self._abandon(file, segment)
            raise
        self._written += len(content)
        return segment

    def is_open_on(self, segment: SegmentFile) -> bool:
        """True while `segment` may still grow."""
        return self._open is segment

    def is_old(self) -> bool:
        """True when the segment at hand should be closed."""
        age_s = monotonic() - self._opened_at
        return self._file is not None and age_s >= LONGEST_OPEN_HOURS * 3600

    def close(self) -> None:
        """Close the file at hand; the next write starts a new one, whether or not this raises."""
        file, self._file, self._open = self._file, None, None
        if file is not None:
            os.close(file)

    def _opened(self, more: int) -> tuple[int, SegmentFile]:
        if self._file is not None and self._open is not None:
            if self._written == 0 or self._written + more <= self._most:
                return self._file, self._open
            self.close()
        file = self._created(path_of(self._folder, self._next))
        self._file, self._open, self._written = file, SegmentFile(self._next), 0
        self._next += 1
        self._opened_at = monotonic()
        return file, self._open

    def _created(self, path: Path) -> int:
        """A new file, whose name is on the disk; raises OSError, and then there is none."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC
        file = os.open(path, flags, 0o600)
        try:
            if self._sync:
                _sync_folder(self._folder)
        except OSError:
            with suppress(OSError):
                path.unlink()
            os.close(file)
            raise
        return file

    def _abandon(self, file: int, segment: SegmentFile) -> None:
        """Cut what was half written and leave the file: after a failed sync it is not trusted."""
        self._file = self._open = None
        with suppress(OSError):
            os.ftruncate(file, self._written)
        os.close(file)
        if self._written == 0:
            with suppress(OSError):
                path_of(self._folder, segment.number).unlink()


def _write_all(file: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@dataclass(frozen=True, slots=True)
class Position:
    """The next byte to upload, and what became of everything before it."""

    segment: int = 0
    offset: int = 0
    stored: int = 0
    set_aside: int = 0


class PositionFile:
    """The last position that was written whole, and a way to write the next."""

    def __init__(self, path: Path, *, sync: bool) -> None:
        self._sync = sync
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with suppress(OSError):  # a disk that fills before the first upload refuses nothing either
            os.posix_fallocate(self._file, 0, 2 * _SLOT)
        self.turn, self.position = self._newest()

    def write(self, position: Position) -> None:
        """Keep `position`; raises OSError, and then the one before still holds."""
        turn = self.turn + 1
        body = _FORM.pack(
            turn, position.segment, position.offset, position.stored, position.set_aside
        )
        slot = body + struct.pack("<I", crc32(body))
        os.pwrite(self._file, slot.ljust(_SLOT, b"\0"), turn % 2 * _SLOT)
        if self._sync:
            os.fdatasync(self._file)
        self.turn, self.position = turn, position

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _newest(self) -> tuple[int, Position]:
        slots = [_read(os.pread(self._file, _SLOT, place * _SLOT)) for place in (0, 1)]
        return max(filter(None, slots), key=lambda slot: slot[0], default=(0, Position()))


def _read(slot: bytes) -> tuple[int, Position] | None:
    body, check = slot[: _FORM.size], slot[_FORM.size : _FORM.size + 4]
    if len(check) < 4 or struct.pack("<I", crc32(body)) != check:
        return None
    turn, segment, offset, stored, set_aside = _FORM.unpack(body)
    return (turn, Position(segment, offset, stored, set_aside)) if turn else None


def held(folder: Path) -> int:
    """The folder's lock, ours until the process ends; raises Refused."""
    folder.mkdir(parents=True, exist_ok=True)
    file = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(file, 20, 0).decode(errors="replace").strip() or "unknown"
        os.close(file)
        raise Refused(
            f"the spool {folder} belongs to process {holder}; stop it, or use another folder"
        ) from None
    with suppress(OSError):
        os.pwrite(file, str(os.getpid()).ljust(20).encode(), 0)
    return file
