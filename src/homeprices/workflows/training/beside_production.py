"""May a new model be tried against production? Reasons against it; force overrules them.

Both are compared by their judged forms, on homes that are held out of both their datasets, and what
was production's holdout must be there still: see `datasets.holdout_change`.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from homeprices.datasets.clean import read_published
from homeprices.datasets.holdout_change import shared, shrunk_parts
from homeprices.datasets.split import split
from homeprices.domain.errors import NotFound
from homeprices.domain.listing import Listing
from homeprices.domain.manifest import DatasetManifest, FileDigest, ModelManifest, content_digest
from homeprices.domain.versions import DatasetVersion, ModelVersion
from homeprices.valuation.evaluate.gate import FEWEST_HELD_OUT, against_production
from homeprices.valuation.evaluate.holdout import HoldoutEvaluation
from homeprices.valuation.evaluate.metrics import paired_bootstrap
from homeprices.valuation.evaluate.predictions import predict_many
from homeprices.valuation.features.feature_sets import FeatureSet
from homeprices.valuation.predict import bundle
from homeprices.valuation.train.fit import OnProgress
from homeprices.wording.speech import facts_in_words
from homeprices.workflows.context import TrainingPorts
from homeprices.workflows.training.equal_models import equal_model


def beside_production(
    evaluation: HoldoutEvaluation,
    ports: TrainingPorts,
    dataset: DatasetManifest,
    progress: OnProgress,
) -> list[str]:
    """Why the model should not be tried; none where there is no production."""
    production = ports.registry.production()
    if production is None:
        return []
    if dataset.simulated and not production.simulated:
        return [f"it learned from made-up listings, {production.version} from real ones"]
    before = _held_out_before(production, dataset, ports)
    rows = _compared(evaluation, before, production, progress)
    shrunk = shrunk_parts(evaluation.held_out, before, ports.market) if before else []
    return [*_against(evaluation, rows, production, ports, progress), *shrunk]


def equal_to_known(files: Mapping[str, bytes], ports: TrainingPorts) -> list[str]:
    """Why a model of `files`, those of both forms, should not be tried: it is one that is known."""
    digests = {name: FileDigest.from_content(content) for name, content in files.items()}
    digest = content_digest(digests)
    equal = equal_model(ports, lambda manifest: manifest.digest == digest)
    return [] if equal is None else [f"it is equal to {equal}"]


def with_facts(feature_set: FeatureSet, reasons: Sequence[str]) -> list[str]:
    """The reasons, saying what the model was told where that is more than four facts."""
    told = f", told {facts_in_words(feature_set.optional)}" if feature_set.optional else ""
    return [f"{reason}{told}" for reason in reasons]


def _held_out_before(
    production: ModelManifest, dataset: DatasetManifest, ports: TrainingPorts
) -> Sequence[Listing]:
    """The holdout of production's dataset; none where it is the same, of other homes, or gone."""
    if production.dataset == dataset.version or production.simulated != dataset.simulated:
        return ()
    version = DatasetVersion.parse(production.dataset)
    try:
        content = ports.datasets.read(version)
    except NotFound:
        return ()
    return split(read_published(content, ports.market))[1]


def _compared(
    evaluation: HoldoutEvaluation,
    before: Sequence[Listing],
    production: ModelManifest,
    progress: OnProgress,
) -> list[int]:
    """Positions in the holdout of the homes that models are compared on."""
    held_out = evaluation.held_out
    everything = list(range(len(held_out)))
    if not before:
        return everything
    rows = shared(held_out, before)
    words = (
        f"{len(held_out):,} listings are held out; of the {len(before):,} that were held out of "
        f"{production.dataset}, from which {production.version} learned, {len(rows):,} are there"
    )
    if len(rows) < FEWEST_HELD_OUT:
        progress(f"{words}, too few to compare on: all are compared on")
        return everything
    progress(f"{words}, and are compared on")
    return rows


def _against(
    evaluation: HoldoutEvaluation,
    rows: Sequence[int],
    production: ModelManifest,
    ports: TrainingPorts,
    progress: OnProgress,
) -> list[str]:
    """The reasons of a comparison on the same homes, for each set of facts the model has.

    Neither judged form has seen a home of the holdout, whatever dataset it learned from.
    """
    version = ModelVersion.parse(production.version)
    standing_form, reasons = bundle.load(ports.registry.judged_files(version)), []
    homes, positions = [evaluation.held_out[row] for row in rows], np.asarray(rows)
    for feature_set in evaluation.feature_sets:
        candidate = evaluation.predictions[feature_set.name].take(positions)
        standing = predict_many(standing_form, homes, feature_set.optional)
        low, high = paired_bootstrap(candidate, standing)
        progress(
            f"{feature_set.name}: beside {version} on the same {len(homes):,} homes: "
            f"mean absolute log error {low:+.4f} to {high:+.4f} (95 %)"
        )
        against = against_production(candidate, standing, len(evaluation.feature_sets))
        reasons += with_facts(feature_set, against)
    return reasons
