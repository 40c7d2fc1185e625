"""How far a spool was uploaded, and the counts by hour that belong to it, kept as one."""

import errno
import logging
import os
import struct
from contextlib import suppress
from pathlib import Path
from threading import Lock
from zlib import crc32

import msgspec

from homeprices.stores.spool.files import Position, PositionFile
from homeprices.stores.spool.hours import HourlyCounts, Snapshot

_HEAD = struct.Struct("<QI")
_CHECK = struct.Struct("<I")
# Some 5,000 cells: two days of a hundred versions, or months of PostgreSQL being away.
_SLOT = 1 << 17
_SNAPSHOTS = msgspec.msgpack.Decoder(Snapshot)
_LOG = logging.getLogger(__name__)


class HoursFile:
    """Snapshots by the turn of the position that they belong to; two slots take turns.

    Written before the position: until that turn is written, the snapshot of the one before is read.
    The disk's blocks are taken when it is opened, so that a disk that fills later does not matter.
    """

    def __init__(self, path: Path, *, sync: bool) -> None:
        self._sync = sync
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with suppress(OSError):
            os.posix_fallocate(self._file, 0, 2 * _SLOT)

    def write(self, turn: int, snapshot: Snapshot) -> None:
        """Keep `snapshot` for `turn`; raises OSError."""
        body = msgspec.msgpack.encode(snapshot)
        content = _HEAD.pack(turn, len(body)) + body
        content = _CHECK.pack(crc32(content)) + content
        if len(content) > _SLOT:
            raise OSError(f"{len(snapshot.cells):,} hours are too many to be told apart")
        os.pwrite(self._file, content, turn % 2 * _SLOT)
        if self._sync:
            os.fdatasync(self._file)

    def read(self, turn: int) -> Snapshot | None:
        """The snapshot for `turn`; None where there is none that is whole."""
        slot = os.pread(self._file, _SLOT, turn % 2 * _SLOT)
        if not turn or len(slot) < _CHECK.size + _HEAD.size:
            return None
        (check,), content = _CHECK.unpack_from(slot), slot[_CHECK.size :]
        kept_turn, length = _HEAD.unpack_from(content)
        if kept_turn != turn or crc32(content[: _HEAD.size + length]) != check:
            return None
        try:
            return _SNAPSHOTS.decode(content[_HEAD.size : _HEAD.size + length])
        except msgspec.DecodeError:  # of a release that keeps something else
            return None

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


class Checkpoint:
    """The position file of `folder`, and the snapshot for each turn of it.

    A kill between the two leaves the position before with the snapshot that belongs to it.
    Raises OSError where they cannot be opened.
    """

    def __init__(self, folder: Path, *, sync: bool) -> None:
        self._place = PositionFile(folder / "position", sync=sync)
        try:
            self._hours = HoursFile(folder / "hours", sync=sync)
        except OSError:
            self._place.close()
            raise
        # An uploader that hangs in a slow database may come back when the spool is closed.
        self._writing = Lock()
        self._is_closed = False

    @property
    def position(self) -> Position:
        """The last that was written whole."""
        return self._place.position

    def counts(self) -> tuple[HourlyCounts, tuple[int, int]]:
        """The counts at that position, and the segment and byte up to which they are of.

        Sums alone where a release before, or a disk that was full, has left no more.
        """
        place, snapshot = self.position, self._hours.read(self._place.turn)
        if snapshot is None:
            sums = HourlyCounts.of_sums(place.stored, place.set_aside)
            return sums, (place.segment, place.offset)
        return HourlyCounts.of_snapshot(snapshot), (snapshot.segment, snapshot.length)

    def write(self, position: Position, snapshot: Snapshot) -> None:
        """Keep both; raises OSError, and then those before still hold.

        A position is kept without its snapshot where there is no room for that: what was stored
        matters more than of which hour it was.
        """
        with self._writing:
            if self._is_closed:
                raise OSError(errno.EBADF, "the spool is closed")
            try:
                self._hours.write(self._place.turn + 1, snapshot)
            except OSError as error:
                _LOG.warning("counts by hour are not kept: %s", error)
            self._place.write(position)

    def close(self) -> None:
        """Close the files; nothing is kept any more."""
        with self._writing:
            self._is_closed = True
            self._place.close()
            self._hours.close()
