"""Appends as fast as it can and uploads meanwhile, until it is killed.

`spool_worker.py FOLDER DSN FIRST`: records are `support.spools.mixed`, numbered from FIRST; the id
of each is printed once it is acknowledged.
"""

import asyncio
import os
import sys
from itertools import count
from pathlib import Path

from homeprices.stores.postgres.database import Database
from homeprices.stores.postgres.request_log import PostgresRequestLog
from homeprices.stores.spool.spool import Spool
from homeprices.stores.spool.uploader import Uploader
from support.spools import mixed

WRITERS = 16


async def append_for_ever(spool: Spool, first: int) -> None:
    for number in count(first, WRITERS):
        record = mixed(number)
        await spool.append(record)
        os.write(1, record.id.encode() + b"\n")


async def main(folder: Path, dsn: str, first: int) -> None:
    spool = Spool(folder, keep_hours=48)
    Uploader(spool, PostgresRequestLog(Database(dsn)), rest_s=0.01).start()
    await asyncio.gather(*(append_for_ever(spool, first + writer) for writer in range(WRITERS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
