"""Appends as fast as it can, prints each id once it is acknowledged, until it is killed.

`appender.py FOLDER spool|queue`: with `queue`, records wait in memory alone and
are written out every 200 ms, as a log without a spool would do it.
"""

import asyncio
import os
import sys
from pathlib import Path

from homeprices.domain.requests.records import PredictionRecord
from homeprices.stores.spool.segments import pack
from homeprices.stores.spool.spool import Spool
from support.service import prediction

WRITERS = 16


class Queue:
    """Acknowledges what is only in memory."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._file = (folder / f"{1:010d}.seg").open("wb", buffering=0)
        self._waiting: list[bytes] = []

    async def append(self, record: PredictionRecord) -> None:
        self._waiting.append(pack(record))
        await asyncio.sleep(0.001)

    async def flush(self) -> None:
        while True:
            await asyncio.sleep(0.2)
            waiting, self._waiting = self._waiting, []
            self._file.write(b"".join(waiting))


async def append_for_ever(log: Spool | Queue, writer: int) -> None:
    number = writer
    while True:
        record = prediction(number)
        await log.append(record)
        os.write(1, record.id.encode() + b"\n")
        number += WRITERS


async def main(folder: Path, kind: str) -> None:
    log = Queue(folder) if kind == "queue" else Spool(folder)
    flush = [log.flush()] if isinstance(log, Queue) else []
    await asyncio.gather(*flush, *(append_for_ever(log, writer) for writer in range(WRITERS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
