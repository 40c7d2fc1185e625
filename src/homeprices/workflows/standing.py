"""Reads where the loop stands, for whoever watches it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from homeprices.domain.evidence.parameters import EvidenceParameters
from homeprices.domain.evidence.stakes import Stake, stakes
from homeprices.domain.experiments.decision import Decision, DecisionQuery
from homeprices.domain.experiments.experiment import Experiment
from homeprices.domain.loop import BACKUPS, DriftStanding, ExperimentStanding, LoopStanding
from homeprices.workflows.context import WatchPorts

SPLIT_WINDOW = timedelta(days=1)
# Nobody acts by hand more often than this between two evaluations that have found something.
NEWEST_ROWS = 20


def loop_standing(ports: WatchPorts) -> LoopStanding:
    """Where the loop stands now; raises Unavailable."""
    experiment = ports.experiments.open_now()
    dataset = ports.datasets.latest()
    newest = next(iter(ports.decisions.latest(1)), None)
    return LoopStanding(
        experiment=None if experiment is None else _standing(ports, experiment),
        decided=None if newest is None else (newest.verdict, _moment(newest.at)),
        dataset_at=None if dataset is None else _moment(dataset.created_at),
        backed_up_at=_backed_up_at(ports),
        drift=_drift(ports),
        feedback_at=ports.service_value.feedback_at(),
    )


def _standing(ports: WatchPorts, experiment: Experiment) -> ExperimentStanding:
    began = _moment(experiment.started_at)
    row = _newest_evaluation(ports, experiment)
    figures: Mapping[str, Any] = {} if row is None else row.figures
    since = max(began, ports.clock() - SPLIT_WINDOW)
    return ExperimentStanding(
        experiment=experiment,
        started_at=began,
        evaluated_at=ports.decision_units.evaluated_at(experiment.id) or began,
        visitors=ports.service_value.sessions(experiment.id, since),
        stakes=_stakes(experiment, figures),
        sale_prices=figures.get("labels", 0),
        loss_ratio=figures.get("loss_ratio"),
    )


def _newest_evaluation(ports: WatchPorts, experiment: Experiment) -> Decision | None:
    rows = ports.decisions.select(DecisionQuery(NEWEST_ROWS, experiment=experiment.id))
    return next((row for row in rows if "policy" in row.figures), None)


def _stakes(experiment: Experiment, figures: Mapping[str, Any]) -> tuple[Stake, ...]:
    """The bets of a policy that bets, after its first evaluation."""
    if "log_e" not in figures:
        return ()
    return stakes(figures, EvidenceParameters(**experiment.policy.parameters))


def _drift(ports: WatchPorts) -> DriftStanding | None:
    kept = ports.drift_log.latest()
    if kept is None:
        return None
    indicators = kept.report.drift_indicators
    return DriftStanding(
        is_detected=kept.report.overall_drift_detected,
        reported_at=_moment(kept.at),
        psi={name: drift.psi for name, drift in indicators.items()},
    )


def _backed_up_at(ports: WatchPorts) -> datetime | None:
    """When the newest backup was made."""
    names = [key.removeprefix(BACKUPS) for key in ports.objects.keys(BACKUPS)]
    return max((_moment(name.removesuffix(".json")) for name in names), default=None)


_moment = datetime.fromisoformat
