"""A clock that is set back, across restarts: nothing is lost, doubled or set aside."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from homeprices.serving.app import create_app
from homeprices.stores.postgres.database import Database
from homeprices.stores.postgres.partitions import PostgresPartitions
from homeprices.stores.postgres.request_log import PostgresRequestLog
from homeprices.stores.spool import kept
from homeprices.stores.spool.hours import missing_records
from homeprices.stores.spool.segments import numbers_in
from homeprices.stores.spool.spool import Spool
from homeprices.stores.spool.uploader import Uploader
from support.client import Client
from support.service import Service
from support.spools import (
    append,
    mixed,
    rows_by_hour,
    stored_by_hour,
    stored_ids,
    upload,
    upload_folder,
)

HOME = {"total_sqft": 1200, "location": "Hebbal", "bhk": 2, "bath": 2}
NOW = datetime(2026, 11, 15, 12, 20, tzinfo=UTC)
# As a service meets them, each after a restart: back by hours, over a month, forth and back again.
CLOCK = [NOW + timedelta(hours=hours) for hours in (0, -3, -24 * 35, 24 * 365, 0)]
EACH = 20


@pytest.fixture
def months(database: Database) -> Iterator[PostgresPartitions]:
    """The months of NOW are made; none is left."""
    partitions = PostgresPartitions(database)
    partitions.ahead(NOW, 1)
    yield partitions
    with database.connection() as connection:
        connection.execute("TRUNCATE predictions")
        for (name,) in connection.execute(
            "SELECT relname FROM pg_class WHERE relname ~ '^predictions_y' AND relkind = 'r'"
        ).fetchall():
            connection.execute(f"DROP TABLE {name}")


def asked_at(moment: datetime, folder: Path, dsn: str) -> list[str]:
    """The ids that a service gave when it was started at that moment by its clock."""
    service = Service(folder)
    service.now = lambda: moment
    log = PostgresRequestLog(Database(dsn))
    service.uploader = Uploader(service.spool, log, rest_s=0.01, longest_wait_s=0.05)
    ids = []
    with Client(create_app(service.dependencies)) as client:
        client.until(lambda: client.get("/api/health/ready").status_code == 200)
        for _ in range(EACH):
            answer = client.post("/api/predict_home_price", json=HOME).json()
            ids.append(answer["prediction_id"][:36])
        opinion = {"prediction_id": answer["prediction_id"], "feedback_type": "too_high"}
        assert client.post("/api/feedback", json=opinion).status_code == 200
    return ids


def test_a_clock_that_is_set_back_loses_and_doubles_nothing(
    tmp_path: Path, database: Database, months: PostgresPartitions, postgres_dsn: str
) -> None:
    folder = tmp_path / "spool"
    given = [asked_at(moment, folder, postgres_dsn) for moment in CLOCK]
    ids = [id_ for batch in given for id_ in batch]
    assert len(set(ids)) == EACH * len(CLOCK)
    spool = upload_folder(folder, PostgresRequestLog(database))
    with database.connection() as connection:
        rows = connection.execute("SELECT id::text FROM predictions").fetchall()
        opinions = connection.execute("SELECT count(*) FROM feedback").fetchone()
    assert sorted(id_ for (id_,) in rows) == sorted(ids)
    assert opinions == (len(CLOCK),)
    assert stored_by_hour(spool) == rows_by_hour(database)
    assert (spool.counts().set_aside, missing_records(spool.hours())) == (0, 0)
    moments = {int(moment.timestamp()) // 3600 for moment in CLOCK}
    assert {hour for _, hour in stored_by_hour(spool)} == moments
    spool.close()
    before = rows_by_hour(database)
    assert months.ahead(CLOCK[2], 0) == ["predictions_y2026m10"]
    assert rows_by_hour(database) == before


def test_ids_that_were_the_time_alone_would_be_given_twice(
    tmp_path: Path, database: Database, postgres_dsn: str
) -> None:
    first, again = (asked_at(NOW, tmp_path / "spool", postgres_dsn) for _ in range(2))
    times = {UUID(id_).int >> 80 for id_ in (*first, *again)}
    assert times == {int(NOW.timestamp() * 1000)}
    assert len({*first, *again}) == 2 * EACH


@pytest.mark.parametrize("hours", [-60, 60])
def test_segments_that_were_kept_by_a_wrong_clock_outlive_it_or_go_and_nothing_else_does(
    tmp_path: Path, database: Database, hours: int
) -> None:
    spool, log = Spool(tmp_path, keep_hours=48, budget_bytes=80_000), PostgresRequestLog(database)
    for number in range(100):
        append(spool, [mixed(number)])
        upload(spool, log)
    place = tmp_path / "uploaded"
    uploaded = numbers_in(place)
    for number in uploaded:
        moment = time.time() - hours * 3600
        os.utime(place / f"{number:010d}.seg", (moment, moment))
    append(spool, map(mixed, range(100, 110)))
    spool.tidy()
    still_there = [number for number in uploaded if number in numbers_in(place)]
    assert still_there == ([] if hours > 0 else uploaded)
    assert spool.counts().waiting == 10
    upload(spool, log)
    spool.close()
    again = kept.rewind(tmp_path)
    assert again == 110 if hours < 0 else again < 110
    spool = upload_folder(tmp_path, log)
    assert sorted(stored_ids(database)) == sorted(mixed(number).id for number in range(110))
    assert stored_by_hour(spool) == rows_by_hour(database)
    spool.close()
