"""What is uploaded twice is stored once: after a crash, from a copy, after a restore."""

import json
import os
import shutil
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread
from zlib import crc32

import pytest

from homeprices.domain.errors import Unreadable
from homeprices.ports import RequestLog
from homeprices.stores.postgres.database import Database
from homeprices.stores.postgres.dumps import PostgresDumps
from homeprices.stores.postgres.request_log import PostgresRequestLog
from homeprices.stores.spool import kept
from homeprices.stores.spool.files import SegmentWriter
from homeprices.stores.spool.hours import NO_HOUR, UNREADABLE, missing_records
from homeprices.stores.spool.segments import MARK, Record, frames
from homeprices.stores.spool.spool import Spool
from homeprices.stores.spool.uploader import Uploader
from support.service import prediction
from support.spools import (
    append,
    mixed,
    predictions,
    rows_by_hour,
    stored_by_hour,
    stored_ids,
    upload,
    upload_folder,
)


class PlainLog:
    """Adds whatever it is given, as an INSERT without a key does."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def store(self, rows: Sequence[Record]) -> None:
        self.ids += [row.id for row in rows]


class Dies(Uploader):
    """Is killed when its batch is stored and the spool does not know it yet."""

    def _store(self, records: Sequence[Record]):
        super()._store(records)
        raise KeyboardInterrupt


def doubled(ids: Sequence[str]) -> int:
    return sum(count - 1 for count in Counter(ids).values())


def crashed(folder: Path, log: RequestLog) -> Spool:
    """A spool whose uploader died between store and commit, opened and uploaded again."""
    spool = Spool(folder)
    append(spool, map(mixed, range(50)))
    with pytest.raises(KeyboardInterrupt):
        Dies(spool, log).once()
    spool.close()
    return upload_folder(folder, log)


def test_a_crash_between_store_and_commit_doubles_nothing(
    tmp_path: Path, database: Database
) -> None:
    spool = crashed(tmp_path, PostgresRequestLog(database))
    assert sorted(stored_ids(database)) == sorted(mixed(number).id for number in range(50))
    assert stored_by_hour(spool) == rows_by_hour(database)
    assert missing_records(spool.hours()) == 0
    spool.close()


def test_a_log_without_a_key_doubles_what_the_same_crash_had_stored(tmp_path: Path) -> None:
    log = PlainLog()
    crashed(tmp_path, log).close()
    assert doubled(log.ids) == 50


def two_at_once(folder: Path, make_log: Callable[[], RequestLog]) -> list[Spool]:
    """A spool and its copy, as a restored machine has it, uploaded at the same time."""
    spool = Spool(folder / "spool")
    append(spool, map(mixed, range(1200)))
    spool.close()
    shutil.copytree(folder / "spool", folder / "copy")
    spools = [Spool(folder / name) for name in ("spool", "copy")]
    threads = [Thread(target=upload, args=(spool, make_log())) for spool in spools]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for spool in spools:
        spool.close()
    return spools


def test_two_uploaders_of_the_same_records_store_each_once(
    tmp_path: Path, database: Database, postgres_dsn: str
) -> None:
    spools = two_at_once(tmp_path, lambda: PostgresRequestLog(Database(postgres_dsn)))
    assert sorted(stored_ids(database)) == sorted(mixed(number).id for number in range(1200))
    for spool in spools:
        assert (spool.counts().stored, spool.counts().waiting) == (1200, 0)
        assert stored_by_hour(spool) == rows_by_hour(database)


def test_a_log_without_a_key_has_what_two_uploaders_store_twice(tmp_path: Path) -> None:
    log = PlainLog()
    two_at_once(tmp_path, lambda: log)
    assert doubled(log.ids) == 1200


OPEN = """
import sys
from pathlib import Path
from homeprices.domain.errors import Refused
from homeprices.stores.spool.spool import Spool
try:
    Spool(Path(sys.argv[1]))
except Refused as error:
    sys.exit(str(error))
"""


def opened_by_another(folder: Path) -> str:
    """What another process says that opens the spool: nothing when it may."""
    command = [sys.executable, "-c", OPEN, folder]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False
    ).stderr.strip()


def test_a_second_process_is_refused_and_the_first_goes_on(
    tmp_path: Path, database: Database
) -> None:
    spool = Spool(tmp_path)
    append(spool, predictions(1))
    assert opened_by_another(tmp_path) == (
        f"the spool {tmp_path} belongs to process {os.getpid()}; stop it, or use another folder"
    )
    append(spool, predictions(2))
    upload(spool, PostgresRequestLog(database))
    assert len(stored_ids(database)) == 2
    spool.close()
    assert opened_by_another(tmp_path) == ""


def test_without_the_lock_a_second_process_would_be_let_in(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    (tmp_path / "lock").unlink()
    assert opened_by_another(tmp_path) == ""
    spool.close()


def restored(folder: Path, database: Database, dsn: str) -> tuple[set[str], Spool]:
    """Ids that were acknowledged, and the spool, when PostgreSQL was restored from a backup.

    The backup was made after half of the records.
    """
    spool, log = Spool(folder / "spool", keep_hours=48), PostgresRequestLog(database)
    dumps = PostgresDumps(dsn, ["homes"])
    append(spool, map(mixed, range(200)))
    upload(spool, log)
    dumps.dump("homes", folder / "dump")
    append(spool, map(mixed, range(200, 400)))
    upload(spool, log)
    append(spool, map(mixed, range(400, 410)))
    with (folder / "dump").open("rb") as dump:
        dumps.restore("homes", dump)
    return {mixed(number).id for number in range(410)}, spool


def test_a_database_that_was_restored_from_a_backup_gets_what_came_since_once(
    tmp_path: Path, database: Database, postgres_dsn: str
) -> None:
    acknowledged, spool = restored(tmp_path, database, postgres_dsn)
    assert len(stored_ids(database)) == 200
    spool.close()
    assert kept.rewind(tmp_path / "spool") == 400
    again = upload_folder(tmp_path / "spool", PostgresRequestLog(database))
    ids = stored_ids(database)
    assert (set(ids), doubled(ids)) == (acknowledged, 0)
    assert stored_by_hour(again) == rows_by_hour(database)
    assert missing_records(again.hours()) == 0
    again.close()


def test_a_spool_that_is_not_set_back_leaves_the_restored_database_without_what_came_since(
    tmp_path: Path, database: Database, postgres_dsn: str
) -> None:
    acknowledged, spool = restored(tmp_path, database, postgres_dsn)
    upload(spool, PostgresRequestLog(database))
    assert len(acknowledged - set(stored_ids(database))) == 200
    assert stored_by_hour(spool) != rows_by_hour(database)
    spool.close()


def poisoned(folder: Path) -> Spool:
    """Forty records, among them two that PostgreSQL refuses and two that no release can read."""
    spool = Spool(folder)
    append(spool, predictions(*range(18)))
    append(spool, [prediction(18, locality="a\x00b"), prediction(19, bedrooms=10**12)])
    spool.close()
    segments = SegmentWriter(folder, 7, sync=True, most_bytes=1 << 20)
    for payload in (b"Zof a later release", b"P\x81\xa2id"):
        segments.write(framed(payload))
    segments.close()
    spool = Spool(folder)
    append(spool, predictions(*range(20, 38)))
    return spool


def framed(payload: bytes) -> bytes:
    """A whole frame around `payload`, as `pack` makes it around a record."""
    content = struct.pack("<2sII", MARK, len(payload), crc32(payload)) + payload
    assert [frame.payload for frame in frames(content)] == [payload]
    return content


def test_poison_of_both_kinds_is_set_aside_and_counted_and_the_rest_go_on(
    tmp_path: Path, database: Database
) -> None:
    spool = poisoned(tmp_path)
    upload(spool, PostgresRequestLog(database))
    good = [prediction(number).id for number in range(38) if number not in {18, 19}]
    assert sorted(stored_ids(database)) == good
    lines = [json.loads(line) for line in (tmp_path / "set_aside.jsonl").read_bytes().splitlines()]
    refused = {line["record"]["id"] for line in lines if "record" in line}
    assert refused == {prediction(18).id, prediction(19).id}
    assert len([line for line in lines if "payload" in line]) == 2
    assert (spool.counts().stored, spool.counts().set_aside) == (36, 4)
    aside = {(row.model_version, row.hour): row.set_aside for row in spool.hours()}
    hour = int(prediction(18).at // 3600)
    assert (aside["BO1", hour], aside[UNREADABLE, NO_HOUR]) == (2, 2)
    assert stored_by_hour(spool) == rows_by_hour(database)
    assert missing_records(spool.hours()) == 0
    append(spool, predictions(50))
    upload(spool, PostgresRequestLog(database))
    assert spool.counts().stored == 37
    spool.close()


def test_an_uploader_that_does_not_look_for_poison_stores_nothing_of_the_batch(
    tmp_path: Path, database: Database
) -> None:
    records = [prediction(1), prediction(2, locality="a\x00b"), prediction(3)]
    with pytest.raises(Unreadable):
        PostgresRequestLog(database).store(records)
    assert stored_ids(database) == []
