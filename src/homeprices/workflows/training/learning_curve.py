"""How good a recipe is when it learns from a part of the listings: what more would bring."""

from __future__ import annotations

from collections.abc import Sequence

from homeprices.datasets.split import folds_of, split
from homeprices.domain.errors import Refused
from homeprices.domain.listing import Listing
from homeprices.domain.market import Market
from homeprices.domain.model_card import LearningPoint
from homeprices.valuation.evaluate.metrics import figures
from homeprices.valuation.evaluate.predictions import predict_many, predict_naive
from homeprices.valuation.predict import bundle
from homeprices.valuation.train.fit import FitConfig, OnProgress, fit

_EIGHTHS = (1, 2, 4, 8)
_SALT = "learning curve"


def learning_curve(
    recipe: str, listings: Sequence[Listing], market: Market, progress: OnProgress = lambda _: None
) -> list[LearningPoint]:
    """`recipe` fitted on an eighth, a quarter, half and all of what may be learned from.

    Each part contains the smaller ones, and each model is judged on the same held-out homes.
    Raises Refused where there are none, or too few to learn from.
    """
    learn, holdout = split(listings)
    if not holdout:
        raise Refused(f"none of {len(listings)} listings is held out, so nothing can be judged")
    eighth = folds_of(learn, _EIGHTHS[-1], _SALT)
    points = []
    for eighths in _EIGHTHS:
        part = [listing for listing, fold in zip(learn, eighth, strict=True) if fold < eighths]
        progress(f"{recipe} on {len(part):,} listings")
        predictor = bundle.load(fit(FitConfig(recipe, {}), part, market, lambda _: None))
        naive = predict_naive(part, holdout, market)
        points += [
            LearningPoint(
                feature_set.name,
                len(part),
                len(holdout),
                figures(predict_many(predictor, holdout, feature_set.optional), naive),
            )
            for feature_set in predictor.feature_sets
        ]
    return points
