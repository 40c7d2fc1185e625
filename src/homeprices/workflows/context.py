"""What workflows ask of whoever calls them: ports by name, and nothing about who built them.

`bootstrap.Homes` has all of it, built on first use; a test has stand-ins.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from homeprices import ports
from homeprices.domain.market import Market
from homeprices.stores.client_keys import ClientKeys
from homeprices.stores.datasets import DatasetStore
from homeprices.stores.experiments import Experiments
from homeprices.stores.policies import AcceptedPolicies
from homeprices.stores.registry import Registry
from homeprices.stores.tracking.mirror import TrackingMirror
from homeprices.stores.trainings import Trainings
from homeprices.valuation.evaluate.gate import Budget

if TYPE_CHECKING:
    from optuna.storages import BaseStorage


class StorePorts(Protocol):
    """What lives on the object store, and the clock that its writers go by."""

    @property
    def clock(self) -> ports.Clock: ...
    @property
    def datasets(self) -> DatasetStore: ...
    @property
    def registry(self) -> Registry: ...
    @property
    def experiments(self) -> Experiments: ...
    @property
    def trainings(self) -> Trainings: ...


class DatasetPorts(Protocol):
    """To publish listings of the `market`, of which a share of `most_rejected` may be lost."""

    @property
    def clock(self) -> ports.Clock: ...
    @property
    def datasets(self) -> DatasetStore: ...
    @property
    def market(self) -> Market: ...
    @property
    def most_rejected(self) -> float: ...


class KeyPorts(Protocol):
    """Where the keys of clients are, and the clock that their makers go by."""

    @property
    def clock(self) -> ports.Clock: ...
    @property
    def client_keys(self) -> ClientKeys: ...


class ExperimentPorts(StorePorts, Protocol):
    """To open an experiment, with no database: what the next one is opened with.

    It is reported by the zones of the `market`. `experiment_share` is the part of visitors who
    meet the candidate, `policy` the name of the rule that decides, `policy_file` its numbers where
    they are not the built-in ones; `new_salt()` is what this experiment splits visitors by.
    `decider_lock()` keeps everybody out who decides, as `DecisionLog.lock` does, where there is a
    database to decide by.
    """

    @property
    def market(self) -> Market: ...
    @property
    def experiment_share(self) -> float: ...
    @property
    def policy(self) -> str: ...
    @property
    def policy_file(self) -> Path | None: ...
    @property
    def accepted_policies(self) -> AcceptedPolicies: ...
    def new_salt(self) -> str: ...
    def decider_lock(self) -> AbstractContextManager[None]: ...


class DecisionPorts(ExperimentPorts, Protocol):
    """To decide an experiment: the log, evaluations, models, and what the drift watch has seen."""

    @property
    def decisions(self) -> ports.DecisionLog: ...
    @property
    def decision_units(self) -> ports.DecisionUnits: ...
    @property
    def scorer(self) -> ports.Scorer: ...
    @property
    def drift_log(self) -> ports.DriftLog: ...


class TrainingPorts(StorePorts, Protocol):
    """To make a model.

    `coverage` is the share of homes that its ranges promise to hold where an order does not
    say another; a model over the `budget` is refused.
    """

    @property
    def market(self) -> Market: ...
    @property
    def coverage(self) -> float: ...
    @property
    def budget(self) -> Budget: ...


class NoticePorts(StorePorts, Protocol):
    """To tell people what happened; `public_url` is where they find the page.

    After `silence_days` without an opinion or a sale price they are told that, too.
    """

    @property
    def decisions(self) -> ports.DecisionLog: ...
    @property
    def drift_log(self) -> ports.DriftLog: ...
    @property
    def request_metrics(self) -> ports.RequestMetrics: ...
    @property
    def outbox(self) -> ports.NoticeOutbox: ...
    @property
    def channels(self) -> ports.NoticeChannels: ...
    @property
    def public_url(self) -> str: ...
    @property
    def silence_days(self) -> int: ...


class OrderPorts(ExperimentPorts, Protocol):
    """To order a training: drift that was seen, and how old production may become."""

    @property
    def drift_log(self) -> ports.DriftLog: ...
    @property
    def oldest_model(self) -> timedelta: ...


class DriftPorts(StorePorts, Protocol):
    """To watch drift: what was asked, and what was reported."""

    @property
    def market(self) -> Market: ...
    @property
    def request_metrics(self) -> ports.RequestMetrics: ...
    @property
    def drift_log(self) -> ports.DriftLog: ...


class WatchPorts(StorePorts, Protocol):
    """To tell where the loop stands."""

    @property
    def objects(self) -> ports.Objects: ...
    @property
    def decisions(self) -> ports.DecisionLog: ...
    @property
    def decision_units(self) -> ports.DecisionUnits: ...
    @property
    def drift_log(self) -> ports.DriftLog: ...
    @property
    def service_value(self) -> ports.ServiceValueReader: ...


class RetentionPorts(StorePorts, Protocol):
    """To let go of what is old: rows after `rows_days`, files of candidates that lost likewise."""

    @property
    def decisions(self) -> ports.DecisionLog: ...
    @property
    def partitions(self) -> ports.Partitions: ...
    @property
    def rows_days(self) -> int: ...
    @property
    def files_days(self) -> int: ...


class ErasurePorts(Protocol):
    """To erase what is kept of a visitor; `spool_keep_hours` as in the settings."""

    @property
    def clock(self) -> ports.Clock: ...
    @property
    def objects(self) -> ports.Objects: ...
    @property
    def erasures(self) -> ports.Erasures: ...
    @property
    def spool_keep_hours(self) -> float: ...


class BackupPorts(ErasurePorts, Protocol):
    """To keep everything in one file, and to bring it back."""

    @property
    def decisions(self) -> ports.DecisionLog: ...
    @property
    def dumps(self) -> ports.Dumps: ...
    @property
    def spool_root(self) -> Path: ...


class SchedulePorts(DecisionPorts, TrainingPorts, OrderPorts, DriftPorts, RetentionPorts, Protocol):
    """What the tasks of a schedule need beside: services to ask, MLflow, and how to tune.

    `recipes` are tuned and compared, with `tuning_trials` each and no trial begun after
    `tuning_seconds`, where that is set. The best `candidates` of them are published.
    """

    @property
    def served(self) -> ports.ServedVersion: ...
    @property
    def scheduler(self) -> ports.Scheduler | None: ...
    @property
    def public_url(self) -> str: ...
    @property
    def tracking(self) -> TrackingMirror | None: ...
    @property
    def recipes(self) -> Sequence[str]: ...
    @property
    def candidates(self) -> int: ...
    @property
    def tuning_trials(self) -> int: ...
    @property
    def tuning_seconds(self) -> float | None: ...
    def studies(self) -> AbstractContextManager[BaseStorage]: ...
