"""What the daily drift watch has seen, one row a day."""

from datetime import date, datetime
from typing import Any

import msgspec
from psycopg.rows import dict_row

from homeprices.domain.drift import DriftReport, KeptReport
from homeprices.stores.postgres.database import Database

_INSERT = """
INSERT INTO drift_reports (day, at, detected, report)
VALUES (%(day)s, %(at)s, %(detected)s, %(report)s) ON CONFLICT DO NOTHING
"""
_NEWEST = "SELECT day, at, report FROM drift_reports ORDER BY day DESC LIMIT %(limit)s"
_FLAGGED = """
SELECT day, at, report FROM drift_reports WHERE detected AND at >= %(since)s
ORDER BY at DESC LIMIT 1
"""


class PostgresDriftLog:
    """`ports.DriftLog` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, day: date, at: datetime, report: DriftReport) -> bool:
        """Keep the report of `day`; False when there is one already, which then stays."""
        row = {
            "day": day,
            "at": at,
            "detected": report.overall_drift_detected,
            "report": msgspec.json.encode(report).decode(),
        }
        with self._database.connection() as connection:
            return connection.execute(_INSERT, row).rowcount == 1

    def latest(self) -> KeptReport | None:
        """The report of the newest day; None before the first."""
        return next(iter(self.newest(1)), None)

    def newest(self, limit: int) -> list[KeptReport]:
        """See `ports.DriftLog`."""
        return self._reports(_NEWEST, {"limit": limit})

    def flagged_since(self, moment: datetime) -> KeptReport | None:
        """The newest report since `moment` that found drift; None when there is none."""
        return next(iter(self._reports(_FLAGGED, {"since": moment})), None)

    def _reports(self, query: str, values: dict[str, Any]) -> list[KeptReport]:
        with (
            self._database.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            rows = cursor.execute(query, values).fetchall()
        return [
            KeptReport(
                row["day"].isoformat(),
                row["at"].isoformat(),
                msgspec.convert(row["report"], DriftReport),
            )
            for row in rows
        ]
