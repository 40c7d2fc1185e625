"""A real PostgreSQL and an S3 of the suites' own."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from homeprices.stores.objects import ObjectStore
from homeprices.stores.postgres.database import Database, migrate
from support import schedule as schedules
from support.buckets import Place, new_bucket, new_folder, s3_running
from support.postgres import embedded
from support.prepared import Prepared
from support.stack import Stack, running
from support.trainings import PicturesOfOne, RememberedFits

TABLES = ("predictions", "feedback", "decisions", "drift_reports", "experiment_states")


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    with s3_running() as endpoint:
        yield endpoint


FITS, PICTURES = RememberedFits(), PicturesOfOne()


@pytest.fixture
def learned_and_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A training is mostly fits, which are the same for the same, and pictures of them."""
    training = "homeprices.workflows.training"
    monkeypatch.setattr(f"{training}.train.fit", FITS)
    monkeypatch.setattr(f"{training}.published_form.fit", FITS)
    monkeypatch.setattr("homeprices.reports.training_report.pictures_of", PICTURES)


@pytest.fixture(params=["file", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty store of objects, of each kind that models are kept in."""
    if request.param == "file":
        return new_folder(tmp_path)
    return new_bucket(request.getfixturevalue("s3_endpoint"))


@pytest.fixture
def objects(place: Place) -> ObjectStore:
    return place.open()


@pytest.fixture(scope="session")
def airflow_stack(prepared: Prepared) -> Iterator[Stack]:
    """The one stack with Airflow and MLflow: the schedule is tried, then what breaks it."""
    with running(
        objects=prepared.in_production,
        companions=("mlflow", "airflow"),
        settings=schedules.SETTINGS,
    ) as stack:
        yield stack


@pytest.fixture(scope="session")
def schedule(airflow_stack: Stack) -> Iterator[schedules.Schedule]:
    with schedules.scheduled(airflow_stack) as schedule:
        yield schedule


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[str]:
    """The connection string of an embedded PostgreSQL with the newest tables."""
    folder = Path(tempfile.mkdtemp(prefix="homes-test-"))
    folder.chmod(0o755)  # PostgreSQL runs as nobody when the suite runs as root
    try:
        with embedded(folder) as dsn:
            migrate(dsn)
            yield dsn
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(postgres_dsn: str) -> Iterator[Database]:
    """The database with empty tables."""
    database = Database(postgres_dsn)
    with database.connection() as connection:
        connection.execute(
            "TRUNCATE predictions, feedback, decisions, drift_reports, experiment_states, "
            "evidence_seen, evidence_counts, evidence_units, erasures"
        )
    yield database
    database.close()
