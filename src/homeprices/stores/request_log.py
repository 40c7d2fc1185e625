"""Keeps predictions and feedback in PostgreSQL; a row that is there already changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import msgspec
import psycopg
from psycopg import Connection, sql

from homeprices.domain.errors import Unavailable, Unreadable
from homeprices.domain.records import Client, FeedbackRecord, PredictionRecord
from homeprices.stores.database import Database

Row = tuple[object, ...]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

WHO = ("visitor", "signed", "address_hash", "network_hash")
ASKED = ("inputs", "locality", "area", "bedrooms", "bathrooms")
PREDICTION_COLUMNS = (
    *("id", "at", "slot", "model_version", "status", "latency_ms"),
    *WHO,
    *("assigned_arm", "experiment"),
    *ASKED,
    *("price", "low", "high"),
)
FEEDBACK_COLUMNS = (
    *("id", "at", "prediction_id", "type", "value", "text", "sold_on", "price_source"),
    *WHO,
)


class PostgresRequestLog:
    """`ports.RequestLog` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def store(self, rows: Sequence[PredictionRecord | FeedbackRecord]) -> None:
        """Keep `rows` in one transaction; raises Unavailable, Unreadable."""
        try:
            predictions = [_prediction(row) for row in rows if isinstance(row, PredictionRecord)]
            feedback = [_feedback(row) for row in rows if isinstance(row, FeedbackRecord)]
            with self._database.connection() as connection:
                _merge(connection, "predictions", PREDICTION_COLUMNS, predictions)
                _merge(connection, "feedback", FEEDBACK_COLUMNS, feedback)
        except (psycopg.DataError, psycopg.IntegrityError, ValueError, OverflowError) as error:
            raise Unreadable(f"PostgreSQL cannot keep a row: {_words(error)}") from error
        except psycopg.Error as error:
            raise Unavailable(f"PostgreSQL refuses all rows: {_words(error)}") from error


def _merge(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """COPY `rows` beside `table`, then take over those whose id is new."""
    waiting = list(rows)
    if not waiting:
        return
    names = {
        "table": sql.Identifier(table),
        "fresh": sql.Identifier(f"fresh_{table}"),
        "columns": sql.SQL(", ").join(map(sql.Identifier, columns)),
    }
    connection.execute(
        sql.SQL(
            "CREATE TEMP TABLE IF NOT EXISTS {fresh} (LIKE {table}) ON COMMIT DELETE ROWS"
        ).format(**names)
    )
    copy = sql.SQL("COPY {fresh} ({columns}) FROM STDIN").format(**names)
    with connection.cursor() as cursor, cursor.copy(copy) as sink:
        for row in waiting:
            sink.write_row(row)
    connection.execute(
        sql.SQL(
            "INSERT INTO {table} ({columns}) SELECT {columns} FROM {fresh} ON CONFLICT DO NOTHING"
        ).format(**names)
    )


def _prediction(row: PredictionRecord) -> Row:
    return (
        UUID(row.id),
        _moment(row.at),
        row.slot,
        row.model_version,
        row.status,
        row.latency_ms,
        *_who(row.caller),
        row.caller.assigned_arm,
        row.caller.experiment,
        msgspec.json.encode(row.inputs).decode(),
        row.locality,
        row.area,
        row.bedrooms,
        row.bathrooms,
        row.price,
        row.low,
        row.high,
    )


def _feedback(row: FeedbackRecord) -> Row:
    return (
        row.id,
        _moment(row.at),
        UUID(row.prediction_id),
        row.type,
        row.value,
        row.text,
        date.fromisoformat(row.sold_on) if row.sold_on else None,
        row.price_source,
        *_who(row.caller),
    )


def _who(caller: Client) -> Row:
    return (caller.visitor, caller.signed, caller.address_hash, caller.network_hash)


def _moment(seconds: float) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


def _words(error: Exception) -> str:
    return " ".join(str(error).split())
