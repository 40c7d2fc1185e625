"""Everything a decision needs in one place, so that each workflow takes one argument."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from homeprices import bootstrap
from homeprices.domain.errors import Refused
from homeprices.domain.experiments.experiment import Experiment, ExperimentConfig
from homeprices.domain.experiments.policies import policy
from homeprices.domain.manifest import ModelManifest
from homeprices.ports import Clock, DecisionLog, DriftLog, EvidenceReader
from homeprices.settings import Settings
from homeprices.stores.experiments import Experiments
from homeprices.stores.registry import Registry


@dataclass(frozen=True, slots=True)
class TrialDesk:
    """What opening a trial needs: it works with no database."""

    registry: Registry
    experiments: Experiments
    clock: Clock
    share: float
    policy: str
    new_salt: Callable[[], str]

    def terms(self) -> ExperimentConfig:
        """The terms of a trial that opens now; raises NotFound for a policy we do not have."""
        policy(self.policy)
        return ExperimentConfig(self.share, self.new_salt(), self.policy, self.clock().isoformat())

    def production(self) -> ModelManifest:
        """Production's manifest; raises Refused in an empty registry."""
        production = self.registry.production()
        if production is None:
            raise Refused("there is no production model yet; `homes train` makes the first")
        return production


@dataclass(frozen=True, slots=True)
class Desk:
    """What deciding needs: trials, the log, the evidence, and what the drift watch has seen."""

    trials: TrialDesk
    log: DecisionLog
    evidence: EvidenceReader
    drift: DriftLog

    @property
    def registry(self) -> Registry:
        """The model versions."""
        return self.trials.registry

    @property
    def experiments(self) -> Experiments:
        """The trials."""
        return self.trials.experiments

    def interrupted(self) -> tuple[str, ...]:
        """What a change of production does to the trial that is open, as a reason to be kept."""
        trial = self.experiments.open_now()
        return (f"{trial.id}, the trial of {trial.candidate}, is interrupted",) if trial else ()

    def open_trial(self) -> Experiment:
        """The trial that is running; raises Refused when there is none."""
        trial = self.experiments.open_now()
        if trial is None:
            raise Refused("no trial is open; `homes train` publishes a candidate and opens one")
        return trial


def trial_desk(settings: Settings) -> TrialDesk:
    """The desk at which trials open, on the stores that `settings` point at."""
    stores = bootstrap.stores(settings)
    return TrialDesk(
        stores.registry,
        stores.experiments,
        bootstrap.clock,
        settings.trial_share,
        settings.policy,
        lambda: secrets.token_hex(8),
    )


def desk(settings: Settings) -> Desk:
    """The desk at which decisions are made; raises Refused when no database is known."""
    database = bootstrap.database(settings)
    return Desk(
        trial_desk(settings),
        bootstrap.decision_log(database),
        bootstrap.evidence(database),
        bootstrap.drift_log(database),
    )
