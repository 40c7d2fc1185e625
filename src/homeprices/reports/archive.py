"""Everything that was ever made, as nodes of a lineage.

The object store tells most of it. What only PostgreSQL knows is left out while
it does not answer, and that is said.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from homeprices.domain.errors import Unavailable
from homeprices.domain.experiments.decision import Decision
from homeprices.domain.experiments.experiment import ClosedExperiment, Experiment
from homeprices.domain.lineage import Node, NodeKind, NodeValue
from homeprices.domain.manifest import ModelManifest
from homeprices.domain.requests.records import PredictionRecord
from homeprices.domain.versions import DatasetVersion, ModelVersion, Role
from homeprices.ports import DecisionLog, PredictionReader
from homeprices.stores.candidates import candidate_history
from homeprices.stores.datasets import DatasetStore
from homeprices.stores.experiments import Experiments
from homeprices.stores.registry import Registry

AWAY = "decisions and estimates are not shown: {why}"
MOST_DECISIONS = 100_000
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class DatabaseLogs:
    """What only PostgreSQL knows."""

    decisions: DecisionLog
    predictions: PredictionReader


@dataclass
class Archive:
    """The stores, and the logs as far as they answer; None where no PostgreSQL is known.

    `left_out` says in sentences what could not be looked up.
    """

    registry: Registry
    experiments: Experiments
    datasets: DatasetStore
    logs: DatabaseLogs | None
    left_out: list[str] = field(default_factory=list)

    @cached_property
    def models(self) -> dict[str, ModelManifest]:
        """Every manifest by its version, candidates first, each in the order of their numbers."""
        registry = self.registry
        manifests = [*registry.manifests(Role.CANDIDATE), *registry.manifests(Role.PRODUCTION)]
        return {manifest.version: manifest for manifest in manifests}

    @cached_property
    def _retired(self) -> dict[ModelVersion, datetime]:
        return candidate_history(self.registry, self.experiments).retired

    @cached_property
    def experiment_history(self) -> list[tuple[Experiment, ClosedExperiment | None]]:
        """Every experiment and its end, None while it is open; the oldest first."""
        return self.experiments.history()

    @cached_property
    def decisions(self) -> dict[str, Decision]:
        """Every row of the decision log by its id, the oldest first; {} while it is away."""
        rows = self._from_logs(lambda logs: logs.decisions.latest(MOST_DECISIONS))
        return {row.id: row for row in reversed(rows or [])}

    def estimate(self, uuid: str) -> PredictionRecord | None:
        """The request under `uuid`; None when it is not kept, or the tables are away."""
        return self._from_logs(lambda logs: logs.predictions.find(uuid))

    def answered(self, version: str) -> Node | None:
        """How many requests `version` has priced; None for none, or while the tables are away."""
        count = self._from_logs(lambda logs: logs.predictions.count_for(version))
        if count is None or not count.count:
            return None
        facts: dict[str, NodeValue] = {
            "count": count.count,
            "first_at": count.first_at,
            "last_at": count.last_at,
        }
        return Node(NodeKind.ANSWERS, version, facts)

    def model(self, version: str) -> Node:
        """A version and where it stands now; raises NotFound."""
        registry, parsed = self.registry, ModelVersion.parse(version)
        manifest = self.models.get(version) or registry.manifest(parsed)
        facts: dict[str, NodeValue] = {
            "recipe": manifest.recipe,
            "created_at": manifest.created_at,
            "simulated": manifest.simulated,
            "median_error_percent": manifest.metrics.get("mdape_percent"),
            "median_error_of": manifest.metrics_of,
            "code": manifest.code,
        }
        if parsed.role is Role.PRODUCTION:
            following = self._later(parsed)
            facts["replaced_at"] = following.created_at if following else None
            return Node(NodeKind.PRODUCTION, version, facts)
        retired = self._retired.get(parsed)
        facts["retired_at"] = retired.isoformat() if retired else None
        return Node(NodeKind.CANDIDATE, version, facts)

    def dataset(self, version: str) -> Node:
        """A dataset with its hash; raises NotFound."""
        manifest = self.datasets.manifest(DatasetVersion.parse(version))
        facts: dict[str, NodeValue] = {
            "rows": manifest.rows,
            "rejected": sum(manifest.rejected.values()),
            "simulated": manifest.simulated,
            "created_at": manifest.created_at,
            "sha256": manifest.files[f"train_{version}.csv"].sha256,
            "source": manifest.source,
        }
        return Node(NodeKind.DATASET, version, facts)

    def experiment(self, experiment: Experiment, ending: ClosedExperiment | None) -> Node:
        """An experiment and how it ended."""
        facts: dict[str, NodeValue] = {
            "candidate": experiment.candidate,
            "production": experiment.production,
            "share": experiment.share,
            "policy": experiment.policy.name,
            "started_at": experiment.started_at,
            "closed_at": ending.closed_at if ending else None,
            "verdict": ending.verdict if ending else None,
        }
        return Node(NodeKind.EXPERIMENT, experiment.id, facts)

    def decision(self, number: str) -> Node:
        """A decision; its number alone when the log is away."""
        row = self.decisions.get(number)
        if row is None:
            return Node(NodeKind.DECISION, number)
        facts: dict[str, NodeValue] = {
            "verdict": row.verdict.value,
            "actor": row.actor,
            "at": row.at,
            "subject": row.subject,
            "reason": row.reasons[0] if row.reasons else None,
            "undone_by": row.undone_by,
        }
        return Node(NodeKind.DECISION, number, facts)

    def _later(self, version: ModelVersion) -> ModelManifest | None:
        """The next production after `version`: numbers that a crash took are skipped."""
        versions = [ModelVersion.parse(name) for name in self.models]
        later = [v for v in versions if v.role is version.role and v.number > version.number]
        return self.models[str(min(later))] if later else None

    def _from_logs(self, query: Callable[[DatabaseLogs], Result]) -> Result | None:
        """The result of `query`; None once they have not answered, and they are not asked again."""
        if self.left_out:
            return None
        if self.logs is None:
            self.left_out.append(AWAY.format(why="no PostgreSQL is known"))
            return None
        try:
            return query(self.logs)
        except Unavailable as error:
            self.left_out.append(AWAY.format(why=error.message))
            return None
