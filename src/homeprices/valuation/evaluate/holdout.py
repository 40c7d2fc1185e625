"""Evaluates the judged form of a model on the holdout, once for each of its feature sets."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from homeprices.domain.errors import Corrupt, Declined, Refused
from homeprices.domain.listing import Home, Listing
from homeprices.domain.market import Market
from homeprices.domain.model_card import EvaluationResult, Slice
from homeprices.ports import Predictor
from homeprices.valuation.evaluate.gate import against_floor
from homeprices.valuation.evaluate.metrics import figures, metrics
from homeprices.valuation.evaluate.predictions import Predictions, predict_many, predict_naive
from homeprices.valuation.evaluate.ratios import ratios
from homeprices.valuation.evaluate.slices import slices
from homeprices.valuation.features.feature_sets import FOUR, FeatureSet
from homeprices.valuation.predict import bundle

_COST_HOMES, _COST_ROUNDS = 200, 5


@dataclass(frozen=True, slots=True)
class HoldoutEvaluation:
    """The judged form of a model, and what it predicted for the holdout, beside the naive way.

    `predictions` are by the name of the feature set whose facts were given; the four facts are
    always among them. So are `member_errors`: the mean absolute log error of each part of a blend
    alone, none for a model of one part.
    """

    files: Mapping[str, bytes]
    learned_from: Sequence[Listing]
    held_out: Sequence[Listing]
    feature_sets: Sequence[FeatureSet]
    predictions: Mapping[str, Predictions]
    naive: Predictions
    member_errors: Mapping[str, Mapping[str, float]]

    @property
    def four(self) -> Predictions:
        """What it predicted from the four facts that everybody gives."""
        return self.predictions[FOUR.name]

    @property
    def metrics(self) -> dict[str, float]:
        """The figures with four facts."""
        return metrics(self.four)

    @property
    def naive_metrics(self) -> dict[str, float]:
        """The figures of the naive way."""
        return metrics(self.naive)


def evaluate_holdout(
    files: Mapping[str, bytes],
    learn: Sequence[Listing],
    held_out: Sequence[Listing],
    market: Market,
) -> HoldoutEvaluation:
    """How good the model in `files` is; raises Refused without a holdout.

    Raises Declined for a model that is not whole. Loading it prices its golden homes: a model
    that prices them otherwise than when it was packed is declined.
    """
    if not held_out:
        raise Refused("no listing of this dataset is held out, so nothing can be judged")
    try:
        predictor = bundle.load(files)
    except Corrupt as error:
        raise Declined(f"the new model is not published: {error.message}; train it again") from None
    sets = list(predictor.feature_sets)
    return HoldoutEvaluation(
        files,
        learn,
        held_out,
        sets,
        {s.name: predict_many(predictor, held_out, s.optional) for s in sets},
        predict_naive(learn, held_out, market),
        {s.name: member_errors(files, held_out, s) for s in sets},
    )


def member_errors(
    files: Mapping[str, bytes], held_out: Sequence[Listing], feature_set: FeatureSet
) -> dict[str, float]:
    """What each part of a blend errs alone, given the facts of a set; {} for a model of one."""
    names = bundle.records(files)[feature_set.name].members
    if len(names) < 2:
        return {}
    alone = {name: bundle.load_member(files, name) for name in names}
    return {
        name: metrics(predict_many(predictor, held_out, feature_set.optional))["mean_abs_log_error"]
        for name, predictor in alone.items()
    }


def evaluation_results(evaluation: HoldoutEvaluation, market: Market) -> list[EvaluationResult]:
    """What the card tells of the judged form by feature set, the four facts first."""
    records = bundle.records(evaluation.files)
    return [
        replace(
            evaluation_result(
                feature_set,
                predictions := evaluation.predictions[feature_set.name],
                evaluation.naive,
                slices(predictions, evaluation.held_out, evaluation.learned_from, market),
            ),
            members=records[feature_set.name].members,
            member_errors=dict(evaluation.member_errors[feature_set.name]),
        )
        for feature_set in evaluation.feature_sets
    ]


def evaluation_result(
    feature_set: FeatureSet, predictions: Predictions, naive: Predictions, parts: list[Slice]
) -> EvaluationResult:
    """The figures, parts and ratios of `predictions`."""
    return EvaluationResult(
        feature_set.name,
        list(feature_set.optional),
        100 * predictions.promise,
        figures(predictions, naive),
        parts,
        ratios(predictions),
    )


def against_evaluation(evaluation: HoldoutEvaluation, feature_set: FeatureSet) -> list[str]:
    """Reasons against the model of a feature set that no force overrules."""
    return against_floor(evaluation.predictions[feature_set.name], evaluation.naive)


def estimate_cost_us(
    predictor: Predictor, listings: Sequence[Listing], optional: Sequence[str] = ()
) -> float:
    """Microseconds of processor time of one estimate, given the facts of `optional` besides.

    The least of several rounds over up to 200 different homes: waiting for a busy
    machine does not count, and what it takes from the caches hardly.
    """
    homes = [listing.home.with_only(optional) for listing in listings[:_COST_HOMES]]
    rounds = [_round_s(predictor, homes) for _ in range(_COST_ROUNDS)]
    return min(rounds) / len(homes) * 1e6


def _round_s(predictor: Predictor, homes: Sequence[Home]) -> float:
    begun = time.process_time()
    for home in homes:
        predictor.estimate(home)
    return time.process_time() - begun
