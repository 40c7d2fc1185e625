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
    predictions: Predictions, listings: Sequence[Listing], parts: Sequence[Slice], market: Market
) -> dict[str, bytes]:
    """Error, promise and parts as PNG and SVG files by name; `predictions` are for `listings`."""
    error = 100 * np.abs(predictions.estimate / predictions.actual - 1)
    keys = [locality_key(listing.home.locality, market) for listing in listings]
    names = {key: listing.home.locality for key, listing in zip(keys, listings, strict=True)}
    unit = market.money.price_unit
    return {
        **pictures("residuals", plots.residuals(predictions.actual, predictions.estimate, unit)),
        **pictures("calibration", plots.calibration(parts, 100 * predictions.promise)),
        **pictures("error_by_part", plots.error_by_part(parts, float(np.median(error)))),
        **pictures(
            "error_by_locality", plots.error_by_locality([names[key] for key in keys], error)
        ),
    }
