"""Every model version, its card, and two of them side by side: the registry, for readers."""

from functools import lru_cache
from threading import Lock

from homeprices.domain.manifest import ModelManifest
from homeprices.domain.model_card import Document, ModelEntry, ModelState
from homeprices.domain.versions import ModelVersion, Role
from homeprices.reports import card, comparison
from homeprices.reports.comparison import card_of, compare
from homeprices.stores.candidates import candidate_history
from homeprices.stores.experiments import Experiments
from homeprices.stores.registry import Registry

_MANIFESTS, _CARDS, _COMPARISONS = 4096, 16, 16


class RegistryCards:
    """`ports.ModelCards`; one comparison at a time, so that prices do not wait long for it."""

    def __init__(self, registry: Registry, experiments: Experiments) -> None:
        self._registry = registry
        self._experiments = experiments
        self._manifest = lru_cache(_MANIFESTS)(registry.manifest)
        self._card = lru_cache(_CARDS)(self._read_card)
        self._one_at_a_time = Lock()
        self._compared = lru_cache(_COMPARISONS)(self._compare)

    def versions(self) -> list[ModelEntry]:
        """See `ports.ModelCards`."""
        entries = [
            _entry(self._manifest(version), state) for version, state in self._states().items()
        ]
        return sorted(entries, key=lambda entry: entry.created_at, reverse=True)

    def card(self, version: ModelVersion) -> Document:
        """See `ports.ModelCards`."""
        return self._card(version)

    def _read_card(self, version: ModelVersion) -> Document:
        model_card, manifest = card_of(version, self._registry), self._manifest(version)
        copy = None if model_card.version == str(version) else str(version)
        files = {name: self._registry.report_file(manifest, name) for name in card.PICTURES}
        pictures = {name: content for name, content in files.items() if content is not None}
        return Document(card.as_json(model_card), card.as_page(model_card, pictures, copy))

    def comparison(self, version: ModelVersion, other: ModelVersion) -> Document:
        """See `ports.ModelCards`."""
        with self._one_at_a_time:
            return self._compared(version, other)

    def _compare(self, version: ModelVersion, other: ModelVersion) -> Document:
        compared = compare(other, version, self._registry)
        return Document(comparison.as_json(compared), comparison.as_page(compared))

    def _states(self) -> dict[ModelVersion, ModelState]:
        """What each version is now."""
        registry, experiment = self._registry, self._experiments.open_now()
        productions = registry.versions(Role.PRODUCTION)
        states = dict.fromkeys(productions, ModelState.FORMER)
        states |= dict.fromkeys(productions[-1:], ModelState.PRODUCTION)
        states |= dict.fromkeys(registry.versions(Role.CANDIDATE), ModelState.OVERTAKEN)
        sources = (registry.source(version) for version in productions)
        promoted = [v for v in sources if v is not None and v.role is Role.CANDIDATE]
        states |= dict.fromkeys(promoted, ModelState.PROMOTED)
        history = candidate_history(registry, self._experiments)
        # A later line wins.
        for versions, state in (
            (history.retired, ModelState.RETIRED),
            (history.outcompeted, ModelState.OUTCOMPETED),
            (history.undecided, ModelState.UNDECIDED),
            (history.stopped, ModelState.STOPPED),
            (history.waiting, ModelState.WAITING),
            (history.competing, ModelState.COMPETING),
        ):
            states |= dict.fromkeys(versions, state)
        return states | (
            {ModelVersion.parse(experiment.candidate): ModelState.IN_EXPERIMENT}
            if experiment
            else {}
        )


def _entry(manifest: ModelManifest, state: ModelState) -> ModelEntry:
    return ModelEntry(
        version=manifest.version,
        state=state,
        recipe=manifest.recipe,
        dataset=manifest.dataset,
        simulated=manifest.simulated,
        created_at=manifest.created_at,
        copied_from=manifest.copied_from,
        decision=manifest.decision,
        digest=manifest.digest,
        metrics=manifest.metrics,
        baseline_metrics=manifest.baseline_metrics,
    )
