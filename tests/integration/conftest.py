"""A real PostgreSQL and an S3 of the suites' own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from homeprices.local import layout, plan, postgres
from homeprices.settings import Settings
from homeprices.stores.objects import ObjectStore
from homeprices.stores.postgres.database import Database, dsn, migrate
from support import schedule as schedules
from support.buckets import Place, new_bucket, new_folder, s3_running
from support.prepared import Prepared
from support.stack import Stack, free_ports, running

TABLES = ("predictions", "feedback", "decisions", "drift_reports", "experiment_states")


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    with s3_running() as endpoint:
        yield endpoint


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
    settings = Settings(
        data_dir=folder,
        postgres_host="127.0.0.1",
        postgres_port=free_ports(1)[0],
        postgres_password="only for these tests",
    )
    ours = layout.lay_out(folder)
    embedded = postgres.find_postgres(ours)
    postgres.prepare(embedded, ours, settings)
    service = embedded.service(settings)
    with (folder / "postgres.log").open("wb") as log:
        process = subprocess.Popen(
            service.command, stdout=log, stderr=log, **plan.identity(embedded.account)
        )
        try:
            while subprocess.run(service.check or [], check=False).returncode != 0:
                assert process.poll() is None, (folder / "postgres.log").read_text()
                time.sleep(0.05)
            migrate(dsn(settings))
            yield dsn(settings)
        finally:
            process.terminate()
            process.wait(30)
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(postgres_dsn: str) -> Iterator[Database]:
    """The database with empty tables."""
    database = Database(postgres_dsn)
    with database.connection() as connection:
        connection.execute(
            "TRUNCATE predictions, feedback, decisions, drift_reports, experiment_states"
        )
    yield database
    database.close()
