"""What the reads behind `/metrics` cost on a log of many requests.

    ./homes up && .venv/bin/python benchmarks/scrape.py [--rows 1000000]

A schema of its own is made in the database that the settings name, and dropped: requests spread
over four weeks, feedback on 3 % of them, a tenth of that sale prices, one day in an experiment.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg.conninfo import make_conninfo

from homeprices import settings
from homeprices.serving.metrics.reading import LEAST_REST_S, REST_PER_READ
from homeprices.stores.postgres import database
from homeprices.stores.postgres.service_value import PostgresServiceValue

SCHEMA = "homes_scrape"
NOW = datetime(2026, 11, 29, tzinfo=UTC)
_PREDICTIONS = """
INSERT INTO predictions (id, at, slot, model_version, status, latency_ms, visitor, signed,
    assigned_arm, experiment, inputs, area, bedrooms, bathrooms, locality, price, low, high)
SELECT md5(n::text)::uuid, %(now)s - n * interval '28 days' / %(rows)s, arm, 'BO1', 200, 2,
    'v' || n / 10, true, arm, 'E1', '{"total_sqft": "1200", "location": "somewhere"}', 1200, 2, 2,
    'place ' || n %% 200, 100, 90, 110
FROM (
    SELECT n, CASE WHEN n / 10 %% 5 = 0 THEN 'candidate' ELSE 'production' END AS arm
    FROM generate_series(1, %(rows)s) AS n
) AS request
"""
_FEEDBACK = """
INSERT INTO feedback (id, at, prediction_id, type, value, signed)
SELECT 'f' || n, %(now)s - n * interval '28 days' / %(rows)s, md5(n::text)::uuid,
    CASE WHEN n %% 330 = 0 THEN 'actual_price' ELSE 'rating' END,
    CASE WHEN n %% 330 = 0 THEN 95 ELSE 4 END, true
FROM generate_series(1, %(rows)s) AS n WHERE n %% 33 = 0
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with _filled(rows) as dsn:
        reader = PostgresServiceValue(database.Database(dsn))
        reads: dict[str, Callable[[], object]] = {
            "sessions of the last day": lambda: reader.sessions("E1", NOW - timedelta(days=1)),
            "last feedback": reader.feedback_at,
            "what it is worth": lambda: reader.value(NOW),
        }
        print(f"{rows:,} requests in four weeks\n")
        print("| read | seconds | again no sooner than |\n|---|---|---|")
        for name, read in reads.items():
            took_s = min(_seconds(read) for _ in range(3))
            print(f"| {name} | {took_s:.3f} | {max(LEAST_REST_S, REST_PER_READ * took_s):.0f} s |")


def _seconds(read: Callable[[], object]) -> float:
    began = time.perf_counter()
    read()
    return time.perf_counter() - began


@contextmanager
def _filled(rows: int) -> Iterator[str]:
    """The connection string of a schema with the tables and so many requests."""
    server = database.dsn(settings.load())
    dsn = make_conninfo(server, options=f"-c search_path={SCHEMA} -c timezone=UTC")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
        try:
            database.migrate(dsn)
            with psycopg.connect(dsn, autocommit=True) as inner:
                for query in (_PREDICTIONS, _FEEDBACK):
                    inner.execute(query.encode(), {"now": NOW, "rows": rows})
                inner.execute("ANALYZE")
            yield dsn
        finally:
            connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


if __name__ == "__main__":
    main()
