"""The only place that chooses adapters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from homeprices.domain.errors import Refused
from homeprices.domain.market import Market
from homeprices.domain.records import Slot
from homeprices.ports import Clock, Objects, Tracker
from homeprices.settings import Settings
from homeprices.stores.airflow import Airflow
from homeprices.stores.database import Database, dsn
from homeprices.stores.datasets import DatasetStore
from homeprices.stores.decisions import PostgresDecisionLog
from homeprices.stores.drift_log import PostgresDriftLog
from homeprices.stores.evidence import PostgresEvidence
from homeprices.stores.experiments import Experiments
from homeprices.stores.objects import ObjectStore
from homeprices.stores.partitions import PostgresPartitions
from homeprices.stores.prediction_reader import PostgresPredictionReader
from homeprices.stores.registry import Registry
from homeprices.stores.request_log import PostgresRequestLog
from homeprices.stores.request_metrics import PostgresRequestMetrics
from homeprices.stores.s3 import Access
from homeprices.stores.served import ServedVersionClient
from homeprices.stores.spool.spool import Spool
from homeprices.stores.spool.uploader import Uploader
from homeprices.stores.trainings import Trainings

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

LONGEST_QUERY_S = 10.0
# What a bundle needs to be loaded anywhere, beside our own code.
_TO_LOAD_A_MODEL = ("mlflow", "numpy", "pandas", "msgspec", "rapidfuzz", "lightgbm")


@dataclass(frozen=True, slots=True)
class Stores:
    """Everything that lives on the object store."""

    objects: Objects
    shelf: DatasetStore
    registry: Registry
    experiments: Experiments
    trainings: Trainings


def clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def stores(settings: Settings, clock: Clock = clock) -> Stores:
    """The stores of datasets, models and trials that `settings` point at."""
    objects = ObjectStore(settings.objects, _access(settings))
    return Stores(
        objects,
        DatasetStore(objects, clock),
        Registry(objects, clock),
        Experiments(objects),
        Trainings(objects),
    )


def _access(settings: Settings) -> Access:
    """How the bucket is reached; raises Refused for half a pair of keys."""
    secret = settings.aws_secret_access_key.get_secret_value()
    if bool(settings.aws_access_key_id) != bool(secret):
        raise Refused(
            "of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY only one is set; set both, or neither "
            "where the machine has a role"
        )
    return Access(
        key_id=settings.aws_access_key_id,
        secret=secret,
        session_token=settings.aws_session_token.get_secret_value(),
        region=settings.aws_region,
        endpoint=settings.aws_endpoint_url,
    )


def database(settings: Settings) -> Database:
    """The database that `settings` point at; raises Refused when none is known."""
    return Database(dsn(settings, longest_query_s=LONGEST_QUERY_S))


def decision_log(database: Database) -> PostgresDecisionLog:
    """The decision log in `database`."""
    return PostgresDecisionLog(database)


def evidence(database: Database) -> PostgresEvidence:
    """The evidence of trials, counted in `database`."""
    return PostgresEvidence(database)


def drift_log(database: Database) -> PostgresDriftLog:
    """The reports of the daily drift watch in `database`."""
    return PostgresDriftLog(database)


def answers(database: Database) -> PostgresPredictionReader:
    """What model versions have answered, in `database`."""
    return PostgresPredictionReader(database)


def partitions(database: Database) -> PostgresPartitions:
    """The months of the table of predictions in `database`."""
    return PostgresPartitions(database)


def traffic(database: Database) -> PostgresRequestMetrics:
    """The reads of predictions and feedback in `database`."""
    return PostgresRequestMetrics(database)


def airflow(settings: Settings) -> Airflow | None:
    """The Airflow that `settings` point at, None where there is none."""
    if not settings.airflow_url:
        return None
    password = settings.airflow_password.get_secret_value()
    return Airflow(settings.airflow_url, settings.airflow_user, password)


def served(settings: Settings) -> ServedVersionClient:
    """Asks both services which model they serve."""
    ports = {Slot.PRODUCTION: settings.production_port, Slot.CANDIDATE: settings.candidate_port}
    return ServedVersionClient({s: f"http://{settings.host}:{port}" for s, port in ports.items()})


def tracker(settings: Settings, market: Market) -> Tracker | None:
    """The tracking server that `settings` name; None when they name none."""
    if not settings.tracking_uri:
        return None
    from homeprices.stores.tracking.mlflow import MlflowTracker, Names
    from homeprices.stores.tracking.model import Loader

    package = Path(__file__).parent
    return MlflowTracker(
        settings.tracking_uri,
        Names(experiment=market.title, model=f"{market.name}_home_prices"),
        Loader(
            package / "valuation" / "predict" / "pyfunc.py",
            package,
            ["domain", "valuation"],
            [f"{library}=={version(library)}" for library in _TO_LOAD_A_MODEL],
        ),
    )


@contextmanager
def studies(settings: Settings) -> Iterator[BaseStorage]:
    """Where searches for parameters are kept: in memory when no database is known.

    Raises Unavailable when the database is away, Refused when it cannot be made.
    """
    if not settings.has_database:
        from optuna.storages import InMemoryStorage

        yield InMemoryStorage()
        return
    from homeprices.stores.studies import kept_studies

    with kept_studies(dsn(settings), settings.studies_db) as kept:
        yield kept


def spool(settings: Settings, name: str) -> tuple[Spool, Uploader]:
    """The spool of the service `name`, and the drain that empties it into the database.

    The drain has a connection of its own, so that no reader can keep it waiting.
    """
    database = Database(dsn(settings), most_connections=1)
    spool = Spool(
        settings.data_dir / "spool" / name,
        sync=settings.spool_sync == "on",
        budget_bytes=settings.spool_budget_mb << 20,
    )
    return spool, Uploader(spool, PostgresRequestLog(database))
