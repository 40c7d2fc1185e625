"""Logs published versions to the tracking server; a server that is down never loses one.

Everything is read back from the object store, which stays the truth, so logging can come
any time later.
"""

import csv
import io
from collections.abc import Iterator

import msgspec

from homeprices.domain.errors import Corrupt, HomesError, NotFound, Refused, Unavailable
from homeprices.domain.manifest import DatasetManifest, ModelManifest
from homeprices.domain.market import Market
from homeprices.domain.model_card import CARD, CARD_PAGE, TRIALS, ModelCard
from homeprices.domain.training import DatasetFacts, TrainingRecord, TuningTrial
from homeprices.domain.versions import DatasetVersion, ModelVersion, Role
from homeprices.ports import Tracker
from homeprices.stores.datasets import DatasetStore
from homeprices.stores.experiments import Experiments
from homeprices.stores.registry import Registry

# One version that the server will not take must not keep the others out.
MOST_FAILURES = 1
# The artefact of the parts that have other names in each version.
BANDS = "bands.csv"
PRODUCTION, CANDIDATE = "production", "candidate"


def training_record(
    manifest: ModelManifest, registry: Registry, datasets: DatasetStore, market: Market
) -> TrainingRecord:
    """All that is kept of the training of `manifest`; raises NotFound, Corrupt."""
    version = ModelVersion.parse(manifest.version)
    report = registry.report(version)
    unit = market.money.price_unit
    card = msgspec.json.decode(report[CARD], type=ModelCard) if CARD in report else None
    trials = msgspec.json.decode(report.get(TRIALS, b"[]"), type=list[TuningTrial])
    return TrainingRecord(
        version=manifest.version,
        digest=manifest.digest,
        recipe=manifest.recipe,
        parameters=manifest.parameters,
        metrics={
            **_in_units(manifest.metrics, unit),
            **_in_units(manifest.baseline_metrics, unit, "naive/"),
            **(_of_card(card) if card else {}),
        },
        tags=_tags(manifest, market),
        dataset=_dataset_facts(datasets.manifest(DatasetVersion.parse(manifest.dataset)), manifest),
        home_facts=market.facts,
        files=registry.files(version),
        report={**report, **({BANDS: _bands(card)} if card else {})},
        trials=trials,
    )


def _dataset_facts(dataset: DatasetManifest, manifest: ModelManifest) -> DatasetFacts:
    digest = manifest.dataset_sha256
    return DatasetFacts(dataset.version, digest, dataset.source, dataset.rows, dataset.simulated)


def _in_units(metrics: dict[str, float], unit: str, before: str = "") -> dict[str, float]:
    """The metrics with the market's unit in the names of those that are prices."""
    named = {name.removesuffix("_price"): name for name in metrics}
    return {
        before + (f"{short}_{unit}" if short != name else name): metrics[name]
        for short, name in named.items()
    }


def _of_card(card: ModelCard) -> dict[str, float]:
    """The figures with more facts than four, and those of every part that each version has."""
    figures: dict[str, float] = {}
    for result in card.judgements[1:]:
        named = {figure.name: figure.value for figure in result.figures}
        figures |= _in_units(named, card.price_unit, f"{result.facts}/")
    for part in card.slices:
        if not part.is_band:
            group = f"{part.kind} {part.name}".replace(",", "").replace("+", " and more")
            figures[f"{group}/rows"] = part.rows
            figures[f"{group}/mdape_percent"] = part.mdape_percent
            figures[f"{group}/coverage_percent"] = part.coverage_percent
    return figures


def _bands(card: ModelCard) -> bytes:
    """A CSV of the parts whose edges are of one version: as metrics they would be in no other."""
    out = io.StringIO(newline="")
    names = ("kind", "name", "rows", "mdape_percent", "bias_percent", "coverage_percent")
    rows = ([getattr(part, name) for name in names] for part in card.slices if part.is_band)
    csv.writer(out, lineterminator="\n").writerows([names, *rows])
    return out.getvalue().encode()


def _tags(manifest: ModelManifest, market: Market) -> dict[str, str]:
    """What people search for; MLflow shows the commit by a name of its own."""
    made_up = " Simulated market." if manifest.simulated else ""
    tags = {
        "homes.market": market.name,
        "homes.recipe": manifest.recipe,
        "homes.created_at": manifest.created_at,
        "homes.dataset": manifest.dataset,
        "homes.dataset_sha256": manifest.dataset_sha256,
        "homes.simulated": str(manifest.simulated).lower(),
        "homes.code": manifest.code,
        "homes.metrics_of": manifest.metrics_of,
        **({"homes.run": manifest.run.id} if manifest.run else {}),
        "mlflow.note.content": (
            f"{manifest.version}: recipe {manifest.recipe} on {manifest.dataset}, median error "
            f"{manifest.metrics.get('mdape_percent', float('nan')):.1f} % on the "
            f"holdout ({manifest.metrics_of}).{made_up} Its card is report/{CARD_PAGE}."
        ),
        **{f"homes.library.{name}": version for name, version in manifest.libraries.items()},
    }
    if not manifest.code.startswith("source-"):
        tags["mlflow.source.git.commit"] = manifest.code
    return tags | ({"homes.order": manifest.order} if manifest.order else {})


class TrackingMirror:
    """The tracking server, kept in line with the registry and the experiments."""

    def __init__(
        self,
        tracker: Tracker,
        registry: Registry,
        datasets: DatasetStore,
        experiments: Experiments,
        market: Market,
    ) -> None:
        self.tracker = tracker
        self._registry = registry
        self._datasets = datasets
        self._experiments = experiments
        self._market = market

    def track(self, version: ModelVersion) -> str:
        """The run that the server keeps `version` as; logged again, it is the same run.

        Raises Refused for a copy, which is kept as the version it was copied from,
        and Unavailable when the server is away: the version stays untracked.
        """
        manifest = self._registry.manifest(version)
        if manifest.copied_from is not None:
            raise Refused(f"{version} is a copy of {manifest.copied_from}: that one is tracked")
        record = training_record(manifest, self._registry, self._datasets, self._market)
        run_id = self.tracker.log(record)
        self._registry.mark_tracked(version, run_id)
        return run_id

    def track_untracked(self) -> Iterator[str]:
        """Log every version that is not tracked yet; each thing done as a sentence, once it is.

        A version whose files are damaged, or that the server will not take, is told and
        passed over. Raises Unavailable when the server is away; what was logged stays.
        """
        failures = 0
        for version in self.untracked():
            try:
                yield f"{version} is tracked as run {self.track(version)}"
            except (Corrupt, NotFound) as error:
                yield f"{version} cannot be tracked: {error.message}"
            except Unavailable as error:
                failures += 1
                if failures > MOST_FAILURES:
                    raise
                yield f"{version} is still untracked: {error.message}"

    def untracked(self) -> list[ModelVersion]:
        """The trained versions that the server does not keep yet, oldest first."""
        manifests = (manifest for role in Role for manifest in self._registry.manifests(role))
        trained = (ModelVersion.parse(m.version) for m in manifests if m.copied_from is None)
        return [version for version in trained if self._registry.tracked(version) is None]

    def differences(self) -> list[str]:
        """What the server does not know or names otherwise, in sentences; nothing is changed.

        Raises Unavailable.
        """
        named = self.tracker.aliases()
        return [
            *(f"{version} is not tracked" for version in self.untracked()),
            *(
                f"alias {alias} names {named.get(alias) or 'nothing'}, not {version or 'nothing'}"
                for alias, version in self._wanted().items()
                if named.get(alias) != version
            ),
        ]

    def follow_registry(self) -> Iterator[str]:
        """Let the aliases name the trained versions that are in production and tried.

        Each difference is a sentence, once it is put right. A version that the server
        does not know is logged first. Raises Unavailable.
        """
        named = self.tracker.aliases()
        for alias, version in self._wanted().items():
            before = named.get(alias)
            if before != version:
                yield from self._point(alias, version)
                yield f"alias {alias} named {before or 'nothing'}, now {version or 'nothing'}"

    def catch_up(self) -> list[str]:
        """Track what is untracked and bring the aliases in line; what was done, or why not.

        For callers whose own work is done and stays: what cannot be told to the
        server now is a sentence, not an error.
        """
        done: list[str] = []
        for step in (self.track_untracked, self.follow_registry):
            try:
                for sentence in step():
                    done.append(sentence)  # kept also where the next one fails
            except HomesError as error:
                done.append(error.message)
        return list(dict.fromkeys(done))

    def _wanted(self) -> dict[str, str | None]:
        """The version that each alias should name."""
        registry, experiment = self._registry, self._experiments.open_now()
        production = registry.production()
        candidate = (
            registry.manifest(ModelVersion.parse(experiment.candidate)) if experiment else None
        )
        return {
            PRODUCTION: registry.origin(production).version if production else None,
            CANDIDATE: registry.origin(candidate).version if candidate else None,
        }

    def _point(self, alias: str, version: str | None) -> list[str]:
        """Move the alias; what had to be done before, as sentences."""
        try:
            self.tracker.point(alias, version)
        except NotFound:
            # A server that was set up anew knows nothing of versions marked as tracked.
            run_id = self.track(ModelVersion.parse(str(version)))
            self.tracker.point(alias, version)
            return [f"{version} was unknown to the server and is tracked as run {run_id}"]
        return []
