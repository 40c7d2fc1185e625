"""What tests of the spool do again and again: append, upload, and compare with PostgreSQL."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from homeprices.domain.requests.records import Client, FeedbackRecord, PredictionRecord
from homeprices.ports import RequestLog
from homeprices.stores.postgres.database import Database
from homeprices.stores.spool.hours import NO_VERSION, Cell
from homeprices.stores.spool.segments import Record
from homeprices.stores.spool.spool import Spool
from homeprices.stores.spool.uploader import Uploader
from support.service import prediction

VERSIONS = ("BO1", "CO2", None)
FIRST_AT = 1_793_000_000.0
_BY_HOUR = """
SELECT coalesce(model_version, %(no_version)s),
    extract(epoch FROM date_trunc('hour', at, 'UTC'))::bigint / 3600, count(*)
FROM predictions GROUP BY 1, 2
UNION ALL
SELECT 'feedback', extract(epoch FROM date_trunc('hour', at, 'UTC'))::bigint / 3600, count(*)
FROM feedback GROUP BY 1, 2
"""


def mixed(number: int) -> Record:
    """The record of this number: of three versions, opinions among them, over some ten hours."""
    at = FIRST_AT + number % 400 * 90
    if number % 10 == 9:
        return opinion(number, at)
    return prediction(number, at=at, model_version=VERSIONS[number % 3])


def opinion(number: int, at: float = FIRST_AT) -> FeedbackRecord:
    """An opinion on the prediction of this number."""
    about = prediction(number).id
    return FeedbackRecord(f"{number:032x}", at, about, "rating", Client(), 4.0)


def append(spool: Spool, records: Iterable[Record]) -> None:
    """Append `records`, one after another."""

    async def one_by_one() -> None:
        for record in records:
            await spool.append(record)

    asyncio.run(one_by_one())


def predictions(*numbers: int) -> list[PredictionRecord]:
    return [prediction(number) for number in numbers]


def upload(spool: Spool, log: RequestLog) -> None:
    """Store all that waits; raises Unavailable."""
    uploader = Uploader(spool, log)
    while uploader.once():
        pass


def upload_folder(folder: Path, log: RequestLog) -> Spool:
    """The spool that a process has left in `folder`, uploaded."""
    spool = Spool(folder)
    upload(spool, log)
    return spool


def stored_by_hour(*spools: Spool) -> dict[Cell, int]:
    """What the spools say is stored, where anything is."""
    sums: dict[Cell, int] = {}
    for row in (row for spool in spools for row in spool.hours() if row.stored):
        cell = row.model_version, row.hour
        sums[cell] = sums.get(cell, 0) + row.stored
    return sums


def rows_by_hour(database: Database) -> dict[Cell, int]:
    """What PostgreSQL has, by model version and hour."""
    with database.connection() as connection:
        rows = connection.execute(_BY_HOUR, {"no_version": NO_VERSION}).fetchall()
    return {(version, hour): count for version, hour, count in rows}


def stored_ids(database: Database) -> list[str]:
    """The ids of all predictions and opinions, one for each row."""
    query = "SELECT id::text FROM predictions UNION ALL SELECT id FROM feedback"
    with database.connection() as connection:
        return [row[0] for row in connection.execute(query)]
