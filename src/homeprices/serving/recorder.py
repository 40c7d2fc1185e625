"""What keeps the records of this process: its spool, and the uploader that empties it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from homeprices.stores.spool.segments import Record
from homeprices.stores.spool.spool import Spool, SpoolCounts
from homeprices.stores.spool.uploader import Uploader

OpenSpools = Callable[[], Sequence[tuple[Spool, Uploader]]]


class Recorder:
    """Opened when the service starts and closed when it ends, once in each worker.

    `open_spools` gives the spool to write to, then those that a worker which is no more has
    left: they are only emptied.
    """

    def __init__(self, open_spools: OpenSpools) -> None:
        self._open_spools = open_spools
        self._left: Sequence[tuple[Spool, Uploader]] = ()
        self.spool: Spool
        self.uploader: Uploader

    def open(self) -> None:
        """Open the spools and begin to upload; raises Refused, Unavailable."""
        (self.spool, self.uploader), *self._left = self._open_spools()
        for _, uploader in self._all:
            uploader.start()

    def close(self) -> None:
        """Upload what still waits, if that takes moments, and give the spools back."""
        for spool, uploader in self._all:
            uploader.stop()
            spool.close()

    async def append(self, record: Record) -> None:
        """Return once `record` is durable; raises Unavailable."""
        await self.spool.append(record)

    def counts(self) -> SpoolCounts:
        """Where every record of this worker is."""
        return self.spool.counts()

    @property
    def _all(self) -> list[tuple[Spool, Uploader]]:
        return [(self.spool, self.uploader), *self._left]
