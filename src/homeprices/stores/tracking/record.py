"""What the tracking server keeps of one training, read back from the object store."""

from __future__ import annotations

import msgspec

from homeprices.domain.manifest import ModelManifest
from homeprices.domain.market import Market
from homeprices.domain.model_card import CARD, CARD_PAGE, TRIALS, ModelCard
from homeprices.domain.training import DatasetFacts, TrainingRecord, TuningTrial
from homeprices.domain.versions import DatasetVersion, ModelVersion
from homeprices.stores.datasets import DatasetStore
from homeprices.stores.registry import Registry


def training_record(
    manifest: ModelManifest, registry: Registry, datasets: DatasetStore, market: Market
) -> TrainingRecord:
    """All that is kept of the training of `manifest`; raises NotFound, Corrupt."""
    version = ModelVersion.parse(manifest.version)
    report = registry.report(version)
    dataset = datasets.manifest(DatasetVersion.parse(manifest.dataset))
    unit = market.money.price_unit
    trials = msgspec.json.decode(report.get(TRIALS, b"[]"), type=list[TuningTrial])
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
        tags=_tags(manifest, market),
        dataset=DatasetFacts(
            dataset.version,
            manifest.dataset_sha256,
            dataset.source,
            dataset.rows,
            dataset.simulated,
        ),
        home_facts=market.facts,
        files=registry.files(version),
        report=report,
        trials=trials,
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
    figures: dict[str, float] = {}
    for part in card.slices:
        group = f"{part.kind} {part.name}".replace(",", "").replace("+", " and more")
        figures[f"{group}/rows"] = part.rows
        figures[f"{group}/mdape_percent"] = part.mdape_percent
        figures[f"{group}/coverage_percent"] = part.coverage_percent
    return figures


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
            f"{made_up} Its card is report/{CARD_PAGE}."
        ),
        **{f"homes.library.{name}": version for name, version in manifest.libraries.items()},
    }
    if not manifest.code.startswith("source-"):
        tags["mlflow.source.git.commit"] = manifest.code
    return tags | ({"homes.order": manifest.order} if manifest.order else {})
