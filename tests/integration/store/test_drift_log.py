"""One contract for every log of drift reports: the fake that unit tests use, and PostgreSQL."""

from datetime import UTC, date, datetime, timedelta

import pytest

from homeprices.domain.drift import DriftReport, FeatureDrift
from homeprices.stores.postgres.drift_log import PostgresDriftLog
from support.fakes import MemoryDrift

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
QUIET = DriftReport("quiet", "nothing moved", False, 500, 7, "V1")
DRIFT = DriftReport(
    "drift", "area moved", True, 900, 7, "V1", {"area": FeatureDrift(0.4, 31.0, True)}
)


@pytest.fixture(params=["memory", "postgres"])
def log(request: pytest.FixtureRequest):
    if request.param == "memory":
        return MemoryDrift()
    return PostgresDriftLog(request.getfixturevalue("database"))


def test_before_the_first_day_there_is_nothing(log) -> None:
    assert log.latest() is None
    assert log.flagged_since(NOON - timedelta(days=365)) is None


def test_a_report_comes_back_as_it_was_and_the_newest_day_is_the_latest(log) -> None:
    assert log.keep(date(2026, 11, 2), NOON, DRIFT)
    assert log.keep(date(2026, 11, 1), NOON - timedelta(days=1), QUIET)
    kept = log.latest()
    assert (kept.day, datetime.fromisoformat(kept.at), kept.report) == ("2026-11-02", NOON, DRIFT)


def test_a_second_report_of_a_day_replaces_nothing(log) -> None:
    assert log.keep(date(2026, 11, 2), NOON, QUIET)
    assert not log.keep(date(2026, 11, 2), NOON + timedelta(hours=1), DRIFT)
    assert log.latest().report == QUIET


def test_a_flag_is_found_as_long_as_it_is_asked_for(log) -> None:
    log.keep(date(2026, 11, 2), NOON, DRIFT)
    log.keep(date(2026, 11, 3), NOON + timedelta(days=1), QUIET)
    assert log.flagged_since(NOON).report.message == "area moved"
    assert log.flagged_since(NOON + timedelta(seconds=1)) is None
