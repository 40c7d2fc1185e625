"""A service of ours over a real PostgreSQL, sound or with one fault.

`python faulty_service.py SLOT FAULT [BATCHES]`. With a fault of `DEATHS` it kills itself when its
uploader has come to that point so many times; those of `WRONG` are other services, that lose or
double what they have acknowledged: what the suites would see if ours did.
"""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
from psycopg import Connection

from homeprices import bootstrap
from homeprices.bootstrap import Homes
from homeprices.domain.errors import Unavailable
from homeprices.domain.requests.records import FeedbackRecord, PredictionRecord, Slot
from homeprices.domain.versions import ModelVersion
from homeprices.serving.app import create_app
from homeprices.serving.dependencies import Loaded, ServiceDependencies
from homeprices.serving.server import run
from homeprices.stores.postgres.database import Database, dsn
from homeprices.stores.postgres.request_log import PostgresRequestLog
from homeprices.stores.spool.spool import Batch, Spool
from homeprices.stores.spool.uploader import Uploader
from homeprices.valuation.predict import bundle

Row = PredictionRecord | FeedbackRecord
# Names the folder of its spool among those of the stack.
SPOOL = "TESTS_SPOOL"
SOUND = "sound"
DEATHS = ("before storing", "within the transaction", "after storing", "after the commit")
QUEUE, FORGETFUL, KEYLESS = "queue", "forgetful", "no key"
UNCHECKED, UNLOADS = "unchecked model", "unloads first"
WRONG = (QUEUE, FORGETFUL, KEYLESS, UNCHECKED, UNLOADS)


@dataclass
class Fate:
    """Kills this process when `point` was come to `left` times."""

    point: str
    left: int

    def at(self, point: str) -> None:
        """We are there."""
        if point == self.point:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class FatefulDatabase(Database):
    """May kill the process when rows are written and not committed yet."""

    fate: Fate

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        with super().connection() as connection:
            yield connection
            self.fate.at("within the transaction")


class FatefulLog(PostgresRequestLog):
    """May kill the process before rows are stored, and after."""

    def __init__(self, database: FatefulDatabase, fate: Fate) -> None:
        super().__init__(database)
        self._fate = fate

    def store(self, rows: Sequence[Row]) -> None:
        self._fate.at("before storing")
        super().store(rows)
        self._fate.at("after storing")


class FatefulSpool(Spool):
    """May kill the process after it has written where the uploader is."""

    fate: Fate

    def commit(self, batch: Batch, **counts: Any) -> None:
        super().commit(batch, **counts)
        self.fate.at("after the commit")


class QueueSpool(Spool):
    """Acknowledges what is in memory alone, and writes it every 200 ms."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, sync=False)
        self._queue: list[Row] = []
        threading.Thread(target=self._write_on, daemon=True).start()

    async def append(self, record: Row) -> None:
        self._queue.append(record)

    def _write_on(self) -> None:
        while True:
            time.sleep(0.2)
            queue, self._queue = self._queue, []
            asyncio.run(self._written(queue))

    async def _written(self, queue: Sequence[Row]) -> None:
        for record in queue:
            await super().append(record)


class ForgetfulLog(FatefulLog):
    """Says of rows that they are stored, whether PostgreSQL takes them or not."""

    def store(self, rows: Sequence[Row]) -> None:
        with suppress(Unavailable):
            super().store(rows)


class KeylessLog:
    """Stores rows in the table `keyless`, whatever is there already."""

    def __init__(self, database: FatefulDatabase, fate: Fate) -> None:
        self._database, self._fate = database, fate
        with database.connection() as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS keyless (id text)")

    def store(self, rows: Sequence[Row]) -> None:
        with self._database.connection() as connection, connection.cursor() as cursor:
            cursor.executemany("INSERT INTO keyless VALUES (%s)", [(row.id,) for row in rows])
        self._fate.at("after storing")


def opened(homes: Homes, fault: str, fate: Fate) -> tuple[Spool, Uploader]:
    """The spool, and what empties it."""
    folder = homes.spool_root / os.environ[SPOOL]
    database = FatefulDatabase(dsn(homes.settings), most_connections=1)
    database.fate = fate
    log = {KEYLESS: KeylessLog, FORGETFUL: ForgetfulLog}.get(fault, FatefulLog)(database, fate)
    if fault == QUEUE:
        return (queue := QueueSpool(folder)), Uploader(queue, log, rest_s=0.05)
    spool = FatefulSpool(folder)
    spool.fate = fate
    return spool, Uploader(spool, log, rest_s=0.05)


def unchecked(homes: Homes) -> Callable[[ModelVersion], Loaded]:
    """Loads a model whatever its files are."""

    def load(version: ModelVersion) -> Loaded:
        manifest = homes.registry.manifest(version)
        folder = homes.settings.data_dir / "objects" / "models" / f"price_check_{version}"
        files = {name: (folder / name).read_bytes() for name in manifest.files}
        predictor = bundle.load({**files, "golden.json": msgspec.json.encode([])})
        return Loaded(predictor, manifest, predictor.complete, predictor.layout.digest)

    return load


def unloading(wanted: Callable[[], ModelVersion | None]) -> Callable[[], ModelVersion | None]:
    """Wants nothing for one look before it wants another version."""
    last: list[ModelVersion | None] = [None]

    def next_wanted() -> ModelVersion | None:
        version = wanted()
        is_another = last[0] not in (None, version)
        last[0] = None if is_another else version
        return last[0]

    return next_wanted


def dependencies(homes: Homes, slot: Slot, fault: str, fate: Fate) -> ServiceDependencies:
    """Those of a sound service, but for the fault."""
    sound = homes.service(slot)
    parts = replace(sound, open_spools=lambda: [opened(homes, fault, fate)])
    if fault == UNCHECKED:
        return replace(parts, load=unchecked(homes))
    return replace(parts, wanted=unloading(sound.wanted)) if fault == UNLOADS else parts


def main(slot: Slot, fault: str, batches: int) -> None:
    assert fault in (SOUND, *DEATHS, *WRONG)
    homes = bootstrap.load()
    settings = homes.settings
    point = DEATHS[2] if fault == KEYLESS else fault
    app = create_app(dependencies(homes, slot, fault, Fate(point, batches)))
    is_production = slot is Slot.PRODUCTION
    run(app, settings.host, settings.production_port if is_production else settings.candidate_port)


if __name__ == "__main__":
    main(Slot(sys.argv[1]), sys.argv[2], int((*sys.argv, 0)[3]))
