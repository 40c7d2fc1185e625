"""Where candidates stand, read with few and small requests: three listings of what there is."""

from datetime import datetime

from homeprices.domain.serving_rule import CandidateHistory
from homeprices.domain.versions import ModelVersion, Role
from homeprices.stores.experiments import Experiments
from homeprices.stores.registry import Registry


def candidate_history(registry: Registry, experiments: Experiments) -> CandidateHistory:
    """What the stores say of candidates.

    What was read once is remembered by the stores: while nothing changes, this
    lists the folders of versions and the files of experiments and competitions, and reads nothing.
    """
    claimed = registry.claimed()
    history = tuple(experiments.history())
    tried = {ModelVersion.parse(experiment.candidate) for experiment, _ in history}
    productions = [v for v in claimed if v.role is Role.PRODUCTION and registry.is_complete(v)]
    sources = [registry.source(v) for v in productions]
    promoted = [v.number for v in sources if v is not None and v.role is Role.CANDIDATE]
    # Only a whole version can be put in an experiment: those that were are not looked at again.
    candidates = [v for v in claimed if v.role is Role.CANDIDATE]
    untried = [v for v in candidates if v not in tried and registry.is_complete(v)]
    unused = [version for version in untried if version not in sources]
    return CandidateHistory(
        candidates=tuple(v for v in candidates if v in tried or v in untried),
        last_promoted=max(promoted, default=0),
        experiments=history,
        equal=_equal_to_a_production(registry, unused, productions) if unused else {},
        competitions=tuple(experiments.competitions.history()),
    )


def _equal_to_a_production(
    registry: Registry, unused: list[ModelVersion], productions: list[ModelVersion]
) -> dict[ModelVersion, datetime]:
    """Those that are, or were, in production under another name, and since when they exist."""
    known = {registry.manifest(version).digest for version in productions}
    manifests = {version: registry.manifest(version) for version in unused}
    return {
        version: datetime.fromisoformat(manifest.created_at)
        for version, manifest in manifests.items()
        if manifest.digest in known
    }
