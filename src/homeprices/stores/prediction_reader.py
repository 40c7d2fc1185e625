"""Which predictions a model version has answered, and one prediction by its id."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from homeprices.domain.request_metrics import AnswerCount, PredictionRow
from homeprices.stores.database import Database

_COUNT = """
SELECT count(*) AS count, min(at) AS first_at, max(at) AS last_at FROM predictions
WHERE model_version = %(version)s AND status = 200
"""
_ONE = """
SELECT at, model_version, locality, price, low, high, experiment, assigned_arm,
       status, inputs, area, bedrooms, bathrooms
FROM predictions WHERE id = %(id)s
"""


class PostgresPredictionReader:
    """`ports.PredictionReader` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, version: str) -> AnswerCount:
        """How many requests `version` has priced, and when; raises Unavailable."""
        row = self._one(_COUNT, {"version": version}) or {"count": 0}
        return AnswerCount(row["count"], *(_iso(row.get(name)) for name in ("first_at", "last_at")))

    def find(self, uuid: str) -> PredictionRow | None:
        """The prediction under `uuid`; None for one that is not kept. Raises Unavailable."""
        row = self._one(_ONE, {"id": UUID(uuid)})
        return None if row is None else PredictionRow(**{**row, "at": row["at"].isoformat()})

    def _one(self, query: str, values: dict[str, Any]) -> dict[str, Any] | None:
        with (
            self._database.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            return cursor.execute(query, values).fetchone()


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
