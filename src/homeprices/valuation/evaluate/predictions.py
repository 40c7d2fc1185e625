"""What a model answers for listings it has not seen. Every row counts, whatever its price."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from homeprices.domain.listing import Listing
from homeprices.domain.locality import locality_key
from homeprices.domain.market import Market
from homeprices.ports import Predictor
from homeprices.valuation.arrays import Floats, Integers
from homeprices.valuation.predict.intervals import COVERAGE, NEAR

Rows = TypeVar("Rows", Floats, npt.NDArray[np.str_])


@dataclass(frozen=True, slots=True)
class Predictions:
    """Actual and estimated prices of the same homes, and the ranges where there are any.

    `promise` is the share of homes that the ranges are said to hold, `chance` what was said to be
    the chance of each price to be within 20 % of its estimate, `certainty` the word for that.
    """

    actual: Floats
    estimate: Floats
    low: Floats | None = None
    high: Floats | None = None
    promise: float = COVERAGE
    chance: Floats | None = None
    certainty: npt.NDArray[np.str_] | None = None

    def joined_with(self, other: Predictions) -> Predictions:
        """These and the others, in one."""
        return Predictions(
            np.concatenate([self.actual, other.actual]),
            np.concatenate([self.estimate, other.estimate]),
            _joined(self.low, other.low),
            _joined(self.high, other.high),
            self.promise,
            _joined(self.chance, other.chance),
            _joined(self.certainty, other.certainty),
        )

    def take(self, rows: Integers) -> Predictions:
        """The predictions at these positions."""
        return Predictions(
            self.actual[rows],
            self.estimate[rows],
            None if self.low is None else self.low[rows],
            None if self.high is None else self.high[rows],
            self.promise,
            None if self.chance is None else self.chance[rows],
            None if self.certainty is None else self.certainty[rows],
        )

    @property
    def near(self) -> Floats:
        """1 where the price is within 20 % of the estimate, else 0."""
        near: Floats = (np.abs(self.actual / self.estimate - 1) <= NEAR).astype(np.float64)
        return near

    @property
    def log_error(self) -> Floats:
        """Log estimate minus log actual price."""
        error: Floats = np.log(self.estimate) - np.log(self.actual)
        return error


def predict_many(
    predictor: Predictor, listings: Sequence[Listing], optional: Sequence[str] = ()
) -> Predictions:
    """What `predictor` answers for `listings`, given four facts of each and those of `optional`."""
    estimates = [predictor.estimate(listing.home.with_only(optional)) for listing in listings]
    return Predictions(
        _prices(listings),
        np.array([estimate.price for estimate in estimates]),
        np.array([estimate.low for estimate in estimates]),
        np.array([estimate.high for estimate in estimates]),
        estimates[0].coverage if estimates else COVERAGE,
        np.array([estimate.chance_within_20_percent for estimate in estimates]),
        np.array([str(estimate.certainty) for estimate in estimates]),
    )


def predict_naive(
    learned_from: Sequence[Listing], listings: Sequence[Listing], market: Market
) -> Predictions:
    """What the median price per area of the locality, else of the city, answers."""
    median = locality_rates(learned_from, market)
    city = float(np.median([listing.price / listing.home.area for listing in learned_from]))
    rates = [median.get(locality_key(row.home.locality, market), city) for row in listings]
    areas = (listing.home.area for listing in listings)
    estimates = [area * rate for area, rate in zip(areas, rates, strict=True)]
    return Predictions(_prices(listings), np.array(estimates))


def locality_rates(listings: Sequence[Listing], market: Market) -> dict[str, float]:
    """The median price per area of each locality, by its key."""
    rates: dict[str, list[float]] = defaultdict(list)
    for listing in listings:
        rates[locality_key(listing.home.locality, market)].append(listing.price / listing.home.area)
    return {key: float(np.median(values)) for key, values in rates.items()}


def _joined(first: Rows | None, second: Rows | None) -> Rows | None:
    return None if first is None or second is None else np.concatenate([first, second])


def _prices(listings: Sequence[Listing]) -> Floats:
    return np.array([listing.price for listing in listings])
