"""Keeps predictions and feedback in PostgreSQL, once each, and finds a prediction again."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from psycopg import Connection, sql
from psycopg.rows import dict_row

from homeprices.domain.errors import Unavailable, Unreadable
from homeprices.domain.requests.records import AnswerCount, FeedbackRecord, PredictionRecord
from homeprices.stores.postgres.columns import RecordTable
from homeprices.stores.postgres.database import Database
from homeprices.stores.postgres.erasures import drop_erased

PREDICTIONS = RecordTable("predictions", PredictionRecord)
FEEDBACK = RecordTable("feedback", FeedbackRecord)
R = TypeVar("R")
_COUNT = """
SELECT count(*) AS count, min(at) AS first_at, max(at) AS last_at FROM predictions
WHERE model_version = %(version)s AND status = 200
"""
_BY_ID = "SELECT {columns} FROM predictions WHERE id = %(id)s"


class PostgresRequestLog:
    """`ports.RequestLog` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def store(self, rows: Sequence[PredictionRecord | FeedbackRecord]) -> None:
        """Keep `rows` in one transaction; raises Unavailable, Unreadable."""
        try:
            predictions = [row for row in rows if isinstance(row, PredictionRecord)]
            feedback = [row for row in rows if isinstance(row, FeedbackRecord)]
            with self._database.connection() as connection:
                _merge(connection, PREDICTIONS, predictions)
                _merge(connection, FEEDBACK, feedback)
        except (psycopg.DataError, psycopg.IntegrityError, ValueError, OverflowError) as error:
            raise Unreadable(f"PostgreSQL cannot keep a row: {_words(error)}") from error
        except psycopg.Error as error:
            raise Unavailable(f"PostgreSQL refuses all rows: {_words(error)}") from error

    def close(self) -> None:
        """Give the connections of its database back."""
        self._database.close()


def _merge(connection: Connection, table: RecordTable[R], records: Iterable[R]) -> None:
    """COPY `records` beside `table`, then take over those whose id is new."""
    rows = [table.row(record) for record in records]
    if not rows:
        return
    fresh = sql.Identifier(f"fresh_{table.name}")
    names = {
        "table": sql.Identifier(table.name),
        "fresh": fresh,
        "columns": table.column_list,
    }
    connection.execute(
        sql.SQL(
            "CREATE TEMP TABLE IF NOT EXISTS {fresh} (LIKE {table}) ON COMMIT DELETE ROWS"
        ).format(**names)
    )
    copy = sql.SQL("COPY {fresh} ({columns}) FROM STDIN").format(**names)
    with connection.cursor() as cursor, cursor.copy(copy) as sink:
        for row in rows:
            sink.write_row(row)
    # Before, not in one with it: rows are numbered as they arrive, and a join would mix them.
    drop_erased(connection, fresh)
    connection.execute(
        sql.SQL(
            "INSERT INTO {table} ({columns}) SELECT {columns} FROM {fresh} ON CONFLICT DO NOTHING"
        ).format(**names)
    )


def _words(error: Exception) -> str:
    return " ".join(str(error).split())


class PostgresPredictionReader:
    """`ports.PredictionReader` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count_for(self, version: str) -> AnswerCount:
        """How many requests `version` has priced, and when; raises Unavailable."""
        row = self._row(sql.SQL(_COUNT), {"version": version}) or {"count": 0}
        return AnswerCount(row["count"], *(_iso(row.get(name)) for name in ("first_at", "last_at")))

    def find(self, uuid: str) -> PredictionRecord | None:
        """The prediction under `uuid`; None for one that is not kept. Raises Unavailable."""
        row = self._row(sql.SQL(_BY_ID).format(columns=PREDICTIONS.column_list), {"id": UUID(uuid)})
        return None if row is None else PREDICTIONS.record(row)

    def _row(self, query: sql.SQL | sql.Composed, values: dict[str, Any]) -> dict[str, Any] | None:
        with (
            self._database.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            return cursor.execute(query, values).fetchone()


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
