"""Counts the evidence of a trial out of the tables of predictions and feedback."""

from __future__ import annotations

from datetime import datetime

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from homeprices.domain.experiments.evidence import STARS, ArmEvidence, Evidence
from homeprices.domain.experiments.experiment import Experiment
from homeprices.stores.database import Database

# An arm is the version that answered, however the request came; the first opinion
# of each prediction counts, later ones are kept and not counted.
_QUERY = """
WITH answered AS (
    SELECT id, latency_ms FROM predictions
    WHERE model_version = %(version)s AND status = 200 AND at >= %(since)s
), opinions AS (
    SELECT DISTINCT ON (f.prediction_id)
           coalesce((%(stars)s::jsonb ->> f.type)::float8, f.value) AS stars
    FROM feedback f JOIN answered a ON a.id = f.prediction_id
    WHERE f.type <> 'actual_price'
    ORDER BY f.prediction_id, f.at, f.id
)
SELECT (SELECT count(*) FROM answered) AS requests,
       (SELECT avg(latency_ms) FROM answered) AS mean_latency_ms,
       (SELECT count(*) FROM opinions) AS ratings,
       (SELECT avg(stars) FROM opinions) AS mean_rating,
       (SELECT count(DISTINCT f.prediction_id) FROM feedback f JOIN answered a
        ON a.id = f.prediction_id WHERE f.type = 'actual_price') AS sale_prices
"""


class PostgresEvidence:
    """`ports.EvidenceReader` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self, experiment: Experiment, at: datetime) -> Evidence:
        """The evidence since the trial opened, as of `at`; raises Unavailable."""
        since = datetime.fromisoformat(experiment.started_at)
        return Evidence(
            candidate=self._arm(experiment.candidate, since),
            production=self._arm(experiment.production, since),
            hours=(at - since).total_seconds() / 3600,
        )

    def _arm(self, version: str, since: datetime) -> ArmEvidence:
        with (
            self._database.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            row = cursor.execute(
                _QUERY, {"version": version, "since": since, "stars": Jsonb(dict(STARS))}
            ).fetchone()
        return ArmEvidence(version=version, **(row or {}))
