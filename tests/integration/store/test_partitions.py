"""Predictions lie in months, whatever comes when, and old months go whole."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import count

import psycopg
import pytest
from psycopg import ClientCursor
from psycopg.conninfo import make_conninfo

from homeprices.domain.drift import NumberBins
from homeprices.domain.evidence.ledger import EvidenceUnit, LedgerKey, UnitKind
from homeprices.domain.experiments.experiment import EvidenceScope
from homeprices.domain.requests.records import Client, FeedbackRecord, PageQuery, PredictionRecord
from homeprices.stores.postgres.database import Database, migrate
from homeprices.stores.postgres.decision_units import (
    FIRST_EXPOSURES,
    FIRST_FEEDBACK,
    PostgresDecisionUnits,
)
from homeprices.stores.postgres.partitions import Month, PostgresPartitions
from homeprices.stores.postgres.request_log import PostgresRequestLog
from homeprices.stores.postgres.request_metrics import (
    _NUMBER_COUNTS,
    _PREDICTION_FIGURES,
    PostgresRequestMetrics,
)
from support.old_rows import store_as_before
from support.service import prediction

MIGRATIONS = "homeprices.stores.postgres.migrations.versions"

NOVEMBER = datetime(2026, 11, 15, 12, tzinfo=UTC)
HERE = ["predictions_default"]
NEW = ["predictions_y2026m11", "predictions_y2026m12", "predictions_y2027m01"]


@pytest.fixture
def partitions(database: Database) -> PostgresPartitions:
    """With no month made."""
    with database.connection() as connection:
        for (name,) in connection.execute(
            "SELECT relname FROM pg_class WHERE relname ~ '^predictions_y' AND relkind = 'r'"
        ).fetchall():
            connection.execute(f"DROP TABLE {name}")
    return PostgresPartitions(database)


@pytest.fixture
def log(database: Database) -> PostgresRequestLog:
    return PostgresRequestLog(database)


def at(number: int, moment: datetime, **facts: object) -> PredictionRecord:
    return prediction(number, at=moment.timestamp(), **facts)


def where(database: Database) -> dict[str, int]:
    """How many predictions lie in each table."""
    with database.connection() as connection:
        found = connection.execute(
            "SELECT tableoid::regclass::text, count(*) FROM predictions GROUP BY 1"
        )
        return dict(found.fetchall())


def test_months_are_made_ahead_once(partitions: PostgresPartitions) -> None:
    assert partitions.ahead(NOVEMBER, 2) == NEW
    assert partitions.ahead(NOVEMBER, 2) == []
    assert partitions.ahead(NOVEMBER + timedelta(days=20), 2) == ["predictions_y2027m02"]


def test_a_row_lands_in_its_month_and_without_one_is_kept_all_the_same(
    partitions: PostgresPartitions, database: Database, log: PostgresRequestLog
) -> None:
    partitions.ahead(NOVEMBER, 0)
    first = datetime(2026, 11, 1, tzinfo=UTC)
    last = datetime(2026, 12, 1, tzinfo=UTC) - timedelta(microseconds=1)
    log.store([at(1, first), at(2, last), at(3, first - timedelta(microseconds=1))])
    log.store([at(4, last + timedelta(seconds=1)), at(5, datetime(1999, 1, 1, tzinfo=UTC))])
    assert where(database) == {"predictions_y2026m11": 2, "predictions_default": 3}


def test_rows_that_came_before_their_month_are_moved_into_it_and_stay_the_same_rows(
    partitions: PostgresPartitions, database: Database, log: PostgresRequestLog
) -> None:
    rows = [at(number, NOVEMBER + timedelta(days=number)) for number in range(30)]
    log.store(rows)
    assert where(database) == {"predictions_default": 30}
    assert partitions.ahead(NOVEMBER, 2) == NEW
    assert where(database) == {"predictions_y2026m11": 16, "predictions_y2026m12": 14}
    log.store(rows)
    assert PostgresRequestMetrics(database).predictions(PageQuery(100)) == rows[::-1]


def test_no_row_is_refused_while_months_are_made_and_moved(
    partitions: PostgresPartitions, database: Database
) -> None:
    over, kept = threading.Event(), []

    def write(writer: int) -> None:
        log = PostgresRequestLog(database)
        for batch in count():
            if over.is_set():
                return
            first = 1_000_000 * writer + 100 * batch
            rows = [at(first + n, NOVEMBER + timedelta(days=31 * n)) for n in range(24)]
            log.store(rows)
            kept.extend(rows)

    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(write, writer) for writer in range(2)]
        for months in range(24):
            partitions.ahead(NOVEMBER, months)
        over.set()
        for writer in writers:
            writer.result(30)
    assert sum(where(database).values()) == len(kept) > 100


def test_two_who_make_months_at_once_make_each_once(
    partitions: PostgresPartitions, database: Database
) -> None:
    made: list[str] = []
    makers = [
        threading.Thread(
            target=lambda: made.extend(PostgresPartitions(database).ahead(NOVEMBER, 2))
        )
        for _ in range(4)
    ]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join(30)
    assert sorted(made) == NEW


def test_what_ended_experiments_remember_is_forgotten_with_the_months(
    partitions: PostgresPartitions, database: Database
) -> None:
    long_ago = NOVEMBER - timedelta(days=40)
    for name, moment in (("E1", long_ago), ("E2", NOVEMBER)):
        scope = EvidenceScope(name, "evidence 1", (), NOVEMBER)
        with PostgresDecisionUnits(database, lambda at=moment: at).begin(scope) as unit:
            unit.ledger.first_seen([LedgerKey("session", "a"), LedgerKey("session", "b")])
            unit.ledger.counted([LedgerKey("price", "a")])
            unit.ledger.keep([EvidenceUnit(UnitKind.PRICE, 0, "a", 0.1, 0.2)])
            unit.keep({})
    dropped = partitions.drop_older_than(NOVEMBER)
    expected = {"evidence_seen": 2, "evidence_counts": 1, "evidence_units": 1}
    assert {name: rows for name, rows in dropped.items() if name in expected} == expected
    with database.connection() as connection:
        kept = connection.execute("SELECT experiment FROM experiment_states").fetchall()
        assert connection.execute("SELECT DISTINCT ledger FROM evidence_seen").fetchall() == kept
    assert kept == [("E2",)]


def test_only_months_that_have_ended_are_dropped_with_their_opinions(
    partitions: PostgresPartitions, database: Database, log: PostgresRequestLog
) -> None:
    partitions.ahead(NOVEMBER, 1)
    old, kept = NOVEMBER, datetime(2026, 12, 1, tzinfo=UTC)
    stray = at(4, NOVEMBER - timedelta(days=60))
    opinions = [
        FeedbackRecord(f"f{n}", moment.timestamp(), prediction(n).id, "accurate", Client())
        for n, moment in ((1, old), (3, kept))
    ]
    log.store([at(1, old), at(2, old), at(3, kept), stray, *opinions])
    assert partitions.drop_older_than(NOVEMBER) == {"predictions_default": 1}
    assert partitions.drop_older_than(kept + timedelta(days=3)) == {
        "predictions_y2026m11": 2,
        "feedback": 1,
    }
    assert partitions.drop_older_than(kept + timedelta(days=3)) == {}
    traffic = PostgresRequestMetrics(database)
    assert [row.id for row in traffic.predictions(PageQuery(9))] == [prediction(3).id]
    assert [row.id for row in traffic.feedback(PageQuery(9))] == ["f3"]


@pytest.mark.parametrize(
    ("query", "values"),
    [
        (_PREDICTION_FIGURES, {}),
        (_NUMBER_COUNTS.format(fact="area"), {"edges": [1000.0]}),
        (FIRST_EXPOSURES, {"versions": ["CO1"], "horizon": 9}),
        (FIRST_FEEDBACK, {"versions": ["CO1"], "scope": "E1", "horizon": 9}),
    ],
    ids=["figures", "histogram", "requests", "feedback"],
)
def test_months_before_the_moment_asked_for_are_not_looked_at(
    partitions: PostgresPartitions, database: Database, query: str, values: dict[str, object]
) -> None:
    partitions.ahead(NOVEMBER, 2)
    with database.connection() as connection, ClientCursor(connection) as cursor:
        since = datetime(2026, 12, 3, tzinfo=UTC)
        plan = str(cursor.execute(f"EXPLAIN {query}", {**values, "since": since}).fetchall())
    assert "predictions_y2026m12" in plan
    assert "predictions_y2026m11" not in plan


def test_figures_and_histograms_count_over_months(
    partitions: PostgresPartitions, database: Database, log: PostgresRequestLog
) -> None:
    partitions.ahead(NOVEMBER, 1)
    log.store([at(n, NOVEMBER + timedelta(days=10 * n)) for n in range(4)])
    traffic = PostgresRequestMetrics(database)
    assert traffic.figures(NOVEMBER)["BO1"].predictions.total_count == 4
    assert traffic.number_counts("area", NumberBins([1000.0], [1, 1]), NOVEMBER) == [0, 4]


def test_months_follow_one_another() -> None:
    assert Month(2026, 12).next == Month(2027, 1)
    assert Month.containing(datetime.fromisoformat("2026-12-01T01:00:00+05:30")) == Month(2026, 11)


@pytest.fixture
def old_dsn(postgres_dsn: str, database: Database) -> str:
    """A schema with the tables as they were before there were months."""
    with psycopg.connect(postgres_dsn) as connection:
        connection.execute("DROP SCHEMA IF EXISTS before_months CASCADE")
        connection.execute("CREATE SCHEMA before_months")
    dsn = make_conninfo(postgres_dsn, options="-c search_path=before_months")
    migrate(dsn, "0001")
    return dsn


def test_rows_from_before_there_were_months_are_kept_and_found_again(old_dsn: str) -> None:
    database = Database(old_dsn)
    rows = [at(number, NOVEMBER + timedelta(days=number)) for number in range(30)]
    store_as_before(database, rows)
    migrate(old_dsn)
    PostgresRequestLog(database).store(rows)
    assert PostgresRequestMetrics(database).predictions(PageQuery(100)) == rows[::-1]
    assert PostgresPartitions(database).ahead(NOVEMBER, 1) == NEW[:2]
    assert where(database) == {"predictions_y2026m11": 16, "predictions_y2026m12": 14}

    with database.connection() as connection:
        for step in ("0003_rows_of_experiments", "0002_months_and_drift"):
            connection.execute(import_module(f"{MIGRATIONS}.{step}").DOWN)
    store_as_before(database, [*rows, at(30, NOVEMBER)])
    with database.connection() as connection:
        kept = connection.execute("SELECT count(*) FROM predictions").fetchone()
    assert kept == (31,)
    database.close()
