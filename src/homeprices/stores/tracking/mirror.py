"""Logs published versions to the tracking server; a server that is down never loses one.

Everything is read back from the object store, so logging can come any time later.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from homeprices import bootstrap, markets
from homeprices.domain.errors import Corrupt, HomesError, NotFound, Refused, Unavailable
from homeprices.domain.manifest import DatasetManifest, ModelManifest
from homeprices.domain.market import Market
from homeprices.domain.model_card import ModelCard
from homeprices.domain.training import DatasetFacts, TrainingRecord, TuningTrial
from homeprices.domain.versions import DatasetVersion, ModelVersion, Role
from homeprices.ports import Tracker
from homeprices.reports.card import CARD, PAGE
from homeprices.reports.training_report import TRIALS
from homeprices.settings import Settings
from homeprices.stores.datasets import DatasetStore
from homeprices.stores.experiments import Experiments
from homeprices.stores.registry import Registry

# One version that the server will not take must not keep the others out.
MOST_FAILURES = 1


@dataclass(frozen=True, slots=True)
class Books:
    """The tracking server, and where everything it is told comes from."""

    tracker: Tracker
    registry: Registry
    shelf: DatasetStore
    market: Market


def open_books(settings: Settings) -> Books | None:
    """The books of the server that `settings` name; None when they name none."""
    market, stores = markets.load(settings.market), bootstrap.stores(settings)
    tracker = bootstrap.tracker(settings, market)
    return Books(tracker, stores.registry, stores.shelf, market) if tracker else None


def track(version: ModelVersion, books: Books) -> str:
    """The run that the tracking server keeps `version` as; logged again, it is the same run.

    Raises Refused for a copy, which is kept as the version it was copied from,
    and Unavailable when the server is away: the version stays untracked.
    """
    manifest = books.registry.manifest(version)
    if manifest.copied_from is not None:
        raise Refused(f"{version} is a copy of {manifest.copied_from}: that one is tracked")
    run_id = books.tracker.log(_record(manifest, books))
    books.registry.mark_tracked(version, run_id)
    return run_id


def track_untracked(books: Books) -> list[str]:
    """Log every version that is not tracked yet; what was done, in sentences.

    A version whose files are damaged, or that the server will not take, is told and
    passed over. Raises Unavailable when the server is away; what was logged stays.
    """
    done, failures = [], 0
    for version in untracked(books.registry):
        try:
            done.append(f"{version} is tracked as run {track(version, books)}")
        except (Corrupt, NotFound) as error:
            done.append(f"{version} cannot be tracked: {error.message}")
        except Unavailable as error:
            failures += 1
            if failures > MOST_FAILURES:
                raise
            done.append(f"{version} is still untracked: {error.message}")
    return done


def untracked(registry: Registry) -> list[ModelVersion]:
    """The trained versions that the tracking server was never told of, oldest first."""
    trained = (m for role in Role for m in registry.manifests(role) if m.copied_from is None)
    versions = (ModelVersion.parse(manifest.version) for manifest in trained)
    return [version for version in versions if registry.tracked(version) is None]


def _record(manifest: ModelManifest, books: Books) -> TrainingRecord:
    version = ModelVersion.parse(manifest.version)
    report = books.registry.report(version)
    dataset = books.shelf.manifest(DatasetVersion.parse(manifest.dataset))
    unit = books.market.money.price_unit
    return TrainingRecord(
        version=manifest.version,
        digest=manifest.digest,
        recipe=manifest.recipe,
        parameters=manifest.parameters,
        metrics={
            **_in_units(manifest.metrics, unit),
            **_in_units(manifest.baseline_metrics, unit, "naive/"),
            **_by_slice(report),
        },
        tags=_tags(manifest, books.market),
        dataset=_facts(dataset, manifest.dataset_sha256),
        fields=books.market.fields,
        files=books.registry.files(version),
        report=report,
        trials=msgspec.json.decode(report[TRIALS], type=list[TuningTrial])
        if TRIALS in report
        else [],
    )


def _in_units(metrics: dict[str, float], unit: str, before: str = "") -> dict[str, float]:
    """The metrics with the market's unit in the names of those that are prices."""
    named = {name.removesuffix("_price"): name for name in metrics}
    return {
        before + (f"{short}_{unit}" if short != name else name): metrics[name]
        for short, name in named.items()
    }


def _by_slice(report: dict[str, bytes]) -> dict[str, float]:
    """The figures of every part of the holdout; none for a version without a card."""
    if CARD not in report:
        return {}
    card = msgspec.json.decode(report[CARD], type=ModelCard)
    found: dict[str, float] = {}
    for part in card.slices:
        group = f"{part.kind} {part.name}".replace(",", "").replace("+", " and more")
        found[f"{group}/rows"] = part.rows
        found[f"{group}/mdape_percent"] = part.mdape_percent
        found[f"{group}/coverage_percent"] = part.coverage_percent
    return found


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
        "mlflow.note.content": (
            f"{manifest.version}: recipe {manifest.recipe} on {manifest.dataset}, median error "
            f"{manifest.metrics.get('mdape_percent', float('nan')):.1f} % on the holdout."
            f"{made_up} Its card is report/{PAGE}."
        ),
        **{f"homes.library.{name}": version for name, version in manifest.libraries.items()},
    }
    if not manifest.code.startswith("source-"):
        tags["mlflow.source.git.commit"] = manifest.code
    return tags | ({"homes.order": manifest.order} if manifest.order else {})


def _facts(dataset: DatasetManifest, sha256: str) -> DatasetFacts:
    return DatasetFacts(dataset.version, sha256, dataset.source, dataset.rows, dataset.simulated)


PRODUCTION, CANDIDATE = "production", "candidate"


def follow_registry(books: Books, experiments: Experiments) -> list[str]:
    """Let the aliases name the trained versions that are in production and on trial.

    Returns each difference that was mended, as a sentence; none means that
    there was none. A version that the server does not know is logged first.
    Raises Unavailable.
    """
    wanted = _wanted(books.registry, experiments)
    named = books.tracker.aliases()
    mended = []
    for alias, version in wanted.items():
        before = named.get(alias)
        if before != version:
            mended += _point(alias, version, books)
            mended.append(f"alias {alias} named {before or 'nothing'}, now {version or 'nothing'}")
    return mended


def catch_up(books: Books, experiments: Experiments) -> list[str]:
    """Track what is untracked and bring the aliases in line; what was done, or why not.

    For callers whose own work is done and stays: what cannot be told to the
    server now is a sentence, not an error.
    """
    done: list[str] = []
    try:
        done += track_untracked(books)
    except HomesError as error:
        done.append(error.message)
    try:
        done += follow_registry(books, experiments)
    except HomesError as error:
        done.append(error.message)
    return list(dict.fromkeys(done))


def _wanted(registry: Registry, experiments: Experiments) -> dict[str, str | None]:
    """The version that each alias should name."""
    production, trial = registry.production(), experiments.open_now()
    on_trial = registry.manifest(ModelVersion.parse(trial.candidate)) if trial else None
    return {
        PRODUCTION: registry.origin(production).version if production else None,
        CANDIDATE: registry.origin(on_trial).version if on_trial else None,
    }


def _point(alias: str, version: str | None, books: Books) -> list[str]:
    """Move the alias; what had to be done before, as sentences."""
    try:
        books.tracker.point(alias, version)
    except NotFound:
        # A server that was set up anew knows nothing of versions marked as tracked.
        run_id = track(ModelVersion.parse(str(version)), books)
        books.tracker.point(alias, version)
        return [f"{version} was unknown to the server and is tracked as run {run_id}"]
    return []
