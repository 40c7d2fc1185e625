"""Reads the tables of predictions and feedback for the service's pages and for drift."""

from datetime import datetime
from typing import Any, TypeVar

from psycopg import sql
from psycopg.rows import DictRow, dict_row

from homeprices.domain.drift import NumberBins
from homeprices.domain.errors import NotFound
from homeprices.domain.requests import records
from homeprices.stores.postgres.columns import RecordTable
from homeprices.stores.postgres.database import Database
from homeprices.stores.postgres.request_log import FEEDBACK, PREDICTIONS

R = TypeVar("R")

FACTS = {
    "area": "area",
    "area_per_bedroom": "area / bedrooms",
    "bedrooms": "bedrooms",
    "bathrooms": "bathrooms",
}

_PREDICTION_FIGURES = """
SELECT model_version AS version, count(*) AS total_count, avg(latency_ms) AS avg_latency_ms,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms) AS p95_latency_ms,
       percentile_cont(0.99) WITHIN GROUP (ORDER BY latency_ms) AS p99_latency_ms,
       min(latency_ms) AS min, max(latency_ms) AS max
FROM predictions
WHERE at >= %(since)s AND status = 200 AND model_version IS NOT NULL
GROUP BY model_version
"""
_FEEDBACK_FIGURES = """
SELECT p.model_version AS version, count(*) AS total_count,
       avg(f.value) FILTER (WHERE f.type = 'rating') AS avg_rating,
       count(*) FILTER (WHERE f.type = 'accurate') AS accurate_count,
       count(*) FILTER (WHERE f.type = 'too_high') AS too_high_count,
       count(*) FILTER (WHERE f.type = 'too_low') AS too_low_count
FROM feedback f JOIN predictions p ON p.id = f.prediction_id
WHERE f.at >= %(since)s AND p.model_version IS NOT NULL
GROUP BY p.model_version
"""
_LAST_FEEDBACK = "SELECT max(at) AS at FROM feedback WHERE type <> 'comment'"
# As evidence is admitted: signed by who asked, routed, the first of its kind on a request, of a
# session about a version, and so many of a network a day.
_EVIDENCE_TRAFFIC = """
WITH told AS (
    SELECT f.type = 'actual_price' AS is_price, f.visitor, p.model_version, f.at,
           coalesce(f.network_hash, '') AS network,
           row_number() OVER (
               PARTITION BY f.prediction_id, f.type = 'actual_price' ORDER BY f.at, f.id
           ) AS of_request, f.id
    FROM feedback f JOIN predictions p ON p.id = f.prediction_id
    WHERE f.at >= %(since)s AND f.type <> 'comment' AND f.signed AND f.visitor = p.visitor
      AND p.assigned_arm IS NOT NULL AND p.status = 200
), first AS (
    SELECT is_price, network, at, id,
           row_number() OVER (
               PARTITION BY visitor, model_version, is_price ORDER BY at, id
           ) AS of_session
    FROM told WHERE of_request = 1
), counted AS (
    SELECT is_price,
           row_number() OVER (
               PARTITION BY network, is_price, (at AT TIME ZONE 'UTC')::date ORDER BY at, id
           ) AS of_network
    FROM first WHERE of_session = 1
)
SELECT (SELECT min(at) FROM predictions WHERE at >= %(since)s) AS first_at,
       (SELECT count(*) FROM predictions WHERE at >= %(since)s AND status = 200 AND signed
        AND visitor IS NOT NULL AND assigned_arm IS NOT NULL) AS requests,
       count(*) FILTER (WHERE NOT is_price AND of_network <= %(cap)s) AS opinions,
       count(*) FILTER (WHERE is_price AND of_network <= %(cap)s) AS prices
FROM counted
"""
_NEWEST = """
SELECT {columns} FROM {table}
WHERE %(after)s::float8 IS NULL OR at > to_timestamp(%(after)s)
ORDER BY at {direction}, id {direction} LIMIT %(limit)s
"""
_NUMBER_COUNTS = """
SELECT width_bucket(({fact})::float8, %(edges)s::float8[]) AS bin, count(*) AS requests
FROM predictions WHERE at >= %(since)s AND status = 200 GROUP BY 1
"""
# Visitors type what they like: no report may grow with that.
MOST_LOCALITIES = 2_000
_LOCALITY_COUNTS = """
SELECT locality, count(*) AS requests FROM predictions
WHERE at >= %(since)s AND status = 200 AND locality IS NOT NULL GROUP BY 1
ORDER BY 2 DESC, 1 LIMIT %(most)s
"""
# Rows of before zones were kept have none: they do not tell that a home is in none.
_ZONE_COUNTS = """
SELECT zone, count(*) AS requests FROM predictions
WHERE status = 200 AND at >= (
    SELECT min(at) FROM predictions WHERE at >= %(since)s AND zone IS NOT NULL
) GROUP BY 1
"""


class PostgresRequestMetrics:
    """`ports.RequestMetrics` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ping(self) -> None:
        """Return if PostgreSQL answers; raises Unavailable."""
        self._rows(sql.SQL("SELECT 1"), {})

    def figures(self, since: datetime) -> dict[str, records.VersionFigures]:
        """What happened since, for each model version that answered anything."""
        predictions = self._by_version(_PREDICTION_FIGURES, since)
        feedback = self._by_version(_FEEDBACK_FIGURES, since)
        return {
            version: records.VersionFigures(
                records.PredictionFigures(**predictions.get(version, {})),
                records.FeedbackFigures(**feedback.get(version, {})),
            )
            for version in sorted(predictions.keys() | feedback.keys())
        }

    def predictions(self, page: records.PageQuery) -> list[records.PredictionRecord]:
        """The newest predictions first; with `page.after`, the oldest after it first."""
        return self._page(PREDICTIONS, page)

    def feedback(self, page: records.PageQuery) -> list[records.FeedbackRecord]:
        """The same for feedback."""
        return self._page(FEEDBACK, page)

    def last_feedback_at(self) -> datetime | None:
        """When the last opinion or sale price came; None before the first."""
        (row,) = self._rows(sql.SQL(_LAST_FEEDBACK), {})
        moment: datetime | None = row["at"]
        return moment

    def evidence_traffic(self, since: datetime, network_cap: int) -> records.EvidenceTraffic:
        """See `ports.RequestMetrics`."""
        values = {"since": since, "cap": network_cap}
        (row,) = self._rows(sql.SQL(_EVIDENCE_TRAFFIC), values)
        return records.EvidenceTraffic(**row)

    def number_counts(self, feature: str, bins: NumberBins, since: datetime) -> list[int]:
        """How many priced requests since then fall in each bin of a numeric fact of the home."""
        if feature not in FACTS:
            raise NotFound(f"requests have no fact {feature!r}; they have {', '.join(FACTS)}")
        query = sql.SQL(_NUMBER_COUNTS).format(fact=sql.SQL(FACTS[feature]))
        rows = self._rows(query, {"edges": bins.edges, "since": since})
        requests = {row["bin"]: row["requests"] for row in rows}
        return [requests.get(place, 0) for place in range(len(bins.edges) + 1)]

    def locality_counts(self, since: datetime) -> dict[str, int]:
        """How many priced requests since then were for each of the localities asked for most."""
        rows = self._rows(sql.SQL(_LOCALITY_COUNTS), {"since": since, "most": MOST_LOCALITIES})
        return {row["locality"]: row["requests"] for row in rows}

    def zone_counts(self, since: datetime) -> dict[str | None, int]:
        """How many priced requests since then were about homes in each zone; None: in none.

        Counted from the first row that tells a zone.
        """
        rows = self._rows(sql.SQL(_ZONE_COUNTS), {"since": since})
        return {row["zone"]: row["requests"] for row in rows}

    def _by_version(self, query: str, since: datetime) -> dict[str, dict[str, Any]]:
        rows = self._rows(sql.SQL(query), {"since": since})
        return {row.pop("version"): row for row in rows}

    def _page(self, table: RecordTable[R], page: records.PageQuery) -> list[R]:
        query = sql.SQL(_NEWEST).format(
            columns=table.column_list,
            table=sql.Identifier(table.name),
            direction=sql.SQL("DESC" if page.after is None else "ASC"),
        )
        rows = self._rows(query, {"after": page.after, "limit": page.limit})
        return [table.record(row) for row in rows]

    def _rows(self, query: sql.SQL | sql.Composed, values: dict[str, Any]) -> list[DictRow]:
        with (
            self._database.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            return cursor.execute(query, values).fetchall()
