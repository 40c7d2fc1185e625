"""The figures of estimates beside actual prices, and how sure they are.

They are as sure as drawing the homes again says (Efron and Tibshirani, An Introduction to the
Bootstrap, 1993: the percentile interval of chapter 13). Two models that are asked about the same
draws are compared in pairs (chapter 8): what makes a home hard for both cancels.
"""

from collections.abc import Sequence

import numpy as np

from homeprices.domain.comparison import Change
from homeprices.domain.model_card import Figure
from homeprices.valuation.arrays import Floats, Integers
from homeprices.valuation.evaluate.predictions import Predictions

_SEED = 1
_FIGURE_RESAMPLES, _PAIRED_RESAMPLES = 500, 2000


def resamples(homes: int, times: int) -> Integers:
    """Positions of homes drawn with replacement, `(times, homes)`; the same for equal numbers."""
    return np.random.default_rng(_SEED).integers(homes, size=(times, homes))


def percentile_interval(
    statistics: Sequence[float] | Floats, share: float = 0.95
) -> tuple[float, float]:
    """The interval that holds the middle `share` of the statistic over the resamples."""
    tails = [(1 - share) / 2, (1 + share) / 2]
    low, high = np.quantile(statistics, tails).tolist()
    return low, high


def metrics(predictions: Predictions) -> dict[str, float]:
    """Figures by name, unit in the name: percent, prices in the market's unit, logs unnamed."""
    actual, estimate = predictions.actual, predictions.estimate
    errors = _of_errors(np.abs(estimate / actual - 1), predictions.log_error)
    log_error = errors.pop("mean_abs_log_error")
    figures = {
        **errors,
        "mae_price": float(np.mean(np.abs(estimate - actual))),
        "r2": _r2(actual, estimate),
        "r2_log": _r2(np.log(actual), np.log(estimate)),
        "mean_abs_log_error": log_error,
    }
    if predictions.low is not None and predictions.high is not None:
        inside = (predictions.low <= actual) & (actual <= predictions.high)
        width = (predictions.high - predictions.low) / estimate
        figures["coverage_percent"] = 100 * float(np.mean(inside))
        figures["median_width_percent"] = 100 * float(np.median(width))
    return _rounded(figures)


def log_error_metrics(log_error: Floats) -> dict[str, float]:
    """Those of `metrics` that need no prices: from log estimate minus log price alone."""
    return _rounded(_of_errors(np.abs(np.expm1(log_error)), log_error))


def figures(predictions: Predictions, naive: Predictions) -> list[Figure]:
    """The metrics with 95 % intervals, the naive baseline's beside them."""
    draws = resamples(len(predictions.actual), _FIGURE_RESAMPLES)
    samples = [metrics(predictions.take(draw)) for draw in draws]
    value, baseline = metrics(predictions), metrics(naive)
    return [
        Figure(
            name,
            value[name],
            *percentile_interval([sample[name] for sample in samples]),
            baseline.get(name),
        )
        for name in value
        if name != "rows"
    ]


def paired_changes(first: Predictions, second: Predictions) -> list[Change]:
    """The metrics of both on the same homes, and the 95 % interval of second minus first."""
    draws = resamples(len(first.actual), _FIGURE_RESAMPLES)
    pairs = [(metrics(first.take(draw)), metrics(second.take(draw))) for draw in draws]
    before, after = metrics(first), metrics(second)
    return [
        Change(
            name,
            before[name],
            after[name],
            *percentile_interval([pair[1][name] - pair[0][name] for pair in pairs]),
        )
        for name in before
        if name != "rows"
    ]


def paired_bootstrap(
    candidate: Predictions, production: Predictions, share: float = 0.95
) -> tuple[float, float]:
    """The interval of how much more the candidate errs than production, in mean absolute log error.

    Of 95 % or another `share`; above zero means worse beyond chance.
    """
    difference = np.abs(candidate.log_error) - np.abs(production.log_error)
    draws = resamples(len(difference), _PAIRED_RESAMPLES)
    return percentile_interval(difference[draws].mean(axis=1), share)


def _of_errors(relative: Floats, log_error: Floats) -> dict[str, float]:
    """What absolute relative errors and log errors `(n,)` say."""
    return {
        "rows": float(len(log_error)),
        "mdape_percent": 100 * float(np.median(relative)),
        "within_10_percent": 100 * float(np.mean(relative <= 0.1)),
        "within_20_percent": 100 * float(np.mean(relative <= 0.2)),
        "mean_abs_log_error": float(np.mean(np.abs(log_error))),
    }


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in figures.items()}


def _r2(actual: Floats, estimate: Floats) -> float:
    """The share of variance explained; 0 where there is no variance."""
    total = float(np.sum((actual - actual.mean()) ** 2))
    return 1 - float(np.sum((actual - estimate) ** 2)) / total if total else 0.0
