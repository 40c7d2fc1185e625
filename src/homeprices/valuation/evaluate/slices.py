"""How good a model is on parts of the holdout."""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import sqrt

import numpy as np

from homeprices.domain.explanation import Certainty
from homeprices.domain.listing import Listing
from homeprices.domain.locality import locality_key
from homeprices.domain.market import Market
from homeprices.domain.model_card import Slice
from homeprices.valuation.arrays import Floats
from homeprices.valuation.evaluate.metrics import metrics
from homeprices.valuation.evaluate.predictions import Predictions, locality_rates

_BY_LISTINGS, _BY_BEDROOMS, _BY_PRICE = "listings in the locality", "bedrooms", "estimated price"
_BY_RATE = "price by area of the locality"
_LEVELS = ["cheapest quarter", "below the middle", "above the middle", "dearest quarter"]
_FEWEST_IN_TENTH = 90
# A part of so few homes tells nothing.
_FEWEST = 10


def slices(
    predictions: Predictions,
    held_out: Sequence[Listing],
    learned_from: Sequence[Listing],
    market: Market,
) -> list[Slice]:
    """The parts of the holdout by what is known of the home and of its locality.

    Price bands are of the estimate: by the actual price, the dearest homes look
    undervalued by any model that is right on average.
    """
    counts = Counter(locality_key(listing.home.locality, market) for listing in learned_from)
    seen = [counts[locality_key(listing.home.locality, market)] for listing in held_out]
    areas = np.array([listing.home.area for listing in held_out])
    kinds = [listing.home.text_fact("kind") or "" for listing in held_out]
    bedrooms = [listing.home.bedrooms for listing in held_out]
    return [
        *_by(
            _BY_LISTINGS, [_tier(n) for n in seen], ["0", "1 to 9", "10 to 49", "50+"], predictions
        ),
        *_by(_BY_BEDROOMS, [_rooms(n) for n in bedrooms], ["1", "2", "3", "4", "5+"], predictions),
        *by_price(predictions.estimate, predictions, market.money.price_unit),
        *by_area(areas, predictions, market.area_unit),
        *_by("kind", kinds, sorted(set(kinds) - {""}), predictions),
        *_by_certainty(predictions),
        *_by(_BY_RATE, _rates(held_out, learned_from, market), _LEVELS, predictions),
    ]


def _by(
    kind: str, labels: Sequence[str], order: Sequence[str], predictions: Predictions
) -> list[Slice]:
    named = np.array(labels)
    parts = ((name, np.flatnonzero(named == name)) for name in order)
    return [
        _slice(kind, name, predictions.take(rows)) for name, rows in parts if len(rows) >= _FEWEST
    ]


def _by_certainty(predictions: Predictions) -> list[Slice]:
    """By how sure each estimate says it is; nothing where nothing was said."""
    if predictions.certainty is None:
        return []
    return _by("certainty", predictions.certainty.tolist(), [*Certainty], predictions)


def by_price(estimates: Floats, predictions: Predictions, unit: str) -> list[Slice]:
    """Bands of the estimated price, `estimates` `(n,)` in `unit`."""
    return _by_band(f"{_BY_PRICE}, {unit}", estimates, predictions)


def by_area(areas: Floats, predictions: Predictions, unit: str) -> list[Slice]:
    """Bands of the area, `areas` `(n,)` in `unit`."""
    return _by_band(f"area, {unit}", areas, predictions)


def _by_band(kind: str, values: Floats, predictions: Predictions) -> list[Slice]:
    parts = _by(kind, *_bands(values), predictions)
    return [replace(part, is_band=True) for part in parts]


def _slice(kind: str, name: str, part: Predictions) -> Slice:
    part_metrics = metrics(part)
    rows = len(part.actual)
    return Slice(
        kind=kind,
        name=name,
        rows=rows,
        mdape_percent=round(part_metrics["mdape_percent"], 2),
        bias_percent=round(100 * float(np.expm1(np.median(part.log_error))), 2),
        coverage_percent=round(part_metrics["coverage_percent"], 2),
        coverage_margin_percent=round(300 * sqrt(part.promise * (1 - part.promise) / rows), 2),
        mdape_interval=_median_interval(100 * np.abs(np.expm1(part.log_error))),
        bias_interval=_median_interval(100 * np.expm1(part.log_error)),
        median_width_percent=round(part_metrics["median_width_percent"], 2),
        within_20_percent=round(100 * float(part.near.mean()), 2),
        said_within_20_percent=(
            None if part.chance is None else round(100 * float(part.chance.mean()), 2)
        ),
    )


def _median_interval(values: Floats) -> tuple[float, float]:
    """The 95 % interval of a median, from the order of the values.

    Conover, Practical Nonparametric Statistics (1999), section 3.2: no resampling is needed.
    """
    ordered, n = np.sort(values), len(values)
    reach = 0.98 * sqrt(n)
    low, high = max(0, int(n / 2 - reach)), min(n - 1, int(n / 2 + reach))
    return round(float(ordered[low]), 2), round(float(ordered[high]), 2)


def _rates(
    held_out: Sequence[Listing], learned_from: Sequence[Listing], market: Market
) -> list[str]:
    """Whether the locality of each home is cheap or dear by area; "" where it is unknown."""
    level = locality_rates(learned_from, market)
    if not level:
        return [""] * len(held_out)
    edges = np.quantile(
        [level[locality_key(listing.home.locality, market)] for listing in learned_from],
        [0.25, 0.5, 0.75],
    )
    keys = [locality_key(listing.home.locality, market) for listing in held_out]
    return [_LEVELS[int(np.searchsorted(edges, level[k]))] if k in level else "" for k in keys]


def _tier(listings: int) -> str:
    if listings >= 50:
        return "50+"
    return "0" if listings == 0 else "1 to 9" if listings < 10 else "10 to 49"


def _rooms(bedrooms: int) -> str:
    return "5+" if bedrooms >= 5 else str(bedrooms)


def _bands(values: Floats) -> tuple[list[str], list[str]]:
    """The band of each value, and the bands from the lowest to the highest, equally many in each.

    Ten where each then has enough homes, else four.
    """
    bands = 10 if len(values) >= 10 * _FEWEST_IN_TENTH else 4
    edges = np.quantile(values, np.linspace(0, 1, bands + 1)[1:-1])
    texts = [f"{edge:,.0f}" for edge in edges]
    middle = [f"{a} to {b}" for a, b in itertools.pairwise(texts)]
    names = [f"under {texts[0]}", *middle, f"{texts[-1]}+"]
    at = np.searchsorted(edges, values, side="right")
    return [names[band] for band in at.tolist()], list(dict.fromkeys(names))
