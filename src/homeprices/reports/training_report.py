"""Writes what is told about a new model: its card, pictures, trials and environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from homeprices.domain.manifest import DatasetManifest, ModelManifest
from homeprices.domain.market import Market
from homeprices.domain.model_card import (
    CARD,
    CARD_PAGE,
    ENVIRONMENT,
    TRIALS,
    EvaluationResult,
    ModelCard,
    Slice,
)
from homeprices.domain.training import TuningTrial
from homeprices.reports import card, plots
from homeprices.reports.canvas import pictures
from homeprices.reports.card import RATIOS
from homeprices.reports.holdout_predictions import HELD_OUT, held_out_file
from homeprices.reports.pictures import pictures_of
from homeprices.reports.provenance import environment
from homeprices.stores.registry import Report
from homeprices.valuation.evaluate.gate import Budget, conditions
from homeprices.valuation.evaluate.holdout import HoldoutEvaluation, evaluation_results
from homeprices.valuation.evaluate.ratios import ratios
from homeprices.valuation.predict.members import MEMBERS

_BLENDED = "The log prices of these are added by the weights below."
_OF_ALL = [
    "The range is made of how far off such homes were when their prices were not learned: wider "
    "for homes that are hard to price.",
    "Locality, area, bedrooms and bathrooms are always told, all else may be; which of its models "
    "answers depends on that.",
    "Listings of one home never stand on both sides of a split; a digest of the home says whether "
    "it is held out, so it is held out of every version.",
]
# A part that errs so much more than the whole is named among the limits.
_MUCH_WORSE = 1.4


def report_on(
    evaluation: HoldoutEvaluation,
    dataset: DatasetManifest,
    trials: Sequence[TuningTrial],
    *,
    market: Market,
    budget: Budget,
) -> Report:
    """Writes the files about the model, given its manifest; pictures are drawn at once."""
    results = evaluation_results(evaluation, market)
    parts = results[0].slices
    told = pictures_of(evaluation.four, evaluation.held_out, parts, market)
    if trials:
        told |= pictures("search", plots.search(trials))
    told[HELD_OUT] = held_out_file(evaluation.predictions, evaluation.held_out)
    told[TRIALS] = msgspec.json.encode(list(trials))
    told[ENVIRONMENT] = msgspec.json.format(msgspec.json.encode(environment()))

    def write(manifest: ModelManifest) -> dict[str, bytes]:
        made = _card(manifest, evaluation, results, dataset, len(trials), market, budget)
        return {**told, CARD: card.as_json(made), CARD_PAGE: card.as_page(made)}

    return write


def _card(  # noqa: PLR0913, PLR0917 - a card is made of everything that is known
    manifest: ModelManifest,
    evaluation: HoldoutEvaluation,
    results: list[EvaluationResult],
    dataset: DatasetManifest,
    trials: int,
    market: Market,
    budget: Budget,
) -> ModelCard:
    return ModelCard(
        version=manifest.version,
        title=market.title,
        city=market.city,
        price_unit=market.money.price_unit,
        area_unit=market.area_unit,
        recipe=manifest.recipe,
        created_at=manifest.created_at,
        dataset=dataset.version,
        dataset_source=dataset.source,
        dataset_sha256=manifest.dataset_sha256,
        simulated=dataset.simulated,
        learned_from=len(evaluation.learned_from),
        held_out=len(evaluation.held_out),
        rejected=dataset.rejected,
        parameters=manifest.parameters,
        promised_coverage_percent=100 * evaluation.four.promise,
        figures=results[0].figures,
        slices=results[0].slices,
        limits=_limits(evaluation, results[0].slices, simulated=dataset.simulated),
        digest=manifest.digest,
        files={name: digest.sha256 for name, digest in sorted(manifest.files.items())},
        code=manifest.code,
        environment=environment(),
        trials=trials,
        judgements=results,
        dataset_published_at=dataset.created_at,
        size_bytes=sum(digest.size_bytes for digest in manifest.files.values()),
        method=_method(results[0].members),
        conditions=conditions(budget),
    )


def _method(members: Mapping[str, float]) -> list[str]:
    """How a model of these members finds a price, in sentences."""
    blended = [_BLENDED] if len(members) > 1 else []
    return [*(MEMBERS[name].method for name in members), *blended, *_OF_ALL]


def _limits(evaluation: HoldoutEvaluation, parts: Sequence[Slice], *, simulated: bool) -> list[str]:
    """What a reader should not expect of the model, with figures where there are any."""
    told = ["It learned from made-up listings: it knows no real price."] if simulated else []
    told += [
        "It learned from prices that were asked, not from prices that were paid.",
        "It knows nothing of a home's age, floor, condition, view or exact position.",
    ]
    told += [
        f"{RATIOS[one.name]}: {one.value:.3f} (95 %: {one.low:.3f} to {one.high:.3f}), where "
        f"{one.least:g} to {one.most:g} is accepted."
        for one in ratios(evaluation.four)
        if one.is_off
    ]
    overall = evaluation.metrics["mdape_percent"]
    for part in parts:
        if part.mdape_percent > _MUCH_WORSE * overall:
            told.append(
                f"{part.kind}, {part.name}: it errs by {part.mdape_percent:.1f} % at the median "
                f"of {part.rows:,} homes, by {overall:.1f} % overall."
            )
        if (
            abs(part.coverage_percent - 100 * evaluation.four.promise)
            > part.coverage_margin_percent
        ):
            told.append(
                f"{part.kind}, {part.name}: its range holds {part.coverage_percent:.1f} % of "
                f"{part.rows:,} prices, {100 * evaluation.four.promise:.0f} % are promised."
            )
    return told
