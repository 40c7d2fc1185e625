"""What every suite shares."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
REAL_LISTINGS = REPOSITORY.parent / "shared" / "data" / "listings_dev.csv"
SIMULATED_ROWS, SIMULATED_SEED = 9_600, 1


def pytest_configure() -> None:
    """Processes that a suite starts find the sources and `support` as the suite does."""
    roots = (REPOSITORY / "src", REPOSITORY / "tests")
    os.environ["PYTHONPATH"] = os.pathsep.join(map(str, roots))


def pytest_report_header() -> str:
    """Say which listings the suites run on."""
    return f"listings: {'real' if REAL_LISTINGS.exists() else 'simulated'}"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test was not passed: the run is red."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped") and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


class StoppedClock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, hours: float) -> None:
        self.now += timedelta(hours=hours)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture(scope="session")
def listings_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV of listings: the real ones where they lie beside the checkout, else simulated."""
    if REAL_LISTINGS.exists():
        return REAL_LISTINGS
    from homeprices import markets
    from homeprices.datasets.simulate import simulate

    path = tmp_path_factory.mktemp("listings") / "simulated.csv"
    path.write_bytes(simulate(markets.load("bangalore"), SIMULATED_ROWS, SIMULATED_SEED))
    return path
