"""A service of every schema before runs on while tables change, and beside one of the newest."""

import threading
import time
from collections.abc import Iterator
from itertools import count

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from homeprices.domain.errors import Unreadable
from homeprices.domain.requests.records import PageQuery
from homeprices.stores.postgres.database import Database, migrate
from homeprices.stores.postgres.request_log import PostgresRequestLog
from homeprices.stores.postgres.request_metrics import PostgresRequestMetrics
from support.migrations import migrations
from support.old_rows import OlderService
from support.service import prediction

REVISIONS = [migration.revision for migration in migrations()]
WIDER = {("integer", "double precision")}
SCHEMA = "older_service"
ALL = PageQuery(10_000)
COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable = 'YES' AS may_be_empty, column_default
FROM information_schema.columns WHERE table_schema = %s
"""
PLANTED = [
    "ALTER TABLE predictions DROP COLUMN locality",
    "ALTER TABLE predictions RENAME COLUMN price TO estimate",
    "ALTER TABLE predictions ADD COLUMN city text NOT NULL DEFAULT 'bangalore'",
    "ALTER TABLE predictions ALTER COLUMN latency_ms TYPE boolean USING true",
]


def columns(dsn: str) -> dict[tuple[str, str], tuple[str, bool, str | None]]:
    """Type, whether it may be empty, and default of every column of the schema."""
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(COLUMNS, [SCHEMA]).fetchall()
    return {(table, name): (kind, empty, default) for table, name, kind, empty, default in rows}


@pytest.fixture
def dsn(postgres_dsn: str) -> Iterator[str]:
    """An empty schema of its own."""
    with psycopg.connect(postgres_dsn) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
    yield make_conninfo(postgres_dsn, options=f"-c search_path={SCHEMA}")
    with psycopg.connect(postgres_dsn) as connection:
        connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_an_older_service_writes_and_reads_on_while_tables_change(dsn: str, revision: str) -> None:
    migrate(dsn, revision)
    older, written, problems = OlderService(dsn), count(1), []
    over = threading.Event()

    def serve() -> None:
        try:
            while not over.is_set():
                older.store(prediction(next(written)))
        except Exception as error:  # noqa: BLE001 - told by the assertion below
            problems.append(error)

    thread = threading.Thread(target=serve)
    thread.start()
    time.sleep(0.1)
    migrate(dsn)
    time.sleep(0.1)
    over.set()
    thread.join(30)
    assert problems == []

    total = next(written) - 1
    database = Database(dsn)
    newest = PostgresRequestLog(database)
    newest.store([prediction(100_000, served_arm="candidate", feature_version="six", zone="east")])
    newest.store([prediction(1)])
    older.store(prediction(200_000))
    rows = older.read()
    assert len(rows) == total + 2
    assert rows[prediction(100_000).id]["price"] == 80.0 - 5.0
    metrics = PostgresRequestMetrics(database)
    stored = {record.id: record for record in metrics.predictions(ALL)}
    assert stored[prediction(200_000).id] == prediction(200_000)
    assert stored[prediction(100_000).id].zone == "east"
    older.close()
    database.close()


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_every_older_column_is_there_and_no_new_one_has_to_be_written(
    dsn: str, revision: str
) -> None:
    migrate(dsn, revision)
    before = columns(dsn)
    migrate(dsn)
    after = columns(dsn)
    tables = {table for table, _ in before}
    assert set(before) - set(after) == set()
    for key, (kind, may_be_empty, _) in before.items():
        now, still_empty, _ = after[key]
        assert now == kind or (kind, now) in WIDER, key
        assert still_empty or not may_be_empty, key
    for key in set(after) - set(before):
        assert key[0] not in tables or after[key][1], key


@pytest.mark.parametrize("fault", PLANTED)
def test_a_migration_that_older_services_do_not_survive_is_seen(dsn: str, fault: str) -> None:
    migrate(dsn)
    older = OlderService(dsn)
    older.store(prediction(1))
    with psycopg.connect(dsn) as connection:
        connection.execute(fault)  # type: ignore[call-overload]
    # On a connection of its own, as after the next hiccup of the network.
    older.close()
    with pytest.raises(Unreadable):
        older.store(prediction(2))
