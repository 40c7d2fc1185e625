"""The decision log in PostgreSQL: rows are added, and closed once; nothing else is edited."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.errors import QueryCanceled
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from homeprices.domain.errors import NotFound, Refused
from homeprices.domain.experiments.decision import (
    ActOutcome,
    Decision,
    DecisionQuery,
    Draft,
    Verdict,
)
from homeprices.domain.versions import DecisionId
from homeprices.stores.postgres.database import Database

Values = tuple[object, ...] | Mapping[str, object]

NUMBER_LOCK, DECIDER_LOCK = 7_204_118, 7_204_119

_SELECT = """
SELECT d.*, u.number AS undone_by
FROM decisions d LEFT JOIN decisions u ON u.undoes = d.number
"""
_WHERE = """
WHERE (%(before)s::int IS NULL OR d.number < %(before)s)
  AND (%(verdict)s::text IS NULL OR d.verdict = %(verdict)s)
  AND (%(experiment)s::text IS NULL OR %(experiment)s::text IN
       (d.experiment, d.figures ->> 'opened', d.figures ->> 'ended'))
  AND (%(subject)s::text IS NULL OR d.subject = %(subject)s)
ORDER BY d.number DESC LIMIT %(limit)s
"""
_INSERT = """
INSERT INTO decisions (number, at, verdict, actor, experiment, subject, before, after,
                       reasons, figures, undo, undoes, asks_training, done)
VALUES (%(number)s, %(at)s, %(verdict)s, %(actor)s, %(experiment)s, %(subject)s, %(before)s,
        %(after)s, %(reasons)s, %(figures)s, %(undo)s, %(undoes)s, %(asks_training)s, %(done)s)
"""


class PostgresDecisionLog:
    """Adds and reads decisions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def lock(self, within_s: float = 10.0) -> Iterator[None]:
        """Let one decider in at a time, on any machine; see `ports.DecisionLog`."""
        with self._database.dedicated_connection() as connection:
            connection.execute(f"SET LOCAL statement_timeout = {within_s * 1000:.0f}")
            try:
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (DECIDER_LOCK,))
            except QueryCanceled:
                raise Refused(
                    "another decision or a backup is under way; try again when it is done"
                ) from None
            yield

    def add(self, draft: Draft, at: datetime) -> Decision:
        """A new row; one that acts is not `done` until `finish`."""
        with self._database.connection() as connection:
            return insert(connection, draft, at)

    def finish(self, number: DecisionId, outcome: ActOutcome) -> Decision:
        """Mark the act of a row as done, with what it has come to."""
        values = (
            outcome.after,
            Jsonb(outcome.figures),
            outcome.reasons,
            number.number,
        )
        with self._database.connection() as connection:
            connection.execute(
                "UPDATE decisions SET done = true, after = %s, figures = figures || %s, "
                "reasons = reasons || %s::text[] WHERE number = %s AND NOT done",
                values,
            )
        return self.read(number)

    def give_up(self, number: DecisionId, why: str) -> Decision:
        """Close a row whose act can never be done: production stays, and the row says why."""
        with self._database.connection() as connection:
            connection.execute(
                "UPDATE decisions SET done = true, undo = NULL, undoes = NULL, "
                "reasons = reasons || %s::text WHERE number = %s AND NOT done",
                (f"not carried out: {why}", number.number),
            )
        return self.read(number)

    def read(self, number: DecisionId) -> Decision:
        """The row `number`; raises NotFound."""
        rows = self._rows(f"{_SELECT} WHERE d.number = %s", (number.number,))
        if not rows:
            raise NotFound(f"there is no decision {number}; `homes decisions` lists them")
        return rows[0]

    def latest(self, limit: int = 20) -> list[Decision]:
        """The newest rows first."""
        return self.select(DecisionQuery(limit))

    def select(self, query: DecisionQuery) -> list[Decision]:
        """See `ports.DecisionLog`."""
        values = {
            "limit": query.limit,
            "before": query.before.number if query.before else None,
            "verdict": query.verdict,
            "experiment": query.experiment,
            "subject": query.subject,
        }
        return self._rows(f"{_SELECT} {_WHERE}", values)

    def unfinished(self) -> Decision | None:
        """The act that a crash has left half-way, or None."""
        rows = self._rows(f"{_SELECT} WHERE NOT d.done ORDER BY d.number LIMIT 1", ())
        return rows[0] if rows else None

    def for_experiment(self, experiment: str) -> list[Decision]:
        """The rows about an experiment, newest first."""
        query = f"{_SELECT} WHERE d.experiment = %s ORDER BY d.number DESC"
        return self._rows(query, (experiment,))

    def that_made(self, production: str) -> Decision | None:
        """The row whose act left `production` in production, or None."""
        query = f"{_SELECT} WHERE d.after = %s AND d.before <> d.after"
        rows = self._rows(query, (production,))
        return rows[0] if rows else None

    def newest(self, verdict: Verdict) -> Decision | None:
        """The newest row with `verdict`, or None."""
        return next(iter(self.select(DecisionQuery(1, verdict=verdict))), None)

    def _rows(self, query: str, values: Values) -> list[Decision]:
        with self._database.connection() as connection:
            return _decisions(connection, query, values)


def insert(connection: Connection, draft: Draft, at: datetime) -> Decision:
    """A new row, numbered in the transaction of `connection`."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (NUMBER_LOCK,))
    newest = connection.execute("SELECT coalesce(max(number), 0) FROM decisions").fetchone()
    number = DecisionId(1 + (newest[0] if newest else 0))
    values = {
        "number": number.number,
        "at": at,
        "verdict": draft.verdict.value,
        "actor": draft.actor,
        "experiment": draft.experiment,
        "subject": draft.subject,
        "before": draft.before,
        "after": draft.before,
        "reasons": list(draft.reasons),
        "figures": Jsonb(draft.figures),
        "undo": draft.undo or (f"homes undo {number}" if draft.acts else None),
        "undoes": draft.undoes.number if draft.undoes else None,
        "asks_training": draft.asks_training,
        "done": not draft.acts,
    }
    connection.execute(_INSERT, values)
    return _decisions(connection, f"{_SELECT} WHERE d.number = %s", (number.number,))[0]


def _decisions(connection: Connection, query: str, values: Values) -> list[Decision]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return [_decision(row) for row in cursor.execute(query, values).fetchall()]


def _decision(row: dict[str, Any]) -> Decision:
    number = row.pop("number")
    undoes, undone_by = row.pop("undoes"), row.pop("undone_by")
    row["verdict"] = Verdict(row["verdict"])
    row["at"] = row["at"].isoformat()
    return Decision(
        id=str(DecisionId(number)),
        undoes=str(DecisionId(undoes)) if undoes else None,
        undone_by=str(DecisionId(undone_by)) if undone_by else None,
        **row,
    )
