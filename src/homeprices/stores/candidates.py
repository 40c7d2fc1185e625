"""Which candidates have lost, and which wait for a trial: the registry and the trials say it."""

from __future__ import annotations

from datetime import datetime

from homeprices.domain.experiments.decision import Verdict
from homeprices.domain.versions import ExperimentId, ModelVersion, Role
from homeprices.stores.experiments import Experiments
from homeprices.stores.registry import Registry


def lost_candidates(registry: Registry, experiments: Experiments) -> dict[ModelVersion, datetime]:
    """The candidates whose last trial was lost, and when.

    A candidate keeps its first `retired.json` when an undo puts it on trial once
    more: how the later trial ended counts, and from then its rollback can be
    undone anew. One that was interrupted by a change of production waits again.
    """
    lost = {}
    for version in registry.versions(Role.CANDIDATE):
        retired = registry.retired_at(version)
        if retired is not None:
            lost[version] = retired
    last = {ModelVersion.parse(t.candidate): t for t in experiments.all()} if lost else {}
    for version in lost.keys() & last.keys():
        ending = experiments.ending(ExperimentId.parse(last[version].id))
        if ending is None or ending.verdict != Verdict.ROLL_BACK:
            del lost[version]
        else:
            lost[version] = max(lost[version], datetime.fromisoformat(ending.closed_at))
    return lost


def waiting_candidates(registry: Registry, experiments: Experiments) -> list[ModelVersion]:
    """Candidates that have not lost and are newer than the last one promoted, oldest first."""
    promoted = [
        ModelVersion.parse(manifest.copied_from).number
        for manifest in registry.manifests(Role.PRODUCTION)
        if manifest.copied_from and manifest.copied_from.startswith(Role.CANDIDATE.value)
    ]
    newer = [v for v in registry.versions(Role.CANDIDATE) if v.number > max(promoted, default=0)]
    lost = lost_candidates(registry, experiments) if newer else {}
    return [version for version in newer if version not in lost]
