"""What the release before has written, kept in `tests/kept/format_5`, is read as it was."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from homeprices.bootstrap import utc_now
from homeprices.domain.experiments.experiment import EvidenceScope, PolicyDocument
from homeprices.domain.requests.records import PageQuery
from homeprices.domain.versions import ModelVersion
from homeprices.stores.candidates import candidate_history
from homeprices.stores.experiments import Experiments
from homeprices.stores.objects import ObjectStore
from homeprices.stores.postgres.database import Database, migrate
from homeprices.stores.postgres.decision_units import PostgresDecisionUnits
from homeprices.stores.postgres.request_log import PostgresRequestLog
from homeprices.stores.postgres.request_metrics import PostgresRequestMetrics
from homeprices.stores.registry import Registry
from homeprices.stores.spool.spool import Spool
from homeprices.stores.spool.uploader import Uploader
from homeprices.workflows.experiments.evaluation import evaluate
from support.kept import FORMAT_5

ALL = PageQuery(1000)
NEW = ("served_arm", "feature_version", "price_production", "price_candidate")


@pytest.fixture
def kept_database(postgres_dsn: str) -> Iterator[Database]:
    """The rows of the release before, after the migrations of this one."""
    with psycopg.connect(postgres_dsn) as connection:
        connection.execute("DROP SCHEMA IF EXISTS kept CASCADE")
        connection.execute("CREATE SCHEMA kept")
        statements = (FORMAT_5 / "database.sql").read_text().replace("public.", "kept.")
        connection.execute(statements)  # type: ignore[arg-type]
    dsn = make_conninfo(postgres_dsn, options="-c search_path=kept")
    migrate(dsn)
    database = Database(dsn)
    yield database
    database.close()
    with psycopg.connect(postgres_dsn) as connection:
        connection.execute("DROP SCHEMA kept CASCADE")


@pytest.fixture
def kept_objects(tmp_path: Path) -> ObjectStore:
    """A copy of the objects of the release before."""
    shutil.copytree(FORMAT_5 / "objects", tmp_path / "objects")
    return ObjectStore((tmp_path / "objects").as_uri())


def test_rows_are_read_and_what_is_new_is_empty(kept_database: Database) -> None:
    metrics = PostgresRequestMetrics(kept_database)
    predictions = metrics.predictions(ALL)
    assert len(predictions) == 62
    assert {getattr(row, name) for row in predictions for name in NEW} == {None}
    assert {row.caller.experiment for row in predictions} == {"E1", "E2", "E3", None}
    assert len(metrics.feedback(ALL)) == 16


@pytest.mark.parametrize("service", ["production", "candidate"])
def test_records_that_wait_in_the_spool_are_uploaded(
    kept_database: Database, tmp_path: Path, service: str
) -> None:
    shutil.copytree(FORMAT_5 / "spool" / service, tmp_path / "spool")
    spool = Spool(tmp_path / "spool")
    waiting = spool.counts().waiting
    uploader = Uploader(spool, PostgresRequestLog(kept_database))
    while uploader.once():
        pass
    counts = spool.counts()
    spool.close()
    metrics = PostgresRequestMetrics(kept_database)
    stored = {row.id for row in [*metrics.predictions(ALL), *metrics.feedback(ALL)]}
    assert (counts.waiting, counts.set_aside) == (0, 0)
    assert waiting == len(stored) - 78 > 0


def test_the_open_experiment_is_read_from_its_beginning_once_and_its_signed_visits_count(
    kept_database: Database, kept_objects: ObjectStore
) -> None:
    experiment = Experiments(kept_objects).open_now()
    assert experiment is not None
    assert experiment.policy == PolicyDocument("composite")
    assert experiment.scope is None
    at = datetime.fromisoformat(experiment.started_at)
    units = PostgresDecisionUnits(kept_database, utc_now)
    for _ in range(2):
        with units.begin(EvidenceScope.for_experiment(experiment)) as unit:
            state, result = evaluate(unit, experiment, at, scorer=None)
            unit.keep(state)
        assert result.figures["set_aside"] == {"unsigned": 25}
        assert (result.evidence.candidate.requests, result.evidence.production.requests) == (1, 0)


def test_slots_serve_what_they_served(kept_objects: ObjectStore) -> None:
    registry, experiments = Registry(kept_objects, utc_now), Experiments(kept_objects)
    assert str(registry.newest_production()) == "BO2"
    assert str(candidate_history(registry, experiments).to_serve) == "CO3"
    assert list(candidate_history(registry, experiments).retired) == [ModelVersion.parse("CO2")]
    assert registry.publish_first({}, lambda *_: pytest.fail("it has a production")) is None
