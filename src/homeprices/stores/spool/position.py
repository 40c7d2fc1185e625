"""How far the spool has been uploaded, in a small file that is overwritten in place.

Two slots take turns, each with a checksum: a crash in the middle of a write
leaves the other one whole, and a full disk has nothing to refuse.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

_FORM = struct.Struct("<QQQQQ")
_SLOT = 64


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
        self._turn, self.position = self._newest()

    def write(self, position: Position) -> None:
        """Keep `position`; raises OSError, and then the one before still holds."""
        turn = self._turn + 1
        body = _FORM.pack(
            turn, position.segment, position.offset, position.stored, position.set_aside
        )
        slot = body + struct.pack("<I", crc32(body))
        os.pwrite(self._file, slot.ljust(_SLOT, b"\0"), turn % 2 * _SLOT)
        if self._sync:
            os.fdatasync(self._file)
        self._turn, self.position = turn, position

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
