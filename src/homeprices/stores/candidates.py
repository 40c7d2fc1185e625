"""Where candidates stand, read with few and small requests: two listings of folders and endings."""

from datetime import datetime

from homeprices.domain import serving_rule
from homeprices.domain.serving_rule import CandidateHistory
from homeprices.domain.versions import ModelVersion, Role
from homeprices.stores.experiments import Experiments
from homeprices.stores.registry import Registry


def lost_candidates(registry: Registry, experiments: Experiments) -> dict[ModelVersion, datetime]:
    """The candidates whose last experiment retired them or that got none, and since when."""
    return serving_rule.lost_candidates(candidate_history(registry, experiments))


def undecided_candidates(registry: Registry, experiments: Experiments) -> set[ModelVersion]:
    """The candidates of whom their last experiment could not tell whether they are better."""
    return serving_rule.undecided_candidates(candidate_history(registry, experiments))


def stopped_candidates(registry: Registry, experiments: Experiments) -> set[ModelVersion]:
    """The candidates whose last experiment a person has stopped."""
    return serving_rule.stopped_candidates(candidate_history(registry, experiments))


def waiting_candidates(registry: Registry, experiments: Experiments) -> list[ModelVersion]:
    """Candidates that have not lost and are newer than the last one promoted, oldest first."""
    return serving_rule.waiting_candidates(candidate_history(registry, experiments))


def candidate_to_serve(registry: Registry, experiments: Experiments) -> ModelVersion | None:
    """The candidate that its slot should serve now, None for none."""
    return serving_rule.candidate_to_serve(candidate_history(registry, experiments))


def candidate_history(registry: Registry, experiments: Experiments) -> CandidateHistory:
    """What the stores say of candidates.

    What was read once is remembered by the stores: while nothing changes, this
    lists the folders of versions and the files of experiments, and reads nothing.
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
        retired=_equal_to_a_production(registry, unused, productions) if unused else {},
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
