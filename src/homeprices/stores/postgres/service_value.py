"""What came of the requests: what was said of estimates, and how far they were from sales."""

from datetime import datetime, timedelta
from typing import Any

from psycopg.rows import DictRow, dict_row

from homeprices.domain.loop import SaleError, ServiceValue
from homeprices.stores.postgres.database import Database

_FEEDBACK_AT = """
SELECT coalesce((SELECT max(at) FROM feedback WHERE type <> 'comment'),
                (SELECT min(at) FROM predictions)) AS at
"""
_SESSIONS = """
SELECT assigned_arm AS arm, count(DISTINCT visitor) AS visitors FROM predictions
WHERE at >= %(since)s AND experiment = %(experiment)s AND signed AND assigned_arm IS NOT NULL
GROUP BY 1
"""
_ESTIMATES = """
SELECT count(*) FILTER (WHERE at >= %(day)s) AS estimates_day,
       count(*) FILTER (WHERE at >= %(week)s) AS estimates_week,
       count(*) AS estimates_month
FROM predictions WHERE at >= %(month)s AND status = 200
"""
_SAID_OF = """
SELECT count(DISTINCT p.id) AS with_feedback
FROM feedback f JOIN predictions p ON p.id = f.prediction_id AND p.at >= %(week)s
WHERE f.at >= %(week)s AND p.status = 200
"""
_FEEDBACK = """
SELECT type, count(*) AS rows FROM feedback WHERE at >= %(week)s GROUP BY 1
"""
# Of several prices reported for one estimate the first counts, as it does in evidence.
_SALES = """
WITH sales AS (
    SELECT DISTINCT ON (p.id) p.slot, abs(p.price - f.value) AS error, f.value AS sold
    FROM feedback f JOIN predictions p ON p.id = f.prediction_id
    WHERE f.at >= %(month)s AND f.type = 'actual_price' AND f.value > 0 AND p.price IS NOT NULL
    ORDER BY p.id, f.at
)
SELECT slot, count(*) AS count,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY error) AS median,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY error / sold) AS median_ratio
FROM sales GROUP BY slot
"""


class PostgresServiceValue:
    """`ports.ServiceValueReader` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def feedback_at(self) -> datetime | None:
        """See `ports.ServiceValueReader`."""
        (row,) = self._rows(_FEEDBACK_AT, {})
        moment: datetime | None = row["at"]
        return moment

    def sessions(self, experiment: str, since: datetime) -> dict[str, int]:
        """See `ports.ServiceValueReader`."""
        rows = self._rows(_SESSIONS, {"experiment": experiment, "since": since})
        return {row["arm"]: row["visitors"] for row in rows}

    def value(self, now: datetime) -> ServiceValue:
        """See `ports.ServiceValueReader`."""
        days = {"day": 1, "week": 7, "month": 28}
        since = {name: now - timedelta(days=count) for name, count in days.items()}
        (counts,), (said,) = self._rows(_ESTIMATES, since), self._rows(_SAID_OF, since)
        sales = {row.pop("slot"): SaleError(**row) for row in self._rows(_SALES, since)}
        return ServiceValue(
            **counts,
            **said,
            with_sale_price=sum(error.count for error in sales.values()),
            feedback={row["type"]: row["rows"] for row in self._rows(_FEEDBACK, since)},
            sale_errors=sales,
        )

    def _rows(self, query: str, values: dict[str, Any]) -> list[DictRow]:
        with (
            self._database.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            return cursor.execute(query.encode(), values).fetchall()
