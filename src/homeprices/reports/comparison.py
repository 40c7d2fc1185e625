"""Two versions side by side, from what was kept when they were trained; no model is loaded."""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from homeprices.domain.comparison import (
    Comparison,
    Differing,
    FeatureSetComparison,
    HoldoutPredictions,
    SlicePair,
)
from homeprices.domain.errors import NotFound, Refused
from homeprices.domain.model_card import CARD, EvaluationResult, ModelCard, Slice
from homeprices.domain.versions import ModelVersion
from homeprices.reports.card import in_words, read_card
from homeprices.reports.judged_estimates import judged_estimates_of
from homeprices.reports.pages import page
from homeprices.stores.registry import Registry
from homeprices.valuation.arrays import Floats
from homeprices.valuation.evaluate.metrics import paired_changes
from homeprices.valuation.evaluate.predictions import Predictions
from homeprices.valuation.evaluate.slices import by_area, by_price
from homeprices.wording.speech import facts_in_words

FEWEST_HOMES = 30


def predictions_for(
    kept: HoldoutPredictions, feature_set: str, homes: Sequence[str], promise: float
) -> Predictions:
    """The predictions for `homes`, in their order, by the model of one feature set."""
    at = {home: row for row, home in enumerate(kept.homes)}
    rows = [at[home] for home in homes]
    prices = kept.answers[feature_set]
    columns = (kept.actual, prices.estimate, prices.low, prices.high)
    actual, estimate, low, high = (np.array(column)[rows] for column in columns)
    return Predictions(actual, estimate, low, high, promise)


def card_of(version: ModelVersion, registry: Registry) -> ModelCard:
    """The card of `version`, or of the version that it is a copy of; raises NotFound."""
    content = registry.report_file(registry.manifest(version), CARD)
    if content is None:
        raise NotFound(f"{version} has no card")
    return read_card(content)


def compare(first: ModelVersion, second: ModelVersion, registry: Registry) -> Comparison:
    """`second` beside `first`, by their judged forms on the homes that were held out from both.

    Raises NotFound for a version that is not there or kept no answers, Refused where the
    holdouts share too few homes.
    """
    cards = card_of(first, registry), card_of(second, registry)
    kept = (
        judged_estimates_of(registry.manifest(first), registry),
        judged_estimates_of(registry.manifest(second), registry),
    )
    shared = set(kept[1].homes)
    homes = [home for home in kept[0].homes if home in shared]
    if len(homes) < FEWEST_HOMES:
        raise Refused(
            f"{first} and {second} were judged on {len(homes)} of the same homes, {FEWEST_HOMES} "
            "are needed: they learned from different listings"
        )
    return Comparison(
        first=str(first),
        second=str(second),
        title=cards[0].title,
        price_unit=cards[0].price_unit,
        simulated=cards[0].simulated or cards[1].simulated,
        homes=len(homes),
        sets=list(_sets(cards, kept, homes)),
        made=_differences(*cards),
    )


def _areas(kept: Sequence[HoldoutPredictions], homes: Sequence[str]) -> Floats | None:
    """The areas of `homes`; None where neither version kept them."""
    for holdout in kept:
        if holdout.areas is not None:
            area_of = dict(zip(holdout.homes, holdout.areas, strict=True))
            return np.array([area_of[home] for home in homes])
    return None


def _sets(
    cards: tuple[ModelCard, ModelCard],
    kept: tuple[HoldoutPredictions, HoldoutPredictions],
    homes: Sequence[str],
) -> Iterator[FeatureSetComparison]:
    """The feature sets that both have a model for."""
    areas = _areas(kept, homes)
    of_second = {result.facts: result for result in cards[1].every_result}
    for result in cards[0].every_result:
        if result.facts in of_second:
            pair = result, of_second[result.facts]
            predictions = [
                predictions_for(
                    holdout, result.facts, homes, of_card.promised_coverage_percent / 100
                )
                for holdout, of_card in zip(kept, pair, strict=True)
            ]
            changes = paired_changes(*predictions)
            bands = [
                SlicePair(ours.kind, ours.name, ours, theirs)
                for ours, theirs in zip(*_bands(predictions, areas, cards[0]), strict=True)
            ]
            parts = [*bands, *_parts(*pair)]
            yield FeatureSetComparison(result.facts, result.optional, changes, parts)


def _bands(
    both: Sequence[Predictions], areas: Floats | None, card: ModelCard
) -> Iterator[list[Slice]]:
    """Those of each of `both`, by price and by area, the same homes in a band of either.

    A price lies between the two estimates: no model is judged by bands of its own.
    """
    prices = np.sqrt(both[0].estimate * both[1].estimate)
    for predictions in both:
        of_area = [] if areas is None else by_area(areas, predictions, card.area_unit)
        yield [*by_price(prices, predictions, card.price_unit), *of_area]


def _parts(first: EvaluationResult, second: EvaluationResult) -> list[SlicePair]:
    """The parts that both cards have; the bands of a card are of its own estimates and homes."""
    of_second = {(part.kind, part.name): part for part in second.slices}
    return [
        SlicePair(part.kind, part.name, part, of_second[part.kind, part.name])
        for part in first.slices
        if (part.kind, part.name) in of_second and not part.is_band
    ]


def _differences(first: ModelCard, second: ModelCard) -> list[Differing]:
    """What differs in how they were made."""
    before, after = _facts(first), _facts(second)
    names = dict.fromkeys([*before, *after])
    pairs = [(name, before.get(name, "none"), after.get(name, "none")) for name in names]
    return [Differing(name, *values) for name, *values in pairs if values[0] != values[1]]


def _facts(card: ModelCard) -> dict[str, str]:
    costs = {result.facts: result.estimate_us for result in card.every_result}
    return {
        "recipe": card.recipe,
        **{f"parameter {name}": f"{value:g}" for name, value in card.parameters.items()},
        "dataset": f"{card.dataset}, {card.dataset_source}",
        "judged form learned from": f"{card.learned_from:,}",
        "published form learned from": f"{card.published_learned_from or card.learned_from:,}",
        "promised coverage": f"{card.promised_coverage_percent:g} %",
        **{f"estimate, told {facts}": f"{us:.0f} µs" for facts, us in costs.items() if us},
        "size": f"{(card.size_bytes or 0) / 1e6:.1f} MB",
        "code": card.code,
        **card.environment,
    }


def as_json(comparison: Comparison) -> bytes:
    """The comparison, each figure with its verdict left to the reader of `low` and `high`."""
    return msgspec.json.format(msgspec.json.encode(comparison), indent=2)


def as_page(comparison: Comparison) -> bytes:
    """The comparison as one page."""
    sets = [(pair, facts_in_words(pair.optional)) for pair in comparison.sets]
    words = in_words(comparison.price_unit)
    return page("comparison.html", {"comparison": comparison, "sets": sets, "words": words})
