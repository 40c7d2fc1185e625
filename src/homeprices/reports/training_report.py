"""Writes the files about a new model: its card, pictures, trials and environment."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

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
from homeprices.reports.judged_estimates import JUDGED_ESTIMATES, judged_estimates
from homeprices.reports.plots import pictures_of
from homeprices.reports.provenance import environment
from homeprices.stores.registry import Report
from homeprices.valuation.evaluate.gate import Budget, conditions
from homeprices.valuation.evaluate.holdout import HoldoutEvaluation, evaluation_results
from homeprices.valuation.evaluate.published_form import PublishedForm
from homeprices.valuation.evaluate.ratios import ratios
from homeprices.valuation.predict import bundle
from homeprices.valuation.predict.members import MEMBERS

_BLENDED = "The log prices of these are added by the weights below."
_OF_ALL = [
    "The range is made of how far off such homes were when their prices were not learned: wider "
    "for homes that are hard to price.",
    "Locality, area, bedrooms and bathrooms are always told, all else may be; which of its models "
    "answers depends on that.",
    "Listings of one home never stand on both sides of a split; a digest of the home says whether "
    "it is held out, so it is held out of the judged form of every version. What was judged is "
    "then fitted again on every listing, and published: same recipe, same parameters, ranges "
    "calibrated again by the same means.",
]
# A part that errs so much more than the whole is named among the limits.
_MUCH_WORSE = 1.4


def report_on(  # noqa: PLR0913 - it is made of everything that was looked at
    evaluation: HoldoutEvaluation,
    published: PublishedForm,
    dataset: DatasetManifest,
    trials: Sequence[TuningTrial],
    *,
    market: Market,
    budget: Budget,
) -> Report:
    """Writes the files about the model, given its manifest; pictures are drawn at once."""
    results = _with_published(evaluation_results(evaluation, market), published)
    parts = results[0].slices
    files = pictures_of(evaluation.four, evaluation.held_out, parts, market)
    if trials:
        files |= pictures("search", plots.search(trials))
    files[JUDGED_ESTIMATES] = judged_estimates(evaluation.predictions, evaluation.held_out)
    files[TRIALS] = msgspec.json.encode(list(trials))
    files[ENVIRONMENT] = msgspec.json.format(msgspec.json.encode(environment()))

    def write(manifest: ModelManifest) -> dict[str, bytes]:
        model_card = replace(
            _card(manifest, evaluation, results, dataset, len(trials), market, budget),
            published_learned_from=published.learned_from,
        )
        return {**files, CARD: card.as_json(model_card), CARD_PAGE: card.as_page(model_card, files)}

    return write


def _with_published(
    results: Sequence[EvaluationResult], published: PublishedForm
) -> list[EvaluationResult]:
    """The results, with what was looked at in the published form: its cost, and its agreement."""
    records = bundle.records(published.files)
    return [
        replace(
            result,
            served_differs=records[result.facts].served_differs,
            estimate_us=round(published.cost_us[result.facts], 1),
            agreement=published.agreement[result.facts],
        )
        for result in results
    ]


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
        limits=_limits(evaluation, results[0].slices, dataset),
        digest=manifest.digest,
        files={name: digest.sha256 for name, digest in sorted(manifest.published_files.items())},
        code=manifest.code,
        environment=environment(),
        trials=trials,
        judgements=results,
        dataset_published_at=dataset.created_at,
        size_bytes=sum(digest.size_bytes for digest in manifest.published_files.values()),
        method=_method(results[0].members),
        conditions=conditions(budget),
    )


def _method(members: Mapping[str, float]) -> list[str]:
    """How a model of these members finds a price, in sentences."""
    blended = [_BLENDED] if len(members) > 1 else []
    return [*(MEMBERS[name].method for name in members), *blended, *_OF_ALL]


def _limits(
    evaluation: HoldoutEvaluation, parts: Sequence[Slice], dataset: DatasetManifest
) -> list[str]:
    """What a reader should not expect of the model, with figures where there are any."""
    limits = []
    if dataset.simulated:
        limits.append("It learned from made-up listings: it knows no real price.")
    if dataset.rejects_accepted:
        limits.append(
            f"It learned from what could be read of {dataset.source}: "
            f"{'; '.join(dataset.losses)}. Published all the same: {dataset.rejects_accepted}"
        )
    limits += [
        "It learned from prices that were asked, not from prices that were paid.",
        "It knows nothing of a home's age, floor, condition, view or exact position.",
    ]
    limits += [
        f"{RATIOS[ratio.name]}: {ratio.value:.3f} (95 %: {ratio.low:.3f} to {ratio.high:.3f}), "
        f"where {ratio.least:g} to {ratio.most:g} is accepted."
        for ratio in ratios(evaluation.four)
        if ratio.is_off
    ]
    return limits + _limits_of_parts(evaluation, parts)


def _limits_of_parts(evaluation: HoldoutEvaluation, parts: Sequence[Slice]) -> list[str]:
    """Where it errs by much more than overall, or its range holds another share than promised."""
    limits = []
    overall = evaluation.metrics["mdape_percent"]
    for part in parts:
        if part.mdape_percent > _MUCH_WORSE * overall:
            limits.append(
                f"{part.kind}, {part.name}: it errs by {part.mdape_percent:.1f} % at the median "
                f"of {part.rows:,} homes, by {overall:.1f} % overall."
            )
        if (
            abs(part.coverage_percent - 100 * evaluation.four.promise)
            > part.coverage_margin_percent
        ):
            limits.append(
                f"{part.kind}, {part.name}: its range holds {part.coverage_percent:.1f} % of "
                f"{part.rows:,} prices, {100 * evaluation.four.promise:.0f} % are promised."
            )
    return limits
