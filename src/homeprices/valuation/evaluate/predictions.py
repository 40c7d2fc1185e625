"""How good a model is on listings it has not seen. Every row counts, whatever its price."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from homeprices.domain.listing import Home, Listing
from homeprices.domain.locality import locality_key
from homeprices.domain.market import Market
from homeprices.ports import Predictor
from homeprices.valuation.predict.intervals import COVERAGE

_RESAMPLES, _SEED = 2000, 1
Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Predictions:
    """Actual and estimated prices of the same homes, and the ranges where there are any.

    `promise` is the share of homes that the ranges are said to hold.
    """

    actual: Floats
    estimate: Floats
    low: Floats | None = None
    high: Floats | None = None
    promise: float = COVERAGE

    def and_then(self, other: Predictions) -> Predictions:
        """These and the others, in one."""
        return Predictions(
            np.concatenate([self.actual, other.actual]),
            np.concatenate([self.estimate, other.estimate]),
            _joined(self.low, other.low),
            _joined(self.high, other.high),
            self.promise,
        )

    def take(self, rows: Positions) -> Predictions:
        """The answers at these positions."""
        return Predictions(
            self.actual[rows],
            self.estimate[rows],
            None if self.low is None else self.low[rows],
            None if self.high is None else self.high[rows],
            self.promise,
        )

    @property
    def log_error(self) -> Floats:
        """Log estimate minus log actual price."""
        error: Floats = np.log(self.estimate) - np.log(self.actual)
        return error


def predict_many(
    valuer: Predictor, listings: Sequence[Listing], optional: Sequence[str] = ()
) -> Predictions:
    """What `valuer` answers for `listings` when told the four facts, and those of `optional`."""
    estimates = [valuer.estimate(listing.home.with_only(optional)) for listing in listings]
    return Predictions(
        _prices(listings),
        np.array([e.price for e in estimates]),
        np.array([e.low for e in estimates]),
        np.array([e.high for e in estimates]),
        estimates[0].coverage if estimates else COVERAGE,
    )


def predict_naive(
    learned_from: Sequence[Listing], listings: Sequence[Listing], market: Market
) -> Predictions:
    """What the median price per area of the locality, else of the city, answers."""
    price = _naive(learned_from, market)
    return Predictions(_prices(listings), np.array([price(listing.home) for listing in listings]))


def metrics(answers: Predictions) -> dict[str, float]:
    """Figures by name, unit in the name: percent, prices in the market's unit, logs unnamed."""
    error = answers.log_error
    relative = np.abs(answers.estimate / answers.actual - 1)
    found = {
        "rows": float(len(error)),
        "mdape_percent": 100 * float(np.median(relative)),
        "within_10_percent": 100 * float(np.mean(relative <= 0.1)),
        "within_20_percent": 100 * float(np.mean(relative <= 0.2)),
        "mae_price": float(np.mean(np.abs(answers.estimate - answers.actual))),
        "r2": _r2(answers.actual, answers.estimate),
        "r2_log": _r2(np.log(answers.actual), np.log(answers.estimate)),
        "male": float(np.mean(np.abs(error))),
    }
    if answers.low is not None and answers.high is not None:
        inside = (answers.low <= answers.actual) & (answers.actual <= answers.high)
        width = (answers.high - answers.low) / answers.estimate
        found["coverage_percent"] = 100 * float(np.mean(inside))
        found["median_width_percent"] = 100 * float(np.median(width))
    return {name: round(value, 4) for name, value in found.items()}


def paired_bootstrap(
    candidate: Predictions, production: Predictions, share: float = 0.95
) -> tuple[float, float]:
    """The interval, of 95 % or another `share`, of how much more the candidate errs: log error.

    A paired bootstrap over the same homes: an interval above zero means worse
    beyond chance (Efron and Tibshirani, An Introduction to the Bootstrap, 1993).
    """
    difference = np.abs(candidate.log_error) - np.abs(production.log_error)
    rows = len(difference)
    draws = np.random.default_rng(_SEED).integers(rows, size=(_RESAMPLES, rows))
    tails = [(1 - share) / 2, (1 + share) / 2]
    low, high = np.quantile(difference[draws].mean(axis=1), tails)
    return float(low), float(high)


def _joined(first: Floats | None, second: Floats | None) -> Floats | None:
    return None if first is None or second is None else np.concatenate([first, second])


def _prices(listings: Sequence[Listing]) -> Floats:
    return np.array([listing.price for listing in listings])


def _r2(actual: Floats, estimate: Floats) -> float:
    """The share of variance explained; 0 where there is no variance."""
    spread = float(np.sum((actual - actual.mean()) ** 2))
    return 1 - float(np.sum((actual - estimate) ** 2)) / spread if spread else 0.0


def _naive(listings: Sequence[Listing], market: Market) -> Callable[[Home], float]:
    rates: dict[str, list[float]] = defaultdict(list)
    for listing in listings:
        rates[locality_key(listing.home.locality, market)].append(listing.price / listing.home.area)
    city = float(np.median([rate for those in rates.values() for rate in those]))
    median = {key: float(np.median(those)) for key, those in rates.items()}
    return lambda home: home.area * median.get(locality_key(home.locality, market), city)
