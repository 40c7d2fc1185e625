"""Assessors' measures of fairness: is everybody's home judged alike, the cheap and the dear?

International Association of Assessing Officers, Standard on Ratio Studies (April 2013),
part 1 sections 5 and 9, appendix B for the price-related bias. A ratio is an estimate by
its price; the standard speaks of sale prices, listings only have asked ones.
"""

from collections.abc import Callable, Mapping

import numpy as np

from homeprices.domain.model_card import Ratio
from homeprices.valuation.arrays import Floats
from homeprices.valuation.evaluate.metrics import percentile_interval, resamples
from homeprices.valuation.evaluate.predictions import Predictions

_RESAMPLES = 500


def median_ratio(ratio: Floats, predictions: Predictions) -> float:
    """The level: 1 where half of the homes are estimated above their price."""
    return float(np.median(ratio))


def dispersion(ratio: Floats, predictions: Predictions) -> float:
    """COD: the mean distance of the ratios from their median, in percent of the median."""
    median = np.median(ratio)
    return float(100 * np.mean(np.abs(ratio - median)) / median)


def related_differential(ratio: Floats, predictions: Predictions) -> float:
    """PRD: the mean ratio by the ratio of the sums; above 1 where dear homes are undervalued."""
    return float(np.mean(ratio) / (predictions.estimate.sum() / predictions.actual.sum()))


def related_bias(ratio: Floats, predictions: Predictions) -> float:
    """PRB: by how much the ratios rise, relative to their median, when the value doubles.

    The value is the mean of the price and of the estimate brought to the level of
    prices, so that an error of either does not make a bias by itself.
    """
    median = np.median(ratio)
    doublings = np.log2(0.5 * (predictions.actual + predictions.estimate / median))
    centred = doublings - doublings.mean()
    spread = float(centred @ centred)
    return float(centred @ (ratio - median) / median) / spread if spread else 0.0


# What the standard accepts; the dispersion is that of older, mixed residential property.
_MEASURES: Mapping[str, tuple[Callable[[Floats, Predictions], float], float, float]] = {
    "median_ratio": (median_ratio, 0.90, 1.10),
    "cod_percent": (dispersion, 5.0, 15.0),
    "prd": (related_differential, 0.98, 1.03),
    "prb": (related_bias, -0.05, 0.05),
}


def ratios(predictions: Predictions) -> list[Ratio]:
    """Each measure with its 95 % interval (bootstrap over homes) and what the standard accepts."""
    draws = resamples(len(predictions.actual), _RESAMPLES)
    samples = [predictions.take(draw) for draw in draws]
    measured = []
    for name, (measure, least, most) in _MEASURES.items():
        low, high = percentile_interval([_measured(measure, sample) for sample in samples])
        value = _measured(measure, predictions)
        measured.append(Ratio(name, round(value, 4), round(low, 4), round(high, 4), least, most))
    return measured


def _measured(measure: Callable[[Floats, Predictions], float], sample: Predictions) -> float:
    return measure(sample.estimate / sample.actual, sample)
