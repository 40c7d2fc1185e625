"""One evaluation of an experiment as one transaction: rows since the last, state, decision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
from psycopg import Connection
from psycopg.rows import class_row

from homeprices.domain.experiments.decision import Decision, Draft
from homeprices.domain.experiments.evidence import EvidenceRow, Exposure, FeedbackEvent
from homeprices.domain.experiments.experiment import Experiment
from homeprices.ports import State
from homeprices.stores.postgres.database import Database
from homeprices.stores.postgres.decisions import insert

UNIT_LOCK = 7_204_120
LONGEST_LOCK_WAIT = "5s"
ROWS_A_FETCH = 5_000
# Above every number that was ever given to a row.
NO_HORIZON = 2**63 - 1

# Whoever stores rows holds this lock until they are committed: when we have it, every
# number up to the last one given is that of a row we can see, or of none.
_SETTLE = """
LOCK TABLE ONLY predictions IN SHARE MODE;
LOCK TABLE feedback IN SHARE MODE
"""
_LAST_ARRIVAL = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM arrivals"

# Rows of the time before they were numbered are read once, with the first.
_UP_TO_NOW = "({0}.arrival IS NULL OR {0}.arrival <= %(horizon)s)"
_SINCE_LAST = "{0}.arrival > %(watermark)s AND {0}.arrival <= %(horizon)s"
_BEFORE_LAST = "({0}.arrival IS NULL OR {0}.arrival <= %(watermark)s)"

_OF_EXPERIMENT = "p.model_version = ANY(%(versions)s) AND p.at >= %(since)s"
_EXPOSURES = """
SELECT p.id::text AS prediction_id, p.model_version AS version, p.at, p.status, p.latency_ms,
       p.assigned_arm, CASE WHEN p.signed THEN p.visitor END AS session, p.network_hash AS network
FROM predictions p WHERE {experiment} AND {arrived}
ORDER BY p.arrival NULLS FIRST, p.at, p.id
"""
# An opinion may be stored before the request that it is about: it counts once both are there.
_FEEDBACK = """
SELECT f.prediction_id::text, p.model_version AS version, f.at, f.type, f.value,
       CASE WHEN f.signed THEN f.visitor END AS session, f.network_hash AS network,
       NOT EXISTS (
           SELECT FROM feedback e WHERE e.prediction_id = f.prediction_id
           AND e.type <> 'comment' AND (e.type = 'actual_price') = (f.type = 'actual_price')
           AND (coalesce(e.arrival, 0), e.at, e.id) < (coalesce(f.arrival, 0), f.at, f.id)
       ) AS is_first, f.arrival, f.id
FROM feedback f JOIN predictions p ON p.id = f.prediction_id
WHERE {experiment} AND p.status = 200 AND f.type <> 'comment'
  AND {feedback_arrived} AND {request_arrived}
"""
_FEEDBACK_IN_ORDER = """
SELECT prediction_id, version, at, type, value, session, network, is_first
FROM ({feedback}) AS event ORDER BY arrival NULLS FIRST, at, id
"""


def _feedback(feedback_arrived: str, request_arrived: str) -> str:
    return _FEEDBACK.format(
        experiment=_OF_EXPERIMENT,
        feedback_arrived=feedback_arrived.format("f"),
        request_arrived=request_arrived.format("p"),
    )


FIRST_EXPOSURES = _EXPOSURES.format(experiment=_OF_EXPERIMENT, arrived=_UP_TO_NOW.format("p"))
LATER_EXPOSURES = _EXPOSURES.format(experiment=_OF_EXPERIMENT, arrived=_SINCE_LAST.format("p"))
FIRST_FEEDBACK = _FEEDBACK_IN_ORDER.format(feedback=_feedback(_UP_TO_NOW, _UP_TO_NOW))
LATER_FEEDBACK = _FEEDBACK_IN_ORDER.format(
    feedback=_feedback(_SINCE_LAST, _UP_TO_NOW) + "UNION ALL" + _feedback(_BEFORE_LAST, _SINCE_LAST)
)

_STATE = """
SELECT watermark, state FROM experiment_states
WHERE experiment = %(experiment)s AND policy = %(policy)s
"""
_KEEP = """
INSERT INTO experiment_states (experiment, policy, watermark, at, state)
VALUES (%(experiment)s, %(policy)s, %(watermark)s, now(), %(state)s)
ON CONFLICT (experiment) DO UPDATE SET
    policy = excluded.policy, watermark = excluded.watermark, at = excluded.at,
    state = excluded.state
"""


class PostgresDecisionUnits:
    """`ports.DecisionUnits` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def begin(self, experiment: Experiment) -> Iterator[PostgresDecisionUnit]:
        """An evaluation of all that had arrived when it began; see `ports.DecisionUnits`."""
        with self._database.connection() as connection:
            connection.execute("SET LOCAL statement_timeout = 0")
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (UNIT_LOCK,))
            yield PostgresDecisionUnit(connection, experiment, self._horizon())

    @contextmanager
    def read_only(self, experiment: Experiment) -> Iterator[PostgresDecisionUnit]:
        """An evaluation of all that is there now, without a lock."""
        with self._database.connection() as connection:
            yield PostgresDecisionUnit(connection, experiment, NO_HORIZON)

    def _horizon(self) -> int:
        """A number up to which no row is still to come, in a transaction that ends at once."""
        with self._database.connection() as connection:
            connection.execute(f"SET LOCAL lock_timeout = '{LONGEST_LOCK_WAIT}'")
            connection.execute(_SETTLE)
            row = connection.execute(_LAST_ARRIVAL).fetchone()
        return int(row[0]) if row else 0


class PostgresDecisionUnit:
    """`ports.DecisionUnit` in one transaction."""

    def __init__(self, connection: Connection, experiment: Experiment, horizon: int) -> None:
        self._connection = connection
        self._experiment = experiment
        self._horizon = horizon
        policy = str(experiment.policy)
        self._key = {"experiment": experiment.id, "policy": policy}
        row = connection.execute(_STATE, self._key).fetchone()
        self._watermark: int | None = row[0] if row else None
        self._state = row[1] if row else None

    def state(self, kind: type[State]) -> State:
        """See `ports.DecisionUnit`."""
        return kind() if self._state is None else msgspec.convert(self._state, kind)

    def rows(self) -> Iterator[EvidenceRow]:
        """See `ports.DecisionUnit`; fetched some thousands at a time."""
        is_first = self._watermark is None
        yield from self._fetched(FIRST_EXPOSURES if is_first else LATER_EXPOSURES, Exposure)
        yield from self._fetched(FIRST_FEEDBACK if is_first else LATER_FEEDBACK, FeedbackEvent)

    def keep(self, state: object) -> None:
        """See `ports.DecisionUnit`."""
        kept = {"watermark": self._horizon, "state": msgspec.json.encode(state).decode()}
        self._connection.execute(_KEEP, {**self._key, **kept})

    def add(self, draft: Draft, at: datetime) -> Decision:
        """See `ports.DecisionUnit`."""
        return insert(self._connection, draft, at)

    def _fetched(self, query: str, kind: type[Any]) -> Iterator[Any]:
        values = {
            "versions": [self._experiment.candidate, self._experiment.production],
            "since": datetime.fromisoformat(self._experiment.started_at),
            "watermark": self._watermark,
            "horizon": self._horizon,
        }
        name = f"evidence_{kind.__name__.lower()}"
        with self._connection.cursor(name, row_factory=class_row(kind)) as cursor:
            cursor.itersize = ROWS_A_FETCH
            yield from cursor.execute(query, values)
