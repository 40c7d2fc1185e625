"""Moves records from the spool to the request log, in batches, for as long as it takes."""

import base64
import logging
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Event, Thread
from time import monotonic

import msgspec

from homeprices.domain.errors import Unavailable, Unreadable
from homeprices.ports import RequestLog
from homeprices.stores.spool.hours import Cell, cell_in, cell_of
from homeprices.stores.spool.segments import Frame, Record, unpack
from homeprices.stores.spool.spool import Batch, Spool

SET_ASIDE = "set_aside.jsonl"
TIDY_EVERY_S = 60.0
_LOG = logging.getLogger(__name__)


# Where a record is counted that can never be stored, and the line that keeps it.
_Refused = tuple[Cell, bytes]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of records that were handed to the request log."""

    stored: list[Record] = field(default_factory=list)
    refused: list[_Refused] = field(default_factory=list)

    def __add__(self, other: "_Outcome") -> "_Outcome":
        return _Outcome(self.stored + other.stored, self.refused + other.refused)


class Uploader:
    """A thread that stores what waits, and waits longer while the database is away.

    A row that can never be kept is found by halving its batch, written to
    `set_aside.jsonl` in the spool's folder with the reason, and counted. It tidies the spool,
    too, whether records come or not.
    """

    def __init__(
        self, spool: Spool, log: RequestLog, *, rest_s: float = 0.2, longest_wait_s: float = 3.0
    ) -> None:
        self._spool = spool
        self._log = log
        self._rest_s = rest_s
        self._longest_wait_s = longest_wait_s
        self._stopping = Event()
        self._thread: Thread | None = None
        self.problem: Unavailable | OSError | None = None

    def start(self) -> None:
        """Begin to upload."""
        self._thread = Thread(target=self._run, name="spool uploader", daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """True while the thread lives: not before start, after stop, or once it has died."""
        return self._thread is not None and self._thread.is_alive()

    def stop(self, within_s: float = 3.0) -> None:
        """End the thread, store what still waits if that takes no longer than `within_s`.

        The log is closed, where it can be: an uploader that was stopped stays so.
        """
        until = monotonic() + within_s
        self._stopping.set()
        try:
            if self._thread is not None:
                self._thread.join(within_s)
            if not self.is_running:
                while monotonic() < until and self._turn():
                    pass
        finally:
            close = getattr(self._log, "close", None)
            if close is not None:
                close()

    def once(self) -> int:
        """Store one batch; how many records it had. Raises Unavailable, OSError (disk full)."""
        batch = self._spool.batch()
        if batch is None:
            return 0
        records, refused = _read(batch)
        outcome = self._store(records)
        refused += outcome.refused
        if refused:
            self._set_aside([line for _, line in refused])
        self._spool.commit(
            batch,
            stored=Counter(map(cell_of, outcome.stored)),
            set_aside=Counter(cell for cell, _ in refused),
        )
        return len(batch.frames)

    def _run(self) -> None:
        wait, tidied_at = self._rest_s, -TIDY_EVERY_S
        while not self._stopping.wait(wait):
            while not self._stopping.is_set() and self._turn():
                pass
            if monotonic() - tidied_at >= TIDY_EVERY_S:
                self._tidy()
                tidied_at = monotonic()
            failed = self.problem is not None
            wait = min(2 * wait, self._longest_wait_s) if failed else self._rest_s

    def _turn(self) -> int:
        """One batch; 0 when nothing waits or nothing can be stored now."""
        try:
            moved = self.once()
        except (Unavailable, OSError) as error:
            if self.problem is None:
                _LOG.warning("records wait in the spool: %s", error)
            self.problem = error
            return 0
        if self.problem is not None and moved:
            _LOG.info("records are stored again")
        self.problem = None
        return moved

    def _tidy(self) -> None:
        try:
            self._spool.tidy()
        except OSError as error:
            _LOG.warning("what was uploaded long ago stays in the spool: %s", error)

    def _store(self, records: Sequence[Record]) -> _Outcome:
        """Store `records`; which are, and which can never be."""
        if not records:
            return _Outcome()
        try:
            self._log.store(records)
        except Unreadable as error:
            if len(records) == 1:
                (record,) = records
                return _Outcome(refused=[(cell_of(record), _line(error.message, record=record))])
            half = len(records) // 2
            return self._store(records[:half]) + self._store(records[half:])
        return _Outcome(stored=list(records))

    def _set_aside(self, lines: Sequence[bytes]) -> None:
        path = self._spool.folder / SET_ASIDE
        with path.open("ab") as file:
            file.write(b"".join(lines))
            file.flush()
            os.fdatasync(file.fileno())
        _LOG.error("%d records cannot be stored; they are kept in %s", len(lines), path)


def _read(batch: Batch) -> tuple[list[Record], list[_Refused]]:
    """The records of `batch`, and the frames that hold none."""
    records: list[Record] = []
    refused: list[_Refused] = []
    for frame in batch.frames:
        try:
            records.append(_record_in(frame))
        except Unreadable as error:
            refused.append((cell_in(frame), _line(error.message, payload=frame.payload)))
    return records, refused


def _record_in(frame: Frame) -> Record:
    if not frame.sound:
        raise Unreadable("damaged on the disk")
    return unpack(frame.payload)


def _line(reason: str, *, record: Record | None = None, payload: bytes = b"") -> bytes:
    kept = {"record": record} if record else {"payload": base64.b64encode(payload).decode()}
    return msgspec.json.encode({"reason": reason, **kept}) + b"\n"
