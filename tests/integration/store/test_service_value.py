"""What came of requests is counted over the time that it says, and once."""

from datetime import UTC, datetime, timedelta

import pytest

from homeprices.domain.loop import SaleError, ServiceValue
from homeprices.domain.requests.records import Client, FeedbackRecord
from homeprices.stores.postgres.database import Database
from homeprices.stores.postgres.request_log import PostgresRequestLog
from homeprices.stores.postgres.service_value import PostgresServiceValue
from support.service import prediction

NOW = datetime.fromtimestamp(prediction(0).at, UTC) + timedelta(hours=1)


def days_ago(days: float) -> float:
    return (NOW - timedelta(days=days)).timestamp()


def said(number: int, kind: str, value: float | None, on: int, days: float) -> FeedbackRecord:
    about = prediction(on).id
    return FeedbackRecord(f"f{number}", days_ago(days), about, kind, Client(), value)


@pytest.fixture
def reader(database: Database) -> PostgresServiceValue:
    PostgresRequestLog(database).store(
        [
            *(prediction(number, at=days_ago(0.5)) for number in range(1, 11)),
            *(prediction(number, at=days_ago(3)) for number in range(11, 21)),
            *(prediction(number, at=days_ago(20), slot="candidate") for number in range(21, 31)),
            prediction(31, at=days_ago(40)),
            prediction(32, at=days_ago(0.5), status=422, price=None),
            said(1, "rating", 5.0, on=1, days=0.4),
            said(2, "accurate", None, on=1, days=0.4),
            said(3, "actual_price", 100.0, on=11, days=2),
            said(4, "actual_price", 50.0, on=11, days=1),
            said(5, "actual_price", 60.0, on=21, days=10),
            said(6, "actual_price", 150.0, on=31, days=5),
            said(7, "comment", None, on=2, days=0.1),
            said(8, "rating", 1.0, on=999, days=0.2),
        ]
    )
    return PostgresServiceValue(database)


def test_each_figure_is_of_its_own_time_and_the_first_price_of_a_home_counts(
    reader: PostgresServiceValue,
) -> None:
    assert reader.value(NOW) == ServiceValue(
        estimates_day=10,
        estimates_week=20,
        estimates_month=30,
        with_feedback=3,
        with_sale_price=3,
        feedback={"rating": 2, "accurate": 1, "actual_price": 3, "comment": 1},
        sale_errors={
            "production": SaleError(2, 50.0, 0.375),
            "candidate": SaleError(1, 15.0, 0.25),
        },
    )


def test_the_last_feedback_is_no_comment_and_before_the_first_it_is_the_first_request(
    database: Database,
) -> None:
    reader = PostgresServiceValue(database)
    assert reader.feedback_at() is None
    log = PostgresRequestLog(database)
    log.store([prediction(1, at=days_ago(9)), said(1, "comment", None, on=1, days=1)])
    assert reader.feedback_at() == NOW - timedelta(days=9)
    log.store([said(2, "rating", 4.0, on=1, days=2)])
    assert reader.feedback_at() == NOW - timedelta(days=2)


def test_sessions_are_signed_visitors_of_the_experiment_since_then(database: Database) -> None:
    def visit(number: int, **changes: object):
        facts = {"visitor": f"v{number % 3}", "signed": True, "assigned_arm": "candidate"}
        caller = Client(**{**facts, "experiment": "E1", **changes})
        return prediction(number, at=days_ago(0.1), caller=caller)

    PostgresRequestLog(database).store(
        [
            *(visit(number) for number in range(6)),
            visit(6, visitor="v6", assigned_arm="production"),
            visit(7, visitor="v7", signed=False),
            visit(8, visitor="v8", experiment="E0"),
            visit(9, visitor="v9", assigned_arm=None),
        ]
    )
    reader = PostgresServiceValue(database)
    arms = reader.sessions("E1", NOW - timedelta(days=1))
    assert arms == {"candidate": 3, "production": 1}
    assert reader.sessions("E1", NOW) == {}


def test_without_any_row_nothing_is_told(database: Database) -> None:
    assert PostgresServiceValue(database).value(NOW) == ServiceValue()
