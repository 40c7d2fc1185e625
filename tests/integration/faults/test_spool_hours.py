"""By model version and hour, the spool's counts are PostgreSQL's, whatever was killed meanwhile."""

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from homeprices.stores.postgres.database import Database
from homeprices.stores.postgres.request_log import PostgresRequestLog
from homeprices.stores.spool.hours import EARLIER, NO_HOUR, missing_records
from homeprices.stores.spool.spool import Spool
from support.spools import (
    append,
    mixed,
    rows_by_hour,
    stored_by_hour,
    stored_ids,
    upload,
    upload_folder,
)

FAR_APART = 1_000_000


def killed_at_random(folder: Path, dsn: str, first: int) -> set[str]:
    """The ids that a worker had acknowledged when it was killed."""
    process = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("spool_worker.py"), folder, dsn, str(first)],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    lines = [process.stdout.readline()]
    time.sleep(random.uniform(0.05, 0.6))  # noqa: S311 - no secret
    process.kill()
    lines += process.stdout.readlines()
    process.wait()
    process.stdout.close()
    return {line.decode().strip() for line in lines if line.endswith(b"\n")}


def test_after_kills_the_counts_by_hour_are_those_of_postgresql(
    tmp_path: Path, postgres_dsn: str, database: Database, scale: Callable[[int, int], int]
) -> None:
    folder = tmp_path / "spool"
    acknowledged: set[str] = set()
    for kill in range(scale(4, 20)):
        acknowledged |= killed_at_random(folder, postgres_dsn, FAR_APART * (kill + 1))
    spool = upload_folder(folder, PostgresRequestLog(database))
    ids = stored_ids(database)
    assert acknowledged - set(ids) == set()
    assert len(ids) == len(set(ids)) >= len(acknowledged) > 100
    assert stored_by_hour(spool) == rows_by_hour(database)
    assert len(rows_by_hour(database)) > 20
    assert missing_records(spool.hours()) == 0
    counts = spool.counts()
    assert (counts.issued, counts.waiting, counts.set_aside) == (len(ids), 0, 0)
    spool.close()


def test_without_the_file_of_hours_the_same_comparison_fails(
    tmp_path: Path, database: Database
) -> None:
    log = PostgresRequestLog(database)
    spool = Spool(tmp_path)
    append(spool, map(mixed, range(100)))
    upload(spool, log)
    assert stored_by_hour(spool) == rows_by_hour(database)
    spool.close()
    (tmp_path / "hours").unlink()
    again = Spool(tmp_path)
    assert stored_by_hour(again) == {(EARLIER, NO_HOUR): 100}
    again.close()


def test_a_row_that_postgresql_lost_is_seen_in_its_hour(tmp_path: Path, database: Database) -> None:
    spool = Spool(tmp_path)
    append(spool, map(mixed, range(100)))
    upload(spool, PostgresRequestLog(database))
    with database.connection() as connection:
        connection.execute("DELETE FROM predictions WHERE id = %s", (mixed(1).id,))
    stored, there = stored_by_hour(spool), rows_by_hour(database)
    (short,) = {cell for cell in stored if stored[cell] != there.get(cell)}
    assert short[0] == "CO2"
    spool.close()


def test_segments_that_vanish_are_missed_by_hour_after_a_restart(
    tmp_path: Path, database: Database
) -> None:
    folder, log = tmp_path / "spool", PostgresRequestLog(database)
    spool = Spool(folder)
    append(spool, map(mixed, range(50)))
    upload(spool, log)
    append(spool, map(mixed, range(50, 60)))
    spool.close()
    kept = shutil.copytree(folder, tmp_path / "kept")
    for segment in folder.glob("*.seg"):
        segment.unlink()
    lost, whole = Spool(folder), Spool(kept)
    assert missing_records(lost.hours()) == 10
    assert missing_records(whole.hours()) == 0
    for left in (lost, whole):
        left.close()
