"""Takes away what is kept of one visitor, and keeps that it was done."""

from datetime import datetime

from homeprices.domain.requests.records import Erasure
from homeprices.stores.postgres.database import Database

# What others said of the visitor's requests goes, too: it tells of nothing any more.
_FEEDBACK = """
DELETE FROM feedback WHERE visitor = %(visitor)s
OR prediction_id IN (SELECT id FROM predictions WHERE visitor = %(visitor)s)
"""
_PREDICTIONS = "DELETE FROM predictions WHERE visitor = %(visitor)s"
_SEEN = "DELETE FROM evidence_seen WHERE whose = %(visitor)s"
_LOG = """
INSERT INTO erasures (at, actor, reason, predictions, feedback)
VALUES (%(at)s, %(actor)s, %(reason)s, %(predictions)s, %(feedback)s)
"""


class PostgresErasures:
    """`ports.Erasures` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def forget(self, visitor: str, *, at: datetime, actor: str, reason: str) -> Erasure:
        """Delete the rows of `visitor`, and log how many; raises Unavailable."""
        values = {"visitor": visitor, "at": at, "actor": actor, "reason": reason}
        with self._database.connection() as connection:
            connection.execute("SET LOCAL statement_timeout = 0")  # it reads the whole log
            feedback = connection.execute(_FEEDBACK, values).rowcount
            predictions = connection.execute(_PREDICTIONS, values).rowcount
            connection.execute(_SEEN, values)
            counts = {"predictions": predictions, "feedback": feedback}
            connection.execute(_LOG, {**values, **counts})
        return Erasure(predictions, feedback)
