"""Does the form that is published agree with the judged one, and what does it weigh and cost?

The published form has learned from the holdout too, so no figure of it there is one of quality.
What can be asked there is whether it differs from the judged form as one does that has seen more.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from homeprices.domain.errors import Corrupt, Declined
from homeprices.domain.model_card import Agreement
from homeprices.valuation.evaluate.holdout import HoldoutEvaluation, estimate_cost_us
from homeprices.valuation.evaluate.predictions import Predictions, predict_many
from homeprices.valuation.predict import bundle


@dataclass(frozen=True, slots=True)
class PublishedForm:
    """A model as it will be served, learned from `learned_from` listings: all there are.

    `agreement` with the judged form and `cost_us`, the processor time of an estimate, are by the
    name of the feature set.
    """

    files: Mapping[str, bytes]
    learned_from: int
    agreement: Mapping[str, Agreement]
    cost_us: Mapping[str, float]


def examine(files: Mapping[str, bytes], evaluation: HoldoutEvaluation) -> PublishedForm:
    """The published form in `files`, beside the judged one; raises Declined if it is not whole."""
    try:
        predictor = bundle.load(files)
    except Corrupt as error:
        raise Declined(f"the new model is not published: {error.message}; train it again") from None
    held_out, agreements, costs = evaluation.held_out, {}, {}
    for feature_set in evaluation.feature_sets:
        name, optional = feature_set.name, feature_set.optional
        published = predict_many(predictor, held_out, optional)
        agreements[name] = agreement(evaluation.predictions[name], published)
        costs[name] = estimate_cost_us(predictor, held_out, optional)
    rows = len(evaluation.learned_from) + len(held_out)
    return PublishedForm(files, rows, agreements, costs)


def agreement(judged_form: Predictions, published_form: Predictions) -> Agreement:
    """How far two forms of a model lie apart on the same homes, and how much of it is explained.

    Who has seen a price moves some share of the way to it: the share is fitted by least squares,
    and what is left over is not explained by having seen the homes.
    """
    moved = np.log(published_form.estimate) - np.log(judged_form.estimate)
    missed = -judged_form.log_error
    squares = float(missed @ missed)
    share = float(moved @ missed) / squares if squares else 0.0
    left_over = moved - share * missed
    return Agreement(
        judged_error=round(float(np.mean(np.abs(missed))), 4),
        published_error=round(float(np.mean(np.abs(published_form.log_error))), 4),
        difference=round(float(np.mean(np.abs(moved))), 4),
        unexplained=round(float(np.mean(np.abs(left_over))), 4),
        lean=round(float(np.mean(left_over)), 4),
    )
