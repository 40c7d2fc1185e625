"""The pictures of what a model answered for some homes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from homeprices.domain.listing import Listing
from homeprices.domain.locality import locality_key
from homeprices.domain.market import Market
from homeprices.domain.model_card import Slice
from homeprices.reports import plots
from homeprices.reports.canvas import pictures
from homeprices.valuation.evaluate.predictions import Predictions


def pictures_of(
    answers: Predictions, listings: Sequence[Listing], parts: Sequence[Slice], market: Market
) -> dict[str, bytes]:
    """Error, promise and parts as PNG and SVG files by name; `answers` are for `listings`."""
    error = 100 * np.abs(answers.estimate / answers.actual - 1)
    keys = [locality_key(one.home.locality, market) for one in listings]
    names = {key: one.home.locality for key, one in zip(keys, listings, strict=True)}
    unit = market.money.price_unit
    return {
        **pictures("residuals", plots.residuals(answers.actual, answers.estimate, unit)),
        **pictures("calibration", plots.calibration(parts, 100 * answers.promise)),
        **pictures("error_by_part", plots.error_by_part(parts, float(np.median(error)))),
        **pictures(
            "error_by_locality", plots.error_by_locality([names[key] for key in keys], error)
        ),
    }
