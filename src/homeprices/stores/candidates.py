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
    competitions = tuple(experiments.competitions.history())
    competed = {
        ModelVersion.parse(c) for competition, _ in competitions for c in competition.candidates
    }
    tried_before = [v for v in candidates if v in tried or v in competed]
    return CandidateHistory(
        candidates=tuple(v for v in candidates if v in tried or v in untried),
        last_promoted=max(promoted, default=0),
        experiments=history,
        equal=_equal_to_a_known(registry, unused, productions, tried_before) if unused else {},
        competitions=competitions,
    )


def _equal_to_a_known(
    registry: Registry,
    unused: list[ModelVersion],
    productions: list[ModelVersion],
    tried_before: list[ModelVersion],
) -> dict[ModelVersion, datetime]:
    """Those that another version has the content of, and since when they exist.

    Known are what is or was in production, and the candidates that are or were on trial or
    competed: what would be found out about one is found out about the other.
    """
    known = {registry.manifest(version).digest for version in productions}
    of_tried = {registry.manifest(v).digest for v in tried_before if registry.is_complete(v)}
    manifests = {version: registry.manifest(version) for version in unused}
    return {
        version: datetime.fromisoformat(manifest.created_at)
        for version, manifest in manifests.items()
        if manifest.digest in known or (version not in tried_before and manifest.digest in of_tried)
    }
