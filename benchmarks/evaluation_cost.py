"""What one evaluation costs with 4,000 new rows, whatever the length of the log behind it.

    .venv/bin/python benchmarks/evaluation_cost.py [--largest 1000000]

Two equal models, visitors of ten requests each, feedback on 3 % of the requests, a tenth of that
sale prices. "To judge" is a look with no new rows at which a verdict is due, so that the units
that count are read again. Every row that lies behind was evaluated before, so that state and
ledger are as they would be. Ten million rows take some minutes in memory and longer in PostgreSQL.
Where POSTGRES_HOST is set, a schema of its own is made in that database, and dropped.
"""

import argparse
import gc
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import psycopg
from psycopg.conninfo import make_conninfo

from homeprices import settings
from homeprices.bootstrap import utc_now
from homeprices.domain.evidence.ledger import Ledger, LedgerKey, MemoryLedger
from homeprices.domain.evidence.parameters import VERSION_1
from homeprices.domain.evidence.policy import step
from homeprices.domain.evidence.state import EvidenceState
from homeprices.domain.experiments.evidence import EvidenceRow, Exposure, FeedbackEvent
from homeprices.domain.experiments.experiment import EvidenceScope, PolicyTerms
from homeprices.stores.postgres import database
from homeprices.stores.postgres.decision_units import PostgresDecisionUnits

BEHIND = (0, 100_000, 1_000_000, 10_000_000)
NEW, TIMES, AT_ONCE = 4_000, 5, 100_000
STARTED_AT = datetime(2026, 11, 2, tzinfo=UTC)
HOURS, DUE_HOURS = 20.0, 100.0
REQUESTS_A_VISITOR, REPORTED_ONE_IN, PRICE_ONE_IN = 10, 33, 10
SCOPE = EvidenceScope("E1", "evidence 1", ("CO1", "BO1"), STARTED_AT)
SCHEMA = "homes_evaluation_cost"
# The same rows as `rows` makes: a fifth of the visitors meets the candidate.
_PREDICTIONS = """
INSERT INTO predictions (id, at, slot, model_version, status, latency_ms, visitor, signed,
    network_hash, assigned_arm, experiment, inputs, area, bedrooms, bathrooms, locality, price,
    price_production, price_candidate)
SELECT md5(n::text)::uuid, %(at)s, arm, version, 200, 50, 'v' || visitor, true,
    'n' || visitor %% 60000, arm, 'E1', '{}', 1200, 2, 2, 'place ' || visitor %% 200, production,
    production, candidate
FROM (
    SELECT n, n / %(visits)s AS visitor,
        CASE WHEN n / %(visits)s %% 5 = 0 THEN 'candidate' ELSE 'production' END AS arm,
        CASE WHEN n / %(visits)s %% 5 = 0 THEN 'CO1' ELSE 'BO1' END AS version,
        100 * exp(0.6 * (random() - 0.5)) AS production,
        100 * exp(0.6 * (random() - 0.5)) AS candidate
    FROM generate_series(%(start)s::bigint, %(end)s::bigint - 1) AS n
) AS request
"""
_FEEDBACK = """
INSERT INTO feedback (id, at, prediction_id, type, value, visitor, signed, network_hash)
SELECT 'f' || n, %(at)s, md5(n::text)::uuid,
    CASE WHEN n / %(one_in)s %% %(price)s = 0 THEN 'actual_price' ELSE 'rating' END,
    CASE WHEN n / %(one_in)s %% %(price)s = 0 THEN 100 ELSE 1 + floor(random() * 5) END,
    'v' || n / %(visits)s, true, 'n' || n / %(visits)s %% 60000
FROM generate_series(%(start)s::bigint, %(end)s::bigint - 1) AS n WHERE n %% %(one_in)s = 0
"""


class CountingLedger(MemoryLedger):
    """A ledger in memory that knows how many keys it holds."""

    def __init__(self) -> None:
        super().__init__()
        self.keys = 0

    def first_seen(self, keys: Sequence[LedgerKey]) -> list[bool]:
        """See `Ledger`."""
        are_new = super().first_seen(keys)
        self.keys += sum(are_new)
        return are_new


class InMemory:
    """The engine alone."""

    title = "in memory, processor time"
    seconds = staticmethod(time.process_time)

    def __init__(self) -> None:
        self.ledger, self.state = CountingLedger(), EvidenceState()

    def prepare(self, start: int, end: int) -> Callable[[], None]:
        """Make the rows `start` to `end`; what is returned evaluates them."""
        made = list(rows(start, end))

        def evaluate() -> None:
            self.state, _ = step(self.state, made, terms(self.ledger))

        return evaluate

    def look(self) -> None:
        """Judge what is there, late enough for a verdict."""
        step(self.state, [], terms(self.ledger, DUE_HOURS))

    def ledger_keys(self) -> int:
        """How many keys it remembers."""
        return self.ledger.keys


class InPostgres:
    """A whole evaluation: one transaction, from the rows to the state that is kept."""

    title = "in PostgreSQL, time that passes"
    seconds = staticmethod(time.perf_counter)

    def __init__(self, connections: database.Database) -> None:
        self.connections, self.state = connections, EvidenceState()
        self.units = PostgresDecisionUnits(connections, utc_now)

    def prepare(self, start: int, end: int) -> Callable[[], None]:
        """Store the rows `start` to `end`; what is returned evaluates them."""
        values = {
            "start": start,
            "end": end,
            "at": STARTED_AT + timedelta(hours=HOURS),
            "visits": REQUESTS_A_VISITOR,
            "one_in": REPORTED_ONE_IN,
            "price": PRICE_ONE_IN,
        }
        with self.connections.connection() as connection:
            connection.execute("SET LOCAL statement_timeout = 0")
            connection.execute(_PREDICTIONS, values)
            connection.execute(_FEEDBACK, values)
        return self._evaluate

    def look(self) -> None:
        """Judge what is there, late enough for a verdict."""
        with self.units.begin(SCOPE) as unit:
            step(unit.state(EvidenceState), [], terms(unit.ledger, DUE_HOURS))

    def ledger_keys(self) -> int:
        """How many keys it remembers."""
        with self.connections.connection() as connection:
            row = connection.execute("SELECT count(*) FROM evidence_seen").fetchone()
        return int(row[0]) if row else 0

    def _evaluate(self) -> None:
        with self.units.begin(SCOPE) as unit:
            self.state, _ = step(unit.state(EvidenceState), unit.rows(), terms(unit.ledger))
            unit.keep(self.state)


def rows(start: int, end: int) -> Iterator[EvidenceRow]:
    """Requests, then what was said about them."""
    rng = np.random.default_rng(start)
    at = STARTED_AT + timedelta(hours=HOURS)
    requests = [
        Exposure(f"{n}", version, at, 200, 50.0, arm, f"v{visitor}", f"n{visitor % 60_000}", "E1")
        for n in range(start, end)
        for visitor in [n // REQUESTS_A_VISITOR]
        for version, arm in [
            ("BO1", "production") if visitor % 5 else ("CO1", "candidate"),
        ]
    ]
    yield from requests
    for request in requests[-start % REPORTED_ONE_IN :: REPORTED_ONE_IN]:
        is_price = int(request.prediction_id) // REPORTED_ONE_IN % PRICE_ONE_IN == 0
        production, candidate = 100 * np.exp(rng.uniform(-0.3, 0.3, 2))
        yield FeedbackEvent(
            request.prediction_id,
            request.version,
            at,
            "actual_price" if is_price else "rating",
            100.0 if is_price else float(rng.integers(1, 6)),
            is_first=True,
            session=request.session,
            network=request.network,
            assigned_arm=request.assigned_arm,
            experiment="E1",
            price=float(production),
            price_production=float(production),
            price_candidate=float(candidate),
        )


def terms(ledger: Ledger, hours: float = HOURS) -> PolicyTerms:
    """What every evaluation knows: by default that it is too early for a verdict by prices."""
    return PolicyTerms("CO1", "BO1", hours, asdict(VERSION_1), 0.2, "E1", STARTED_AT, ledger)


def numbers(value: object) -> int:
    """How many numbers and texts a state holds."""
    if isinstance(value, dict):
        return sum(map(numbers, value.values()))
    return sum(map(numbers, value)) if isinstance(value, list | tuple) else 1


def report(engine: InMemory | InPostgres, largest: int) -> None:
    """Print a row for each length of the log: the middle of five looks, fastest to slowest."""
    print(f"\n{engine.title}\n")
    print(
        "| rows behind | ms (of five) | ms to judge | numbers in the state | keys in the ledger |"
    )
    print("|---|---|---|---|---|")
    end = 0
    for behind in (n for n in BEHIND if n <= largest):
        while end < behind:
            start, end = end, min(behind, end + AT_ONCE)
            engine.prepare(start, end)()
        times = []
        for _ in range(TIMES):
            evaluate = engine.prepare(end, end + NEW)
            end += NEW
            gc.collect()
            gc.freeze()  # what lies behind is not looked through for garbage again
            began = engine.seconds()
            evaluate()
            times.append(1000 * (engine.seconds() - began))
        size = numbers(msgspec.to_builtins(engine.state))
        middle = statistics.median(times)
        spread = f"{min(times):.0f} to {max(times):.0f}"
        began = engine.seconds()
        engine.look()
        judged = 1000 * (engine.seconds() - began)
        print(f"| {behind:,} | {middle:.0f} ({spread}) | {judged:.0f} | {size} | ", end="")
        print(f"{engine.ledger_keys():,} |", flush=True)


@contextmanager
def own_schema() -> Iterator[database.Database]:
    """A new schema in the database of POSTGRES_*, dropped at the end."""
    server = database.dsn(settings.from_environment())
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
        try:
            own = make_conninfo(server, options=f"-c search_path={SCHEMA}")
            database.migrate(own)
            connections = database.Database(own)
            yield connections
            connections.close()
        finally:
            connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--largest", type=int, default=BEHIND[-1])
    largest = parser.parse_args().largest
    report(InMemory(), largest)
    if os.environ.get("POSTGRES_HOST"):
        with own_schema() as connections:
            report(InPostgres(connections), largest)


if __name__ == "__main__":
    main()
