"""How good a model is on parts of the holdout, and how sure its figures are."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Sequence
from math import sqrt

import numpy as np
import numpy.typing as npt

from homeprices.domain.listing import Listing
from homeprices.domain.locality import locality_key
from homeprices.domain.market import Market
from homeprices.domain.model_card import Figure, Slice
from homeprices.valuation.evaluate.predictions import Predictions, metrics

_BY_LISTINGS, _BY_BEDROOMS, _BY_PRICE = "listings in the locality", "bedrooms", "estimated price"
_BY_RATE = "price by area of the locality"
_LEVELS = ["cheapest quarter", "below the middle", "above the middle", "dearest quarter"]
_RESAMPLES, _SEED = 500, 1
_FEWEST_IN_TENTH = 90
# A part of so few homes tells nothing.
_FEWEST = 10
Floats = npt.NDArray[np.float64]


def figures(answers: Predictions, naive: Predictions) -> list[Figure]:
    """The metrics of `answers` with 95 % intervals, the naive baseline's beside them.

    Percentile bootstrap over homes (Efron and Tibshirani, An Introduction to the
    Bootstrap, 1993, chapter 13).
    """
    rows = len(answers.actual)
    draws = np.random.default_rng(_SEED).integers(rows, size=(_RESAMPLES, rows))
    seen = [metrics(answers.take(draw)) for draw in draws]
    value, beside = metrics(answers), metrics(naive)
    found = []
    for name in value:
        if name != "rows":
            low, high = np.quantile([one[name] for one in seen], [0.025, 0.975])
            found.append(Figure(name, value[name], float(low), float(high), beside.get(name)))
    return found


def slices(
    answers: Predictions,
    held_out: Sequence[Listing],
    learned_from: Sequence[Listing],
    market: Market,
) -> list[Slice]:
    """The parts of the holdout by what is known of the home and of its locality.

    Price bands are of the estimate: by the actual price, the dearest homes look
    undervalued by any model that is right on average.
    """
    counts = Counter(locality_key(one.home.locality, market) for one in learned_from)
    seen = [counts[locality_key(one.home.locality, market)] for one in held_out]
    areas = np.array([one.home.area for one in held_out])
    kinds = [one.home.text_fact("kind") or "" for one in held_out]
    bedrooms = [one.home.bedrooms for one in held_out]
    return [
        *_by(_BY_LISTINGS, [_tier(n) for n in seen], ["0", "1 to 9", "10 to 49", "50+"], answers),
        *_by(_BY_BEDROOMS, [_rooms(n) for n in bedrooms], ["1", "2", "3", "4", "5+"], answers),
        *_by(f"{_BY_PRICE}, {market.money.price_unit}", *_bands(answers.estimate), answers),
        *_by(f"area, {market.area_unit}", *_bands(areas), answers),
        *_by("kind", kinds, sorted(set(kinds) - {""}), answers),
        *_by(_BY_RATE, _rates(held_out, learned_from, market), _LEVELS, answers),
    ]


def _by(
    kind: str, labels: Sequence[str], order: Sequence[str], answers: Predictions
) -> list[Slice]:
    named = np.array(labels)
    parts = ((name, np.flatnonzero(named == name)) for name in order)
    return [_slice(kind, name, answers.take(rows)) for name, rows in parts if len(rows) >= _FEWEST]


def _slice(kind: str, name: str, part: Predictions) -> Slice:
    found = metrics(part)
    rows = len(part.actual)
    return Slice(
        kind=kind,
        name=name,
        rows=rows,
        mdape_percent=round(found["mdape_percent"], 2),
        bias_percent=round(100 * float(np.expm1(np.median(part.log_error))), 2),
        coverage_percent=round(found["coverage_percent"], 2),
        coverage_margin_percent=round(300 * sqrt(part.promise * (1 - part.promise) / rows), 2),
        mdape_interval=_median_interval(100 * np.abs(np.expm1(part.log_error))),
        bias_interval=_median_interval(100 * np.expm1(part.log_error)),
        median_width_percent=round(found["median_width_percent"], 2),
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
    rates: dict[str, list[float]] = defaultdict(list)
    for one in learned_from:
        rates[locality_key(one.home.locality, market)].append(one.price / one.home.area)
    if not rates:
        return [""] * len(held_out)
    level = {key: float(np.median(those)) for key, those in rates.items()}
    edges = np.quantile(
        [level[locality_key(one.home.locality, market)] for one in learned_from], [0.25, 0.5, 0.75]
    )
    keys = [locality_key(one.home.locality, market) for one in held_out]
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
