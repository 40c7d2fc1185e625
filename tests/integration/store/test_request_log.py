"""The request log keeps every row once, and tells a bad row from a database that is away."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from homeprices.domain.errors import Unavailable, Unreadable
from homeprices.domain.requests.records import Client, FeedbackRecord, PageQuery, PredictionRecord
from homeprices.ports import RequestLog
from homeprices.stores.postgres.database import Database
from homeprices.stores.postgres.request_log import FEEDBACK, PREDICTIONS, PostgresRequestLog
from homeprices.stores.postgres.request_metrics import PostgresRequestMetrics
from support.old_rows import store_as_before
from support.service import MemoryLog, MemoryTraffic, prediction

CALLER = Client("a" * 32, True, "1234", "5678", "candidate", "E3", "a newspaper")
NEWEST = PageQuery(100)


def feedback(number: int, **facts: object) -> FeedbackRecord:
    return FeedbackRecord(
        **{
            "id": f"{number:032x}",
            "at": 1_793_000_100.0 + number,
            "prediction_id": prediction(number).id,
            "type": "rating",
            "caller": CALLER,
            "value": 4.0,
            **facts,
        }  # type: ignore[arg-type]
    )


Pair = tuple[RequestLog, PostgresRequestMetrics | MemoryTraffic]


@pytest.fixture(params=["real", "fake"])
def pair(request: pytest.FixtureRequest) -> Pair:
    if request.param == "fake":
        log = MemoryLog()
        return log, MemoryTraffic(log)
    database: Database = request.getfixturevalue("database")
    return PostgresRequestLog(database), PostgresRequestMetrics(database)


def test_rows_come_back_as_they_were(pair: Pair) -> None:
    log, traffic = pair
    refused = prediction(
        2,
        status=422,
        caller=CALLER,
        inputs={"location": 'a "quoted"\t₹ \\N name', "bhk": "\\."},
        price=None,
        low=None,
        high=None,
        area=None,
        served_arm="production",
        feature_version="five",
        price_production=80.0,
        price_candidate=81.0,
    )
    sale = feedback(
        2, type="actual_price", value=81.5, sold_on="2026-03-31", price_source="registered"
    )
    rows = [prediction(1), refused, feedback(1, text="line\nline\ttab"), sale]
    log.store(rows)
    assert traffic.predictions(NEWEST) == [refused, prediction(1)]
    assert traffic.feedback(NEWEST) == [sale, rows[2]]


def test_the_migrated_tables_are_as_they_are_declared(database: Database) -> None:
    query = (
        "SELECT column_name, data_type, is_nullable = 'YES' FROM information_schema.columns "
        "WHERE table_name = %s AND table_schema = current_schema"
    )
    for table in (PREDICTIONS, FEEDBACK):
        declared = {(c.name, c.storage.type, c.nullable) for c in table.columns}
        with database.connection() as connection:
            migrated = set(connection.execute(query, [table.name]).fetchall())
        assert migrated - declared == {("arrival", "bigint", True)}
        assert declared <= migrated


def test_the_release_before_still_writes_into_the_new_tables(database: Database) -> None:
    store_as_before(database, [prediction(1)])
    assert PostgresRequestMetrics(database).predictions(NEWEST) == [prediction(1)]


def test_the_same_again_changes_nothing(pair: Pair) -> None:
    log, traffic = pair
    log.store([prediction(1), prediction(1), feedback(1)])
    log.store([prediction(1, price=99.0), prediction(2), feedback(1, at=1.0)])
    assert traffic.predictions(NEWEST) == [prediction(2), prediction(1)]
    assert traffic.feedback(NEWEST) == [feedback(1)]


def test_pages_are_newest_first_or_from_a_moment_on(pair: Pair) -> None:
    log, traffic = pair
    log.store([prediction(number) for number in range(5)])
    assert traffic.predictions(PageQuery(2)) == [prediction(4), prediction(3)]
    after = prediction(1).at
    assert traffic.predictions(PageQuery(2, after)) == [prediction(2), prediction(3)]


BAD: dict[str, Callable[[], PredictionRecord | FeedbackRecord]] = {
    "an id that is no UUID": lambda: prediction(7, id="seven"),
    "a slot that is none": lambda: prediction(7, slot="staging"),
    "a NUL in an input": lambda: prediction(7, inputs={"location": "a\x00b"}),
    "a NUL in a text": lambda: prediction(7, locality="a\x00b"),
    "too many bedrooms": lambda: prediction(7, bedrooms=10**12),
    "a day that is none": lambda: feedback(7, sold_on="yesterday"),
    "a time beyond all calendars": lambda: prediction(7, at=1e18),
    "a type that is none": lambda: feedback(7, type="love"),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_row_that_can_never_be_kept_is_unreadable_and_its_batch_is_not_kept(
    database: Database, bad: Callable[[], PredictionRecord | FeedbackRecord]
) -> None:
    log, traffic = PostgresRequestLog(database), PostgresRequestMetrics(database)
    with pytest.raises(Unreadable):
        log.store([prediction(1), bad(), prediction(2)])
    assert traffic.predictions(NEWEST) == []
    log.store([prediction(1)])
    assert traffic.predictions(NEWEST) == [prediction(1)]


def test_missing_tables_are_no_fault_of_the_rows(database: Database) -> None:
    with database.connection() as connection:
        connection.execute("ALTER TABLE feedback RENAME TO elsewhere")
    try:
        with pytest.raises(Unavailable, match="refuses all rows"):
            PostgresRequestLog(database).store([feedback(1)])
    finally:
        with database.connection() as connection:
            connection.execute("ALTER TABLE elsewhere RENAME TO feedback")


def test_a_large_batch_is_stored_in_one_go(database: Database) -> None:
    log = PostgresRequestLog(database)
    log.store([prediction(number) for number in range(5000)])
    figures = PostgresRequestMetrics(database).figures(datetime(2020, 1, 1, tzinfo=UTC))
    assert figures["BO1"].predictions.total_count == 5000
