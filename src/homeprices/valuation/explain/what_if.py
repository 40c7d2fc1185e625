"""Price and range of a home against its area or its bedrooms, all else as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from homeprices.domain.explanation import Curve, Point
from homeprices.domain.listing import Home
from homeprices.domain.market import Market
from homeprices.valuation.predict.predictor import BundlePredictor

_STEPS, _FACTOR, _BEDROOMS = 20, 2.0, 3


def curve(valuer: BundlePredictor, home: Home, fact: str) -> Curve:
    """The curve against `fact`, which is `area` or `bedrooms`."""
    market = valuer.knowledge.market
    if fact == "area":
        homes = {area: replace(home, area=area) for area in _areas(home, market)}
    else:
        homes = {float(n): replace(home, bedrooms=n) for n in _bedrooms(home, market)}
    points = []
    for value, changed in homes.items():
        estimate = valuer.estimate(changed)
        points.append(Point(value, estimate.price, estimate.low, estimate.high))
    return Curve(fact, points)


def _areas(home: Home, market: Market) -> Sequence[float]:
    """From half the area to twice, the area itself among them, within what is accepted."""
    bounds = market.facts["area"].accepted
    least = max(bounds.least, home.area / _FACTOR)
    step = (min(bounds.most, home.area * _FACTOR) - least) / _STEPS
    grid = {round(least + i * step, 1) for i in range(_STEPS + 1)} | {home.area}
    return sorted(area for area in grid if area in bounds)


def _bedrooms(home: Home, market: Market) -> Sequence[int]:
    bounds = market.facts["bedrooms"].accepted
    around = range(home.bedrooms - _BEDROOMS, home.bedrooms + _BEDROOMS + 1)
    return [bedrooms for bedrooms in around if bedrooms in bounds]
