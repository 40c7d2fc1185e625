"""What every suite shares."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from support.shared import SharedFolders, write

T = TypeVar("T")
REPOSITORY = Path(__file__).resolve().parent.parent
REAL_LISTINGS = REPOSITORY.parent / "shared" / "data" / "listings_dev.csv"
SIMULATED_ROWS, SIMULATED_SEED = 9_600, 1


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--full", action="store_true", help="more seeds, kills and requests, where they take long"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Processes that a suite starts find the sources and `support` as the suite does."""
    roots = (REPOSITORY / "src", REPOSITORY / "tests")
    os.environ["PYTHONPATH"] = os.pathsep.join(map(str, roots))
    if hasattr(config, "workerinput"):
        # Two workers are enough for two cores: each computes in one thread.
        os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave what is marked `full` to the full form."""
    if config.getoption("full"):
        return
    left = [item for item in items if item.get_closest_marker("full")]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


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
def scale(pytestconfig: pytest.Config) -> Callable[[T, T], T]:
    """`scale(short, full)`: how much is tried in this run of what is long by nature."""
    is_full = bool(pytestconfig.getoption("full"))
    return lambda short, full: full if is_full else short


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> SharedFolders:
    """What was made once for all lanes of a run, or for all workers of one."""
    base = tmp_path_factory.getbasetemp()
    if hasattr(pytestconfig, "workerinput"):
        base = base.parent
    return SharedFolders(Path(os.environ.get("SUITES_FOLDER", base)))


@pytest.fixture(scope="session")
def prepared(shared: SharedFolders):
    """A small market, and models of it that nobody has to train again."""
    from support.prepared import Prepared

    return Prepared(shared)


@pytest.fixture(scope="session")
def listings_file(shared: SharedFolders) -> Path:
    """A CSV of listings: the real ones where they lie beside the checkout, else simulated."""
    if REAL_LISTINGS.exists():
        return REAL_LISTINGS
    from homeprices import markets
    from homeprices.datasets.simulate import simulate

    def make() -> dict[str, bytes]:
        content = simulate(markets.load("bangalore"), SIMULATED_ROWS, SIMULATED_SEED)
        return {"simulated.csv": content}

    folder = shared.made("listings", lambda part: write(part, make()))
    return folder / "simulated.csv"
