"""Evaluates a fitted model on the holdout, once for each feature set it has a model for."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from homeprices.domain.errors import Corrupt, Declined, Refused
from homeprices.domain.listing import Home, Listing
from homeprices.domain.market import Market
from homeprices.domain.model_card import EvaluationResult, Slice
from homeprices.ports import Predictor
from homeprices.valuation.evaluate.gate import Budget, against_cost, against_floor, against_size
from homeprices.valuation.evaluate.metrics import figures, metrics
from homeprices.valuation.evaluate.predictions import Predictions, predict_many, predict_naive
from homeprices.valuation.evaluate.ratios import ratios
from homeprices.valuation.evaluate.slices import slices
from homeprices.valuation.features.feature_sets import FOUR, FeatureSet, only
from homeprices.valuation.predict import bundle

_COST_HOMES, _COST_ROUNDS = 200, 5


@dataclass(frozen=True, slots=True)
class HoldoutEvaluation:
    """A model as it would be served, and what it answered for the holdout, beside the naive way.

    `answers` and `cost_us`, the processor time of an estimate, are by the name of the set of
    facts that was told; the four facts are always among them.
    """

    files: Mapping[str, bytes]
    learned_from: Sequence[Listing]
    held_out: Sequence[Listing]
    sets: Sequence[FeatureSet]
    answers: Mapping[str, Predictions]
    naive: Predictions
    cost_us: Mapping[str, float]

    @property
    def four(self) -> Predictions:
        """What it answered when told the four facts that everybody gives."""
        return self.answers[FOUR.name]

    @property
    def metrics(self) -> dict[str, float]:
        """The figures with four facts."""
        return metrics(self.four)

    @property
    def naive_metrics(self) -> dict[str, float]:
        """The figures of the naive way."""
        return metrics(self.naive)


def judge(
    files: Mapping[str, bytes],
    learn: Sequence[Listing],
    held_out: Sequence[Listing],
    market: Market,
) -> HoldoutEvaluation:
    """The model in `files`, judged; raises Refused without a holdout, Declined if it is not whole.

    Loading it prices its golden homes: a model that prices them otherwise than when it was
    packed is declined.
    """
    if not held_out:
        raise Refused("no listing of this dataset is held out, so nothing can be judged")
    try:
        valuer = bundle.load(files)
    except Corrupt as error:
        raise Declined(f"the new model is not published: {error.message}; train it again") from None
    sets = list(valuer.fact_sets)
    return HoldoutEvaluation(
        files,
        learn,
        held_out,
        sets,
        {facts.name: predict_many(valuer, held_out, facts.optional) for facts in sets},
        predict_naive(learn, held_out, market),
        {facts.name: estimate_cost_us(valuer, held_out, facts.optional) for facts in sets},
    )


def judgements_of(judged: HoldoutEvaluation, market: Market) -> list[EvaluationResult]:
    """What the card tells of each set of facts, the four facts first."""
    records = bundle.parts(judged.files)
    return [
        replace(
            judgement(
                facts,
                judged.answers[facts.name],
                judged.naive,
                slices(judged.answers[facts.name], judged.held_out, judged.learned_from, market),
            ),
            members=records[facts.name].members,
            served_differs=records[facts.name].served_differs,
            estimate_us=round(judged.cost_us[facts.name], 1),
        )
        for facts in judged.sets
    ]


def judgement(
    facts: FeatureSet, answers: Predictions, naive: Predictions, parts: list[Slice]
) -> EvaluationResult:
    """The figures, parts and ratios of `answers`."""
    return EvaluationResult(
        facts.name,
        list(facts.optional),
        100 * answers.promise,
        figures(answers, naive),
        parts,
        ratios(answers),
    )


def against_judged(judged: HoldoutEvaluation, budget: Budget) -> list[str]:
    """Reasons against the model that no force overrules, for every set of facts it has."""
    reasons = against_size(judged.files, budget)
    for facts in judged.sets:
        found = against_floor(judged.answers[facts.name], judged.naive)
        found += against_cost(judged.cost_us[facts.name], budget)
        reasons += [_with_facts(facts, reason) for reason in found]
    return reasons


def _with_facts(facts: FeatureSet, reason: str) -> str:
    return reason if facts.name == FOUR.name else f"told also {told(facts)}, {reason}"


def told(facts: FeatureSet) -> str:
    """The optional facts in words: `kind and area type`; "" for four facts."""
    *most, last = [fact.replace("_", " ") for fact in facts.optional] or [""]
    return f"{', '.join(most)} and {last}" if most else last


def estimate_cost_us(
    predictor: Predictor, listings: Sequence[Listing], optional: Sequence[str] = ()
) -> float:
    """Microseconds of processor time of one estimate, given the facts of `optional` besides.

    The least of several rounds over up to 200 different homes: waiting for a busy
    machine does not count, and what it takes from the caches hardly.
    """
    homes = [only(listing.home, optional) for listing in listings[:_COST_HOMES]]
    rounds = [_round_s(predictor, homes) for _ in range(_COST_ROUNDS)]
    return min(rounds) / len(homes) * 1e6


def _round_s(predictor: Predictor, homes: Sequence[Home]) -> float:
    begun = time.process_time()
    for home in homes:
        predictor.estimate(home)
    return time.process_time() - begun
