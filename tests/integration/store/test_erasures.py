"""What is kept of one visitor goes, and of nobody else."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from homeprices.domain.evidence.ledger import LedgerKey
from homeprices.domain.experiments.experiment import EvidenceScope
from homeprices.domain.requests.records import Erasure, ErasureOrder
from homeprices.stores.postgres.database import Database
from homeprices.stores.postgres.decision_units import PostgresDecisionUnits
from homeprices.stores.postgres.erasures import PostgresErasures
from homeprices.stores.postgres.request_log import PostgresRequestLog
from support.stack import eventually
from support.visits import visits

AT = datetime(2026, 11, 28, 9, tzinfo=UTC)
LATER = (AT + timedelta(hours=1)).isoformat()


def count(database: Database, query: str, *values: object) -> int:
    with database.connection() as connection:
        return int(connection.execute(query, values).fetchone()[0])


def test_rows_of_a_visitor_are_deleted_and_the_log_says_how_many(database: Database) -> None:
    rows = visits(range(1, 4), AT, sold=103.0)
    PostgresRequestLog(database).store(rows)
    visitor = rows[0].caller.visitor
    everybody = count(database, "SELECT count(*) FROM predictions")
    with database.connection() as connection:
        connection.execute("INSERT INTO evidence_seen VALUES ('E1', 'session', %s)", (visitor,))
    order = ErasureOrder(hashlib.sha256(visitor.encode()).hexdigest(), LATER, "test", "asked")
    gone = PostgresErasures(database).forget(order)
    assert gone.predictions >= 1
    assert gone.feedback >= 1
    left = count(database, "SELECT count(*) FROM predictions")
    assert left == everybody - gone.predictions > 0
    PostgresRequestLog(database).store(rows)  # a spool uploads them again
    assert count(database, "SELECT count(*) FROM predictions WHERE visitor = %s", visitor) == 0
    assert count(database, "SELECT count(*) FROM feedback WHERE visitor = %s", visitor) == 0
    assert count(database, "SELECT count(*) FROM evidence_seen WHERE whose = %s", visitor) == 0
    logged = "SELECT count(*) FROM erasures WHERE predictions = %s AND visitor = %s"
    assert count(database, logged, gone.predictions, order.visitor) == 1
    again = PostgresErasures(database).forget(order)
    assert (again.predictions, again.feedback) == (0, 0)


def waiting(database: Database) -> int:
    return count(database, "SELECT count(*) FROM pg_locks WHERE NOT granted")


@pytest.mark.parametrize("table", ["predictions", "feedback"])
def test_a_row_that_is_being_stored_meanwhile_is_found_too(database: Database, table: str) -> None:
    rows = visits(range(1, 2), AT, sold=103.0)
    visitor = rows[0].caller.visitor
    order = ErasureOrder(hashlib.sha256(visitor.encode()).hexdigest(), LATER, "test", "asked")
    with ThreadPoolExecutor(2) as pool:
        with database.connection() as blocker:
            blocker.execute(f"LOCK TABLE ONLY {table} IN SHARE MODE")
            stored = pool.submit(PostgresRequestLog(database).store, rows)
            eventually(lambda: waiting(database) == 1, 10)
            gone = pool.submit(PostgresErasures(database).forget, order)
            eventually(lambda: gone.done() or waiting(database) == 2, 10)
        stored.result(10)
        assert gone.result(10) == Erasure(1, 1)
    assert count(database, "SELECT count(*) FROM predictions WHERE visitor = %s", visitor) == 0


def test_what_an_evaluation_under_way_remembers_of_them_goes_too(database: Database) -> None:
    visitor = "ab" * 16
    order = ErasureOrder(hashlib.sha256(visitor.encode()).hexdigest(), LATER, "test", "asked")
    units = PostgresDecisionUnits(database, lambda: AT)
    with ThreadPoolExecutor(1) as pool:
        with units.begin(EvidenceScope("E1", "p", ("BO1",), AT)) as unit:
            unit.ledger.first_seen([LedgerKey("session", visitor)])
            gone = pool.submit(PostgresErasures(database).forget, order)
            eventually(lambda: gone.done() or waiting(database) == 1, 10)
        gone.result(10)
    assert count(database, "SELECT count(*) FROM evidence_seen WHERE whose = %s", visitor) == 0


def test_who_comes_again_after_it_is_kept_as_anybody(database: Database) -> None:
    rows = visits(range(1, 2), AT)
    visitor = rows[0].caller.visitor
    before = (AT - timedelta(days=1)).isoformat()
    digest = hashlib.sha256(visitor.encode()).hexdigest()
    PostgresErasures(database).forget(ErasureOrder(digest, before, "test", "asked"))
    PostgresRequestLog(database).store(rows)
    assert count(database, "SELECT count(*) FROM predictions WHERE visitor = %s", visitor) == 1
