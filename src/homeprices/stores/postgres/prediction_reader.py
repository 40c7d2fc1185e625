"""Which predictions a model version has answered, and one prediction by its id."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import sql
from psycopg.rows import dict_row

from homeprices.domain.requests.records import PredictionRecord
from homeprices.domain.requests.request_metrics import AnswerCount
from homeprices.stores.postgres.database import Database
from homeprices.stores.postgres.request_log import PREDICTIONS

_COUNT = """
SELECT count(*) AS count, min(at) AS first_at, max(at) AS last_at FROM predictions
WHERE model_version = %(version)s AND status = 200
"""
_BY_ID = "SELECT {columns} FROM predictions WHERE id = %(id)s"


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
