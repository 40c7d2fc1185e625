"""What is kept of one visitor goes, and of nobody else."""

from datetime import UTC, datetime

from homeprices.stores.postgres.database import Database
from homeprices.stores.postgres.erasures import PostgresErasures
from homeprices.stores.postgres.request_log import PostgresRequestLog
from support.visits import visits

AT = datetime(2026, 11, 28, 9, tzinfo=UTC)


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
    gone = PostgresErasures(database).forget(visitor, at=AT, actor="test", reason="asked")
    assert gone.predictions >= 1
    assert gone.feedback >= 1
    left = count(database, "SELECT count(*) FROM predictions")
    assert left == everybody - gone.predictions > 0
    assert count(database, "SELECT count(*) FROM predictions WHERE visitor = %s", visitor) == 0
    assert count(database, "SELECT count(*) FROM feedback WHERE visitor = %s", visitor) == 0
    assert count(database, "SELECT count(*) FROM evidence_seen WHERE whose = %s", visitor) == 0
    logged = "SELECT count(*) FROM erasures WHERE predictions = %s AND actor = 'test'"
    assert count(database, logged, gone.predictions) >= 1
    again = PostgresErasures(database).forget(visitor, at=AT, actor="test", reason="asked")
    assert (again.predictions, again.feedback) == (0, 0)
