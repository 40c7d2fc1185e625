"""The one composition root: it alone chooses adapters, and entry points alone import it."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from homeprices import markets, ports
from homeprices import settings as environment
from homeprices.domain.errors import Refused, Unavailable
from homeprices.domain.market import Market
from homeprices.domain.requests.records import Slot
from homeprices.domain.versions import ModelVersion
from homeprices.domain.zones import ZoneMap
from homeprices.markets.aggregates import coordinates
from homeprices.settings import Settings
from homeprices.stores.candidates import candidate_history
from homeprices.stores.client_keys import ClientKeys
from homeprices.stores.datasets import DatasetStore
from homeprices.stores.experiments import Experiments
from homeprices.stores.objects import ObjectStore
from homeprices.stores.postgres.database import Database, dsn
from homeprices.stores.postgres.request_log import PostgresPredictionReader, PostgresRequestLog
from homeprices.stores.registry import Registry
from homeprices.stores.s3 import Access
from homeprices.stores.spool.spool import Spool
from homeprices.stores.spool.uploader import Uploader
from homeprices.stores.spool.workers import open_first, open_free, worker_folders
from homeprices.stores.tracking.mirror import TrackingMirror
from homeprices.stores.trainings import Trainings

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

    from homeprices.reports.archive import Archive
    from homeprices.serving.access.rate_limit import RateTerms, RequestKind
    from homeprices.serving.dependencies import Loaded, ServiceDependencies
    from homeprices.stores.airflow import Airflow
    from homeprices.stores.policies import AcceptedPolicies
    from homeprices.valuation.evaluate.gate import Budget

LONGEST_QUERY_S = 10.0
# What a bundle needs to be loaded anywhere, beside our own code.
_TO_LOAD_A_MODEL = ("mlflow", "numpy", "pandas", "msgspec", "rapidfuzz", "lightgbm")
_log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def load() -> Homes:
    """The parts that the settings in force point at; raises BadInput for settings of no use."""
    return Homes(environment.load())


class Homes:
    """Everything that workflows and services are made of, each part made when first asked for.

    Nothing is connected to or read before, nor is what a service never asks for imported: an HTTP
    client alone is a tenth of its memory. A part that settings do not name raises Refused,
    or is None where that is said.
    """

    def __init__(self, settings: Settings, clock: ports.Clock = utc_now) -> None:
        self.settings = settings
        self.clock = clock
        self.experiment_share = settings.trial_share
        self.policy = settings.policy
        file = settings.policy_file
        self.policy_file = None if file is None else settings.data_dir / file
        self.coverage = settings.coverage
        self.most_rejected = settings.most_rejected
        self.oldest_model = timedelta(days=settings.model_days)
        self.rows_days = settings.retention_days
        self.spool_keep_hours = settings.spool_keep_hours
        self.files_days = settings.model_retention_days
        self.recipes = tuple(name for text in settings.recipes.split(",") if (name := text.strip()))
        self.candidates = settings.candidates
        self.public_url = settings.public_url or settings.address("page")
        self.silence_days = settings.silence_days
        self.tuning_trials = settings.tuning_trials
        self.tuning_seconds = settings.tuning_seconds or None

    def new_salt(self) -> str:
        """What the next experiment splits its visitors by."""
        return secrets.token_hex(8)

    @cached_property
    def budget(self) -> Budget:
        """What a model may weigh, and take."""
        from homeprices.valuation.evaluate.gate import Budget

        return Budget(self.settings.model_mb, self.settings.estimate_us)

    @cached_property
    def market(self) -> Market:
        """The city."""
        return markets.load(self.settings.market)

    @cached_property
    def zones(self) -> ZoneMap:
        """The parts of the city."""
        return ZoneMap(self.market, coordinates(self.market.name))

    @cached_property
    def objects(self) -> ObjectStore:
        """The store of everything that is written once."""
        return ObjectStore(self.settings.objects, _access(self.settings))

    @cached_property
    def datasets(self) -> DatasetStore:
        """The published datasets."""
        return DatasetStore(self.objects, self.clock)

    @cached_property
    def registry(self) -> Registry:
        """The model versions."""
        return Registry(self.objects, self.clock)

    @cached_property
    def experiments(self) -> Experiments:
        """The experiments."""
        return Experiments(self.objects)

    @cached_property
    def client_keys(self) -> ClientKeys:
        """The keys of clients."""
        return ClientKeys(self.objects)

    @cached_property
    def accepted_policies(self) -> AcceptedPolicies:
        """The policies of files that may decide."""
        from homeprices.stores.policies import AcceptedPolicies

        return AcceptedPolicies(self.objects)

    @cached_property
    def trainings(self) -> Trainings:
        """The trainings that were ordered."""
        return Trainings(self.objects)

    @cached_property
    def database(self) -> Database:
        """PostgreSQL; raises Refused when none is known."""
        return Database(dsn(self.settings, longest_query_s=LONGEST_QUERY_S))

    @cached_property
    def decisions(self) -> ports.DecisionLog:
        """The decision log."""
        from homeprices.stores.postgres.decisions import PostgresDecisionLog

        return PostgresDecisionLog(self.database)

    @contextmanager
    def decider_lock(self) -> Iterator[None]:
        """Let one decider in at a time; the others wait.

        Where no PostgreSQL is known, or it is away, nobody decides, and nobody is kept out.
        """
        with ExitStack() as held:
            if self.settings.has_database:
                try:
                    held.enter_context(self.decisions.lock())
                except Unavailable as error:
                    _log.warning("opening a trial without the lock of deciders: %s", error.message)
            yield

    @cached_property
    def decision_units(self) -> ports.DecisionUnits:
        """Evaluations of experiments."""
        from homeprices.stores.postgres.decision_units import PostgresDecisionUnits

        return PostgresDecisionUnits(self.database, self.clock)

    @cached_property
    def scorer(self) -> ports.Scorer:
        """Models that are asked again; none is loaded before one is."""
        from homeprices.workflows.estimates.scorer import RegistryScorer

        return RegistryScorer(self.registry, self.predictions)

    @cached_property
    def drift_log(self) -> ports.DriftLog:
        """The reports of the daily drift watch."""
        from homeprices.stores.postgres.drift_log import PostgresDriftLog

        return PostgresDriftLog(self.database)

    @cached_property
    def predictions(self) -> ports.PredictionReader:
        """What model versions have answered."""
        return PostgresPredictionReader(self.database)

    @cached_property
    def partitions(self) -> ports.Partitions:
        """The months of the table of predictions."""
        from homeprices.stores.postgres.partitions import PostgresPartitions

        return PostgresPartitions(self.database)

    @cached_property
    def dumps(self) -> ports.Dumps:
        """Our databases as files, and back; raises Refused when no PostgreSQL is known."""
        from homeprices.stores.postgres.dumps import PostgresDumps

        known = self.settings
        names = (known.postgres_db, known.studies_db, known.mlflow_db, known.airflow_db)
        return PostgresDumps(dsn(known), names)

    @cached_property
    def erasures(self) -> ports.Erasures:
        """Takes away what is kept of one visitor."""
        from homeprices.stores.postgres.erasures import PostgresErasures

        return PostgresErasures(self.database)

    @property
    def spool_root(self) -> Path:
        """The folder of all spools of this machine."""
        return self.settings.data_dir / "spool"

    @cached_property
    def request_metrics(self) -> ports.RequestMetrics:
        """The reads of predictions and feedback."""
        from homeprices.stores.postgres.request_metrics import PostgresRequestMetrics

        return PostgresRequestMetrics(self.database)

    @cached_property
    def service_value(self) -> ports.ServiceValueReader:
        """What came of the requests, for owners."""
        from homeprices.stores.postgres.service_value import PostgresServiceValue

        return PostgresServiceValue(self.database)

    @cached_property
    def cards(self) -> ports.ModelCards:
        """Every model version and its card."""
        from homeprices.reports.model_cards import RegistryCards

        return RegistryCards(self.registry, self.experiments)

    @cached_property
    def served(self) -> ports.ServedVersion:
        """Asks both services which model they serve."""
        from homeprices.stores.served import ServedVersionClient

        return ServedVersionClient({slot: self.settings.address(slot.value) for slot in Slot})

    @cached_property
    def outbox(self) -> ports.NoticeOutbox:
        """Notices that wait to be sent."""
        from homeprices.stores.postgres.notice_outbox import PostgresNoticeOutbox

        return PostgresNoticeOutbox(self.database)

    @cached_property
    def channels(self) -> ports.NoticeChannels:
        """Where notices go; raises BadInput for a URL that is of no service."""
        from homeprices.stores.notices import AppriseChannels

        return AppriseChannels(self.settings.notify_urls.get_secret_value().split())

    @cached_property
    def scheduler(self) -> Airflow | None:
        """Airflow, None where there is none."""
        if not self.settings.airflow_url:
            return None
        from homeprices.stores.airflow import Airflow

        password = self.settings.airflow_password.get_secret_value()
        return Airflow(self.settings.airflow_url, self.settings.airflow_user, password)

    @cached_property
    def tracking(self) -> TrackingMirror | None:
        """The mirror on the tracking server; None where no server is named."""
        if not self.settings.tracking_uri:
            return None
        from homeprices.stores.tracking.entries import Loader
        from homeprices.stores.tracking.mlflow import MlflowTracker, Names

        package, market = Path(__file__).parent, self.market
        tracker = MlflowTracker(
            self.settings.tracking_uri,
            Names(experiment=market.title, model=f"{market.name}_home_prices"),
            Loader(
                package / "valuation" / "predict" / "pyfunc.py",
                package,
                ["domain", "markets", "valuation"],
                [f"{library}=={version(library)}" for library in _TO_LOAD_A_MODEL],
            ),
        )
        return TrackingMirror(tracker, self.registry, self.datasets, self.experiments, market)

    @contextmanager
    def studies(self) -> Iterator[BaseStorage]:
        """Where searches for parameters are kept: in memory when no database is known.

        Raises Unavailable when the database is away, Refused when it cannot be made.
        """
        if not self.settings.has_database:
            from optuna.storages import InMemoryStorage

            yield InMemoryStorage()
            return
        from homeprices.stores.postgres.studies import kept_studies

        with kept_studies(dsn(self.settings), self.settings.studies_db) as kept:
            yield kept

    def archive(self) -> Archive:
        """Everything that was ever made; without a PostgreSQL it says what is left out."""
        from homeprices.reports.archive import Archive, DatabaseLogs

        logs = None
        if self.settings.has_database:
            logs = DatabaseLogs(self.decisions, self.predictions)
        return Archive(self.registry, self.experiments, self.datasets, logs)

    def spools(self, name: str) -> list[tuple[Spool, Uploader]]:
        """The first spool of `name` that no other worker holds, and those that none will take.

        Each has an uploader that empties it into the database, by a connection of its own, so
        that no reader can keep it waiting. Raises Refused where all are held.
        """
        folders = worker_folders(self.spool_root / name, self.settings.workers)
        spools = (
            open_first(folders.workers, self._open_spool),
            *open_free(folders.left, self._open_spool),
        )
        return [(spool, Uploader(spool, self._request_log())) for spool in spools]

    def _open_spool(self, folder: Path) -> Spool:
        return Spool(
            folder,
            sync=self.settings.spool_sync == "on",
            budget_bytes=self.settings.spool_budget_mb << 20,
            keep_hours=self.settings.spool_keep_hours,
        )

    def _request_log(self) -> PostgresRequestLog:
        return PostgresRequestLog(Database(dsn(self.settings), most_connections=1))

    def service(self, slot: Slot) -> ServiceDependencies:
        """What the service of `slot` needs; raises Refused naming the setting that is missing."""
        from homeprices.domain.requests.identity import Identity
        from homeprices.serving.batch.body import BatchLimits
        from homeprices.serving.dependencies import ServiceDependencies
        from homeprices.workflows.drift import drift_report
        from homeprices.workflows.estimates.past_estimates import RebuiltEstimates
        from homeprices.workflows.experiments.operator_actions import ExperimentActions
        from homeprices.workflows.standing import loop_standing

        identity = Identity(self.settings.require_secret())
        return ServiceDependencies(
            market=self.market,
            slot=slot,
            wanted=lambda: self._wanted(slot),
            load=self._load,
            open_spools=lambda: self.spools(slot.value),
            request_metrics=self.request_metrics,
            drift=lambda days: drift_report(self, days),
            actions=ExperimentActions(self),
            past_estimates=RebuiltEstimates(self.registry, self.predictions),
            stored_request=self.predictions.find,
            cards=self.cards,
            identity=identity,
            operator_key=self.settings.operator_key.get_secret_value(),
            client_keys=self.client_keys.standings,
            is_key_required=self.settings.require_api_key == "1",
            clock=self.clock,
            poll_s=self.settings.poll_s,
            zone_of=self.zones.for_home,
            close=self.close,
            shared_metrics=self.settings.shared_metrics,
            origins=self.settings.origins,
            limits=_limits(self.settings),
            standing=(lambda: loop_standing(self)) if slot is Slot.PRODUCTION else None,
            value=(lambda: self.service_value.value(self.clock()))
            if slot is Slot.PRODUCTION
            else None,
            object_requests=lambda: self.objects.requests,
            batch_limits=BatchLimits(
                size_bytes=self.settings.batch_mb << 20,
                rows=self.settings.batch_rows,
                seconds=self.settings.batch_seconds,
                at_once=self.settings.batches,
            ),
            batch_folder=self.settings.data_dir,
        )

    def close(self) -> None:
        """Give back what was connected to."""
        if "database" in self.__dict__:
            self.database.close()

    def _wanted(self, slot: Slot) -> ModelVersion | None:
        """What a slot should serve: the highest BO; the candidate on trial, or next to be."""
        if slot is Slot.PRODUCTION:
            return self.registry.newest_production()
        return candidate_history(self.registry, self.experiments).to_serve

    def _load(self, model: ModelVersion) -> Loaded:
        from homeprices.serving.dependencies import Loaded
        from homeprices.valuation.predict import bundle

        predictor = bundle.load(self.registry.files(model))
        manifest = self.registry.manifest(model)
        return Loaded(predictor, manifest, predictor.complete, predictor.layout.digest)


def _limits(settings: Settings) -> Mapping[RequestKind, RateTerms]:
    """How many requests of each kind a worker takes of one client."""
    from homeprices.serving.access.rate_limit import RateTerms, RequestKind

    acts = RateTerms(*settings.act_limit)
    return {
        RequestKind.PRICES: RateTerms(settings.price_rate, settings.price_burst),
        RequestKind.OPINIONS: RateTerms(settings.feedback_rate, settings.feedback_burst),
        RequestKind.BATCHES: acts,
        RequestKind.ACTS: acts,
        RequestKind.READS: RateTerms(*settings.read_limit),
    }


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
