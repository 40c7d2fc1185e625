"""Segments that were uploaded, kept for a while, and how a spool goes back to upload them again."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from homeprices.stores.spool.checkpoint import Checkpoint
from homeprices.stores.spool.files import Position, held
from homeprices.stores.spool.hours import HOUR_S, cell_in
from homeprices.stores.spool.segments import Frame, frames, numbers_in, path_of


class KeptSegments:
    """The segments in `uploaded/` of a spool's folder: for `hours`, and within `budget_bytes`."""

    def __init__(self, folder: Path, hours: float, budget_bytes: int) -> None:
        self._folder = folder
        self._seconds = hours * HOUR_S
        self._budget = budget_bytes

    def take(self, numbers: Iterable[int]) -> None:
        """Keep segments that are uploaded, and let go of those that were kept long enough."""
        for number in numbers:
            path = path_of(self._folder, number)
            if not self._seconds:
                path.unlink(missing_ok=True)
                continue
            with suppress(FileNotFoundError):
                _place(self._folder).mkdir(mode=0o700, exist_ok=True)
                path.replace(path_of(_place(self._folder), number))
                # Two names of one file, as a rewind that was stopped leaves them, stay as they are.
                path.unlink(missing_ok=True)
        self._let_go()

    def _let_go(self) -> None:
        oldest, size = time.time() - self._seconds, 0
        for number in reversed(numbers_in(_place(self._folder))):
            path = path_of(_place(self._folder), number)
            with suppress(FileNotFoundError):
                status = path.stat()
                size += status.st_size
                if status.st_mtime < oldest or size > self._budget:
                    path.unlink()


def rewind(folder: Path, sync: bool = True) -> int:
    """Set a spool back to the oldest segment that it has kept; how many records are uploaded again.

    Stopped half-way and done again it comes to the same. What was set aside before is
    set aside once more. Raises Refused while a process holds it.
    """
    kept = numbers_in(_place(folder))
    lock = held(folder)
    checkpoint = Checkpoint(folder, sync=sync)
    try:
        before = checkpoint.position
        hours, issued_to = checkpoint.counts()
        for number in kept:
            with suppress(FileExistsError):
                os.link(path_of(_place(folder), number), path_of(folder, number))
        again = 0
        for frame in _uploaded_frames(folder, before):
            hours.take_back(cell_in(frame))
            again += 1
        if again:
            first = min(number for number in numbers_in(folder) if number <= before.segment)
            sums = hours.sums
            back = Position(first, 0, sums.stored, sums.set_aside)
            checkpoint.write(back, hours.snapshot(*issued_to))
        for number in kept:
            path_of(_place(folder), number).unlink()
    finally:
        checkpoint.close()
        os.close(lock)
    return again


def _uploaded_frames(folder: Path, before: Position) -> Iterator[Frame]:
    """The frames that lie before a position."""
    for number in numbers_in(folder):
        if number <= before.segment:
            content = path_of(folder, number).read_bytes()
            end = before.offset if number == before.segment else len(content)
            yield from frames(content[:end])


def _place(folder: Path) -> Path:
    return folder / "uploaded"
