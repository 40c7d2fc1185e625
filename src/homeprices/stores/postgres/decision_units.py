"""One evaluation as one transaction: rows since the last, state, ledger, decision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from psycopg import Connection
from psycopg.rows import class_row

from homeprices.domain.evidence.ledger import Ledger, MemoryLedger
from homeprices.domain.experiments.decision import Decision, Draft
from homeprices.domain.experiments.evidence import EvidenceRow, Exposure, FeedbackEvent
from homeprices.domain.experiments.experiment import EvidenceScope
from homeprices.ports import Clock, State
from homeprices.stores.postgres.database import Database
from homeprices.stores.postgres.decisions import insert
from homeprices.stores.postgres.ledger import PostgresLedger, UnkeptLedger

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
_UP_TO_NOW = "(arrival IS NULL OR arrival <= %(horizon)s)"
_SINCE_LAST = "arrival > %(watermark)s AND arrival <= %(horizon)s"
_BEFORE_LAST = "(arrival IS NULL OR arrival <= %(watermark)s)"

_OF_SCOPE = "model_version = ANY(%(versions)s) AND at >= %(since)s"
_ANY = "true"
# What is new is read by its arrival, and the rest looked up for it row by row. The planner knows
# nothing of rows that have just come, and would rather read all of a table: OFFSET 0 stops it.
_EXPOSURES = """
SELECT p.id::text AS prediction_id, p.model_version AS version, p.at, p.status, p.latency_ms,
       p.assigned_arm, CASE WHEN p.signed THEN p.visitor END AS session, p.network_hash AS network,
       p.experiment, p.area, p.bedrooms, p.bathrooms, p.locality, p.zone
FROM (SELECT * FROM predictions WHERE {arrived} OFFSET 0) p WHERE {scope}
ORDER BY p.arrival NULLS FIRST, p.at, p.id
"""
_ABOUT_FEEDBACK = """
(SELECT * FROM feedback WHERE {feedback} OFFSET 0) f CROSS JOIN LATERAL
(SELECT * FROM predictions WHERE id = f.prediction_id AND {scope} AND {request} OFFSET 0) p
"""
_ABOUT_REQUESTS = """
(SELECT * FROM predictions WHERE {scope} AND {request} OFFSET 0) p CROSS JOIN LATERAL
(SELECT * FROM feedback WHERE prediction_id = p.id AND {feedback} OFFSET 0) f
"""
# An opinion may be stored before the request that it is about: it counts once both are there.
# Only who asked can speak in the name of a session. The scores of a request are those of the
# two models of its experiment.
_FEEDBACK = """
SELECT f.prediction_id::text, p.model_version AS version, f.at, f.type, f.value,
       CASE WHEN f.signed AND f.visitor = p.visitor THEN f.visitor END AS session,
       f.network_hash AS network, p.assigned_arm, p.experiment, p.price, p.zone,
       CASE WHEN p.experiment = %(scope)s THEN p.price_production END AS price_production,
       CASE WHEN p.experiment = %(scope)s THEN p.price_candidate END AS price_candidate,
       NOT EXISTS (
           SELECT FROM feedback e WHERE e.prediction_id = f.prediction_id
           AND e.type <> 'comment' AND (e.type = 'actual_price') = (f.type = 'actual_price')
           AND (coalesce(e.arrival, 0), e.at, e.id) < (coalesce(f.arrival, 0), f.at, f.id)
       ) AS is_first, f.arrival, f.id
FROM {pairs} WHERE p.status = 200 AND f.type <> 'comment'
"""
_FEEDBACK_IN_ORDER = """
SELECT prediction_id, version, at, type, value, is_first, session, network, assigned_arm,
       experiment, price, price_production, price_candidate, zone
FROM ({feedback}) AS event ORDER BY arrival NULLS FIRST, at, id
"""


def _later_feedback(scope: str, since: str) -> str:
    """What is new, and what waited for a request that is new."""
    came = _ABOUT_FEEDBACK.format(
        scope=scope, feedback=f"{since} AND {_SINCE_LAST}", request=_UP_TO_NOW
    )
    waited = _ABOUT_REQUESTS.format(
        scope=scope, feedback=f"{since} AND {_BEFORE_LAST}", request=_SINCE_LAST
    )
    either = " UNION ALL ".join(_FEEDBACK.format(pairs=pairs) for pairs in (came, waited))
    return _FEEDBACK_IN_ORDER.format(feedback=either)


def _first_feedback(pairs: str, scope: str, since: str) -> str:
    to_now = pairs.format(scope=scope, feedback=f"{since} AND {_UP_TO_NOW}", request=_UP_TO_NOW)
    return _FEEDBACK_IN_ORDER.format(feedback=_FEEDBACK.format(pairs=to_now))


_SINCE = "at >= %(since)s"
FIRST_EXPOSURES = _EXPOSURES.format(scope=_ANY, arrived=f"{_OF_SCOPE} AND {_UP_TO_NOW}")
LATER_EXPOSURES = _EXPOSURES.format(scope=_OF_SCOPE, arrived=_SINCE_LAST)
FIRST_FEEDBACK = _first_feedback(_ABOUT_REQUESTS, _OF_SCOPE, _ANY)
LATER_FEEDBACK = _later_feedback(_OF_SCOPE, _ANY)
FIRST_WATCHED = _first_feedback(_ABOUT_FEEDBACK, _ANY, _SINCE)
LATER_WATCHED = _later_feedback(_ANY, _SINCE)

_STATE = """
SELECT watermark, state FROM experiment_states
WHERE experiment = %(experiment)s AND policy = %(policy)s
"""
_EVALUATED_AT = "SELECT at FROM experiment_states WHERE experiment = %(experiment)s"
_KEEP = """
INSERT INTO experiment_states (experiment, policy, watermark, at, state)
VALUES (%(experiment)s, %(policy)s, %(watermark)s, %(at)s, %(state)s)
ON CONFLICT (experiment) DO UPDATE SET
    policy = excluded.policy, watermark = excluded.watermark, at = excluded.at,
    state = excluded.state
"""


@dataclass(frozen=True, slots=True)
class ArrivalWindow:
    """Rows up to the number `horizon` are looked at, and what they prove is kept as of `at`."""

    horizon: int
    at: datetime


class PostgresDecisionUnits:
    """`ports.DecisionUnits` over PostgreSQL; by the clock it is told what was kept long ago."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @contextmanager
    def begin(self, scope: EvidenceScope) -> Iterator[PostgresDecisionUnit]:
        """An evaluation of all that had arrived when it began; see `ports.DecisionUnits`."""
        with self._database.connection() as connection:
            connection.execute("SET LOCAL statement_timeout = 0")
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (UNIT_LOCK,))
            ledger = PostgresLedger(connection, scope.id)
            window = ArrivalWindow(self._horizon(), self._clock())
            yield PostgresDecisionUnit(connection, scope, window, ledger)

    @contextmanager
    def read_only(self, scope: EvidenceScope) -> Iterator[PostgresDecisionUnit]:
        """An evaluation of all that is there now, without a lock."""
        with self._database.connection() as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            ledger = UnkeptLedger(PostgresLedger(connection, scope.id))
            window = ArrivalWindow(NO_HORIZON, self._clock())
            yield PostgresDecisionUnit(connection, scope, window, ledger)

    @contextmanager
    def from_start(self, scope: EvidenceScope) -> Iterator[PostgresDecisionUnit]:
        """An evaluation of all that is there, those read before among it; see `read_only`."""
        with self.read_only(scope) as unit:
            unit.forget()
            yield unit

    def evaluated_at(self, scope: str) -> datetime | None:
        """See `ports.DecisionUnits`."""
        with self._database.connection() as connection:
            row = connection.execute(_EVALUATED_AT, {"experiment": scope}).fetchone()
        return row[0] if row else None

    def _horizon(self) -> int:
        """A number up to which no row is still to come, in a transaction that ends at once."""
        with self._database.connection() as connection:
            connection.execute(f"SET LOCAL lock_timeout = '{LONGEST_LOCK_WAIT}'")
            connection.execute(_SETTLE)
            row = connection.execute(_LAST_ARRIVAL).fetchone()
        return int(row[0]) if row else 0


class PostgresDecisionUnit:
    """`ports.DecisionUnit` in one transaction."""

    def __init__(
        self, connection: Connection, scope: EvidenceScope, window: ArrivalWindow, ledger: Ledger
    ) -> None:
        self.ledger = ledger
        self._connection = connection
        self._scope = scope
        self._window = window
        self._key = {"experiment": scope.id, "policy": scope.policy}
        row = connection.execute(_STATE, self._key).fetchone()
        self._watermark: int | None = row[0] if row else None
        self._state = row[1] if row else None

    def forget(self) -> None:
        """Begin before the first row, with no state and no ledger."""
        self._watermark, self._state, self.ledger = None, None, MemoryLedger()

    def state(self, kind: type[State]) -> State:
        """See `ports.DecisionUnit`."""
        return kind() if self._state is None else msgspec.convert(self._state, kind)

    def rows(self) -> Iterator[EvidenceRow]:
        """See `ports.DecisionUnit`; fetched some thousands at a time."""
        is_first = self._watermark is None
        later = LATER_WATCHED if self._scope.is_watch else LATER_FEEDBACK
        first = FIRST_WATCHED if self._scope.is_watch else FIRST_FEEDBACK
        yield from self._fetched(FIRST_EXPOSURES if is_first else LATER_EXPOSURES, Exposure)
        yield from self._fetched(first if is_first else later, FeedbackEvent)

    def keep(self, state: object) -> None:
        """See `ports.DecisionUnit`."""
        document = msgspec.json.encode(state).decode()
        kept = {"watermark": self._window.horizon, "at": self._window.at, "state": document}
        self._connection.execute(_KEEP, {**self._key, **kept})

    def add(self, draft: Draft, at: datetime) -> Decision:
        """See `ports.DecisionUnit`."""
        return insert(self._connection, draft, at)

    def _fetched(self, query: str, kind: type[Any]) -> Iterator[Any]:
        values = {
            "scope": self._scope.id,
            "versions": list(self._scope.versions),
            "since": self._scope.since,
            "watermark": self._watermark,
            "horizon": self._window.horizon,
        }
        name = f"evidence_{kind.__name__.lower()}"
        with self._connection.cursor(name, row_factory=class_row(kind)) as cursor:
            cursor.itersize = ROWS_A_FETCH
            yield from cursor.execute(query, values)
