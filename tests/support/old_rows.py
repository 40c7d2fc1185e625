"""Writes rows as releases before this one did: their columns, by name."""

import time
from collections.abc import Iterable

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from homeprices.domain.errors import Unavailable, Unreadable
from homeprices.domain.requests.records import PredictionRecord
from homeprices.stores.postgres.database import Database
from homeprices.stores.postgres.request_log import PREDICTIONS

_INSERT = """
INSERT INTO predictions (id, at, slot, model_version, status, latency_ms, visitor, signed,
    address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms,
    bathrooms, price, low, high)
VALUES (%(id)s, to_timestamp(%(at)s), %(slot)s, %(model_version)s, %(status)s, %(latency_ms)s,
    NULL, false, NULL, NULL, NULL, NULL, %(inputs)s, %(locality)s, %(area)s, %(bedrooms)s,
    %(bathrooms)s, %(price)s, %(low)s, %(high)s)
ON CONFLICT DO NOTHING
"""
# As release 0.1.0 stores what its spool holds.
_BESIDE = "CREATE TEMP TABLE IF NOT EXISTS fresh (LIKE predictions) ON COMMIT DELETE ROWS"
_COPY = "COPY fresh ({columns}) FROM STDIN"
_TAKE_OVER = (
    "INSERT INTO predictions ({columns}) SELECT {columns} FROM fresh ON CONFLICT DO NOTHING"
)
_KNOWN = "SELECT attname FROM pg_attribute WHERE attrelid = 'predictions'::regclass AND attnum > 0"


class OlderService:
    """What a service made for the tables there are now writes and reads, whatever comes later."""

    def __init__(self, dsn: str) -> None:
        self._database = Database(dsn, most_connections=1)
        with self._database.connection() as connection:
            known = {name for (name,) in connection.execute(_KNOWN).fetchall()}
        self._columns = [column for column in PREDICTIONS.columns if column.name in known]

    def store(self, *records: PredictionRecord) -> None:
        """Keep `records`, trying again while PostgreSQL is away; raises Unreadable."""
        while True:
            try:
                self._copy(records)
            except Unavailable:
                time.sleep(0.05)
            except psycopg.Error as error:
                raise Unreadable(str(error)) from error
            else:
                return

    def read(self) -> dict[str, dict[str, object]]:
        """All rows, by id."""
        query = self._of_its_columns("SELECT {columns} FROM predictions")
        with self._database.connection() as connection:
            rows = connection.cursor(row_factory=dict_row).execute(query).fetchall()
        return {str(row["id"]): row for row in rows}

    def close(self) -> None:
        self._database.close()

    def _copy(self, records: Iterable[PredictionRecord]) -> None:
        with self._database.connection() as connection:
            connection.execute(_BESIDE)
            copy = self._of_its_columns(_COPY)
            with connection.cursor() as cursor, cursor.copy(copy) as sink:
                for record in records:
                    sink.write_row([column.getter()(record) for column in self._columns])
            connection.execute(self._of_its_columns(_TAKE_OVER))

    def _of_its_columns(self, statement: str) -> sql.Composed:
        names = sql.SQL(", ").join(sql.Identifier(column.name) for column in self._columns)
        return sql.SQL(statement).format(columns=names)


def store_as_before(database: Database, rows: Iterable[PredictionRecord]) -> None:
    names = ("id", "at", "slot", "model_version", "status", "latency_ms", "locality", "area")
    names += ("bedrooms", "bathrooms", "price", "low", "high")
    with database.connection() as connection:
        for row in rows:
            values = {name: getattr(row, name) for name in names}
            connection.execute(_INSERT, {**values, "inputs": Jsonb(row.inputs)})
