"""What keeps the records of this process: its spool, and the uploader that empties it."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import astuple

from homeprices.domain.errors import Unavailable
from homeprices.domain.requests.records import PredictionRecord
from homeprices.stores.spool.hours import HourCounts, missing_records, summed
from homeprices.stores.spool.segments import Record
from homeprices.stores.spool.spool import Spool, SpoolCounts
from homeprices.stores.spool.uploader import Uploader

FULL_FROM = 0.9
# Prices that were answered lately are remembered, a hundred bytes or two for each.
REMEMBERED = 20_000
OpenSpools = Callable[[], Sequence[tuple[Spool, Uploader]]]


class Recorder:
    """Opened when the service starts and closed when it ends, once in each worker.

    `open_spools` gives the spool to write to, then those that a worker which is no more has
    left: they are only emptied.
    """

    def __init__(self, open_spools: OpenSpools) -> None:
        self._open_spools = open_spools
        self._left: Sequence[tuple[Spool, Uploader]] = ()
        # Its first is found at once; that of a dict lies behind all that were deleted before it.
        self._prices: OrderedDict[str, float] = OrderedDict()
        self.spool: Spool
        self.uploader: Uploader

    def open(self) -> None:
        """Open the spools and begin to upload; raises Refused, Unavailable."""
        (self.spool, self.uploader), *self._left = self._open_spools()
        for _, uploader in self._all:
            uploader.start()

    def close(self) -> None:
        """Upload what still waits, if that takes moments, and give the spools back.

        All of them, also when one raises.
        """
        with ExitStack() as closing:
            for spool, uploader in reversed(self._all):
                closing.callback(spool.close)
                closing.callback(uploader.stop)

    async def append(self, record: Record) -> None:
        """Return once `record` is durable; raises Unavailable."""
        await self.spool.append(record)
        if isinstance(record, PredictionRecord) and record.price is not None:
            if len(self._prices) >= REMEMBERED:
                self._prices.popitem(last=False)
            self._prices[record.id] = record.price

    def price(self, uuid: str) -> float | None:
        """What was answered under `uuid` by this process lately; None for any other."""
        return self._prices.get(uuid)

    def counts(self) -> SpoolCounts:
        """Where the records are: of this worker, and of those whose spools it empties."""
        counts = [astuple(spool.counts()) for spool, _ in self._all]
        return SpoolCounts(*(sum(column) for column in zip(*counts, strict=True)))

    def hours(self) -> list[HourCounts]:
        """The same by model version and hour, those first that came first."""
        if not self._left:
            return self.spool.hours()
        return summed(spool.hours() for spool, _ in self._all)

    def problems(self, *, is_database_away: bool = False) -> list[str]:
        """What keeps records from PostgreSQL or from the disk, in sentences; each is told once.

        Uploaders meet a database that is away, too: who has told that says so.
        """
        sentences = [
            words
            for spool, uploader in self._all
            for words in _problems(spool, uploader, is_database_away)
        ]
        sentences += [*_fullness(self.spool.counts()), *_missing(self.hours())]
        return list(dict.fromkeys(sentences))

    @property
    def _all(self) -> list[tuple[Spool, Uploader]]:
        return [(self.spool, self.uploader), *self._left]


def _problems(spool: Spool, uploader: Uploader, is_database_away: bool) -> list[str]:
    sentences = []
    if uploader.problem and not (is_database_away and isinstance(uploader.problem, Unavailable)):
        sentences.append(str(uploader.problem))
    if not uploader.is_running:
        sentences.append(
            f"the spool {spool.folder.name} is not uploaded: its thread has ended; "
            "restart the service"
        )
    if spool.problem:
        sentences.append(f"{spool.problem}; until then requests are refused")
    return sentences


def _fullness(counts: SpoolCounts) -> list[str]:
    if counts.size_bytes <= FULL_FROM * counts.budget_bytes:
        return []
    return [
        f"the spool holds {counts.size_bytes:,} of {counts.budget_bytes:,} bytes; "
        "when it is full, requests are refused"
    ]


def _missing(hours: Sequence[HourCounts]) -> list[str]:
    missing = missing_records(hours)
    if not missing:
        return []
    versions = sorted({row.model_version for row in hours if row.missing})
    return [
        f"{missing:,} records of {', '.join(versions)} are neither stored nor waiting nor set "
        "aside: files of the spool were deleted, changed or damaged"
    ]
