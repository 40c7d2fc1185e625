"""A loaded model that also explains: reasons, comparables, and what if."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from homeprices.domain.errors import Corrupt
from homeprices.domain.explanation import Comparables, Curve, CurvePoint, Explanation
from homeprices.domain.listing import Home
from homeprices.domain.market import Market
from homeprices.valuation.explain.comparables import ComparableFinder
from homeprices.valuation.explain.kept_listings import LISTINGS_FILE, KeptListings, read_listings
from homeprices.valuation.explain.reasons import explain
from homeprices.valuation.predict import bundle
from homeprices.valuation.predict.predictor import BundlePredictor

_STEPS, _FACTOR, _BEDROOMS = 20, 2.0, 3


class Explainer:
    """Explains the estimates of one model; off the hot path, one thread at a time."""

    def __init__(self, predictor: BundlePredictor, kept: KeptListings) -> None:
        self.predictor = predictor
        self._comparables = ComparableFinder(predictor, kept)

    def reasons(self, home: Home) -> Explanation:
        """The reasons of the price of `home`; they add up to it."""
        return explain(self.predictor, home)

    def comparables(self, home: Home) -> Comparables:
        """The listings most like `home`."""
        return self._comparables.for_home(home)

    def curve(self, home: Home, fact: str) -> Curve:
        """Price and range against `area` or `bedrooms`."""
        return price_curve(self.predictor, home, fact)


def open_explainer(files: Mapping[str, bytes]) -> Explainer:
    """The model in `files` with its listings; raises Corrupt as `bundle.load` does."""
    predictor = bundle.load(files)
    if LISTINGS_FILE not in files:
        raise Corrupt(f"the model has no file {LISTINGS_FILE!r}; restore it from a backup")
    current = bundle.in_current_format(files)
    return Explainer(predictor, read_listings(current[LISTINGS_FILE]))


def price_curve(predictor: BundlePredictor, home: Home, fact: str) -> Curve:
    """The curve against `fact`, which is `area` or `bedrooms`."""
    market = predictor.context.market
    if fact == "area":
        homes = {area: replace(home, area=area) for area in _areas(home, market)}
    else:
        homes = {float(n): replace(home, bedrooms=n) for n in _bedrooms(home, market)}
    points = []
    for value, changed in homes.items():
        estimate = predictor.estimate(changed)
        points.append(CurvePoint(value, estimate.price, estimate.low, estimate.high))
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
