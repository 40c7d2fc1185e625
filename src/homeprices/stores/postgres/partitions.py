"""The months of the table of predictions: made ahead, and dropped whole when they are old.

A row whose month was not made lands in `predictions_default` and is found
there like any other; making its month moves it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from psycopg import Connection, sql

from homeprices.stores.postgres.database import Database

# Whoever waits for this table makes all others wait behind it.
LONGEST_LOCK_WAIT = "5s"
_NAME = re.compile(r"predictions_y(\d{4})m(\d{2})")

_MONTHS = """
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'predictions'::regclass ORDER BY c.relname
"""
_MOVE = """
WITH moved AS (
    DELETE FROM predictions_default WHERE at >= {start} AND at < {end} RETURNING *
) INSERT INTO {month} SELECT * FROM moved
"""
_CREATE = "CREATE TABLE {month} (LIKE predictions INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
_LEDGERS = ("evidence_seen", "evidence_counts", "evidence_units")
# What was not evaluated since; the next look, were there one, begins from the rows that stay.
_FORGET = """
DELETE FROM {} WHERE ledger IN (SELECT experiment FROM experiment_states WHERE at < %s)
"""
_FORGET_STATES = "DELETE FROM experiment_states WHERE at < %s"
_ATTACH = "ALTER TABLE predictions ATTACH PARTITION {month} FOR VALUES FROM ({start}) TO ({end})"


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of UTC."""

    year: int
    number: int

    @classmethod
    def containing(cls, at: datetime) -> Month:
        """The month that `at` is in."""
        there = at.astimezone(UTC)
        return cls(there.year, there.month)

    @property
    def next(self) -> Month:
        """The month after."""
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    @property
    def table(self) -> str:
        """The name of its partition."""
        return f"predictions_y{self.year:04d}m{self.number:02d}"


class PostgresPartitions:
    """`ports.Partitions` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ahead(self, at: datetime, months: int) -> list[str]:
        """Make the month of `at` and the `months` after it; the names of those that are new.

        Rows of such a month that landed elsewhere are moved into it, in the same
        transaction. Raises Unavailable.
        """
        wanted = [Month.containing(at)]
        for _ in range(months):
            wanted.append(wanted[-1].next)
        with self._database.connection() as connection:
            there = _months(connection)
        return [month.table for month in wanted if month.table not in there and self._make(month)]

    def drop_older_than(self, moment: datetime) -> dict[str, int]:
        """Drop every month that had ended by `moment`; how many rows went, by table.

        Opinions and rows without a month of their own go with the months they
        are of, and what ended experiments remembered of sessions and networks. Raises Unavailable.
        """
        last = Month.containing(moment)
        gone = {}
        with self._locked() as connection:
            for name in _months(connection):
                month = _NAME.fullmatch(name)
                if month and Month(int(month[1]), int(month[2])) < last:
                    gone[name] = _drop(connection, name)
        for table in ("predictions_default", "feedback"):
            with self._database.connection() as connection:
                connection.execute("SET LOCAL statement_timeout = 0")
                query = sql.SQL("DELETE FROM {} WHERE at < %s").format(sql.Identifier(table))
                deleted = connection.execute(query, (last.start,)).rowcount
            if deleted:
                gone[table] = deleted
        return gone | self._drop_ledgers(last.start)

    def _drop_ledgers(self, moment: datetime) -> dict[str, int]:
        """Forget what was last evaluated before `moment`; how many rows went, by table."""
        gone = {}
        with self._database.connection() as connection:
            connection.execute("SET LOCAL statement_timeout = 0")
            for table in _LEDGERS:
                query = sql.SQL(_FORGET).format(sql.Identifier(table))
                gone[table] = connection.execute(query, (moment,)).rowcount
            connection.execute(_FORGET_STATES, (moment,))
        return {table: deleted for table, deleted in gone.items() if deleted}

    def _make(self, month: Month) -> bool:
        """Make one month unless it is there; True if it was made."""
        words = {
            "month": sql.Identifier(month.table),
            "start": sql.Literal(month.start.isoformat()),
            "end": sql.Literal(month.next.start.isoformat()),
        }
        with self._locked() as connection:
            if month.table in _months(connection):
                return False
            create, move, attach = (sql.SQL(s).format(**words) for s in (_CREATE, _MOVE, _ATTACH))
            connection.execute(create)
            moved = connection.execute(move).rowcount
            connection.execute(attach)
            if moved and not _holds_rows(connection):
                # Else every look-up wades through the index entries of what was moved.
                connection.execute("TRUNCATE predictions_default")
        return True

    @contextmanager
    def _locked(self) -> Iterator[Connection]:
        """A connection for as long as it takes, while nobody writes predictions.

        A writer that had chosen its partition before would otherwise put a row
        where it does not belong any more, and be refused.
        """
        with self._database.connection() as connection:
            connection.execute("SET LOCAL statement_timeout = 0")
            connection.execute(
                sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(LONGEST_LOCK_WAIT))
            )
            connection.execute("LOCK TABLE predictions IN SHARE ROW EXCLUSIVE MODE")
            yield connection


def _months(connection: Connection) -> list[str]:
    return [name for (name,) in connection.execute(_MONTHS).fetchall()]


def _holds_rows(connection: Connection) -> bool:
    row = connection.execute("SELECT EXISTS (SELECT FROM predictions_default)").fetchone()
    return bool(row and row[0])


def _drop(connection: Connection, name: str) -> int:
    """Drop one table; how many rows it had."""
    table = sql.Identifier(name)
    count = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(table)).fetchone()
    connection.execute(sql.SQL("DROP TABLE {}").format(table))
    return int(count[0]) if count else 0
