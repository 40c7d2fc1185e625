"""Takes away what is kept of one visitor, and keeps that it was done, not whose it was."""

from collections.abc import Iterator

from psycopg import Connection, sql

from homeprices.domain.requests.records import Erasure, ErasureOrder
from homeprices.stores.postgres.database import Database
from homeprices.stores.postgres.decision_units import UNIT_LOCK

BATCH = 1_000
# Whoever stores rows looks here first, and holds the one lock until they are committed; the other
# waits for them. When an order is committed, every row is there to be found, or is left out.
# Neither keeps anybody out who reads, as a backup does for long.
_LOOKED = "LOCK TABLE erasures IN ROW SHARE MODE"
_NOBODY_LOOKED = "LOCK TABLE erasures IN EXCLUSIVE MODE"
_ORDER = """
INSERT INTO erasures (visitor, at, actor, reason)
VALUES (%(visitor)s, %(at)s, %(actor)s, %(reason)s) ON CONFLICT DO NOTHING
"""
_COUNT = """
UPDATE erasures SET predictions = predictions + %(predictions)s, feedback = feedback + %(feedback)s
WHERE visitor = %(visitor)s AND at = %(at)s
"""
_REQUESTS = """
SELECT id FROM predictions
WHERE at <= %(at)s AND encode(sha256(convert_to(visitor, 'UTF8')), 'hex') = %(visitor)s
"""
# What others said of the visitor's requests goes, too: it tells of nothing any more.
_FEEDBACK = """
SELECT id FROM feedback
WHERE at <= %(at)s AND encode(sha256(convert_to(visitor, 'UTF8')), 'hex') = %(visitor)s
UNION SELECT id FROM feedback WHERE prediction_id = ANY(%(requests)s)
"""
_SEEN = """
DELETE FROM evidence_seen WHERE encode(sha256(convert_to(whose, 'UTF8')), 'hex') = %(visitor)s
"""
_DELETE_FEEDBACK = "DELETE FROM feedback WHERE id = ANY(%s)"
_DELETE_REQUESTS = "DELETE FROM predictions WHERE id = ANY(%s)"
_DROP_ERASED = """
DELETE FROM {fresh} AS fresh USING erasures AS e WHERE fresh.at <= e.at
AND e.visitor = encode(sha256(convert_to(fresh.visitor, 'UTF8')), 'hex')
"""


class PostgresErasures:
    """`ports.Erasures` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def forget(self, order: ErasureOrder) -> Erasure:
        """See `ports.Erasures`; rows are found first, so that nobody who stores waits for that."""
        values = {name: getattr(order, name) for name in ("visitor", "at", "actor", "reason")}
        with self._database.connection() as connection:
            connection.execute(_NOBODY_LOOKED)
            connection.execute(_ORDER, values)
        with self._database.connection() as connection:
            connection.execute("SET LOCAL statement_timeout = 0")  # it reads the whole log
            requests = _ids(connection, _REQUESTS, values)
            feedback = _ids(connection, _FEEDBACK, {**values, "requests": requests})
        for delete, ids in ((_DELETE_FEEDBACK, feedback), (_DELETE_REQUESTS, requests)):
            for batch in _batches(ids):
                with self._database.connection() as connection:
                    connection.execute(delete, (batch,))
        gone = {"predictions": len(requests), "feedback": len(feedback)}
        with self._database.connection() as connection:
            # Last, and between two evaluations: one under way may have read a row that is gone now.
            connection.execute("SET LOCAL statement_timeout = 0")
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (UNIT_LOCK,))
            connection.execute(_SEEN, values)
            connection.execute(_COUNT, {**values, **gone})
        return Erasure(**gone)


def drop_erased(connection: Connection, fresh: sql.Identifier) -> None:
    """Delete of rows that are to be stored those from before an erasure: a spool had them still.

    To be stored in the same transaction.
    """
    connection.execute(_LOOKED)
    connection.execute(sql.SQL(_DROP_ERASED).format(fresh=fresh))


def _ids(connection: Connection, query: str, values: dict[str, object]) -> list[object]:
    return [row[0] for row in connection.execute(query, values)]


def _batches(ids: list[object]) -> Iterator[list[object]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]
