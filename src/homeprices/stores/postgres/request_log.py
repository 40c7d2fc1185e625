"""Keeps predictions and feedback in PostgreSQL; a row that is there already changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

import psycopg
from psycopg import Connection, sql

from homeprices.domain.errors import Unavailable, Unreadable
from homeprices.domain.requests.records import FeedbackRecord, PredictionRecord
from homeprices.stores.postgres.columns import RecordTable
from homeprices.stores.postgres.database import Database

PREDICTIONS = RecordTable("predictions", PredictionRecord)
FEEDBACK = RecordTable("feedback", FeedbackRecord)
R = TypeVar("R")


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
    names = {
        "table": sql.Identifier(table.name),
        "fresh": sql.Identifier(f"fresh_{table.name}"),
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
    connection.execute(
        sql.SQL(
            "INSERT INTO {table} ({columns}) SELECT {columns} FROM {fresh} ON CONFLICT DO NOTHING"
        ).format(**names)
    )


def _words(error: Exception) -> str:
    return " ".join(str(error).split())
