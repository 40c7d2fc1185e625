"""The localities of a made-up market: the large ones as they are, and the many small ones.

Some of the small ones stand on the market's map; the others, of a listing or two,
are on no map, as in real listings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import exp, hypot, log

import numpy as np

from homeprices.domain.market import Market
from homeprices.markets.aggregates import LocalityFacts, MarketFacts
from homeprices.markets.places import coordinates

Coordinates = tuple[float, float]
_LEVEL, _LEVEL_SD = -0.06, 0.25
_NEAREST = 4
_MOST = 9


def simulated_localities(
    market: Market, figures: MarketFacts, known: Sequence[LocalityFacts], rng: np.random.Generator
) -> list[LocalityFacts]:
    """The `known` localities and small ones priced like those near them, give or take."""
    where = coordinates(market.name)
    large = {place.locality: place for place in known}
    anchors = [(where[name], place) for name, place in large.items() if name in where]
    share = figures.small_locality_share
    wanted = sum(place.listings for place in known) * share / (1 - share)
    hidden = wanted * figures.uncharted_share
    charted = {name: point for name, point in where.items() if name not in large}
    uncharted = _uncharted(market, where, round(hidden / figures.uncharted_listings), rng)
    small = [
        *_small(charted, wanted - hidden, anchors, rng),
        *_small(uncharted, hidden, anchors, rng),
    ]
    more = figures.small_locality_houses
    return [
        *known,
        *(replace(place, house_share=min(more * place.house_share, 1.0)) for place in small),
    ]


def _uncharted(
    market: Market, where: dict[str, Coordinates], number: int, rng: np.random.Generator
) -> dict[str, Coordinates]:
    """Names that are on no map, and where they would be."""
    names, endings = list(where), market.endings
    localities: dict[str, Coordinates] = {}
    while len(localities) < number:
        host = names[int(rng.integers(len(names)))]
        name = f"{host} {endings[int(rng.integers(len(endings)))].title()}"
        if name not in where:
            localities[name] = where[host]
    return localities


def _small(
    points: dict[str, Coordinates],
    listings: float,
    anchors: Sequence[tuple[Coordinates, LocalityFacts]],
    rng: np.random.Generator,
) -> list[LocalityFacts]:
    """A locality at each of `points`, with `listings` in all."""
    weight = rng.geometric(len(points) / listings, len(points)).clip(1, _MOST)
    weight = weight * (listings / weight.sum())
    return [
        _like_its_neighbours(name, float(number), point, anchors, rng)
        for (name, point), number in zip(points.items(), weight, strict=True)
    ]


def _like_its_neighbours(
    name: str,
    listings: float,
    point: Coordinates,
    anchors: Sequence[tuple[Coordinates, LocalityFacts]],
    rng: np.random.Generator,
) -> LocalityFacts:
    far = sorted(anchors, key=lambda a: hypot(a[0][0] - point[0], a[0][1] - point[1]))
    near = [place for _, place in far[:_NEAREST]]
    level = float(np.mean([log(place.median_rate) for place in near]))
    houses = float(np.mean([place.house_share for place in near]))
    return LocalityFacts(name, listings, exp(level + rng.normal(_LEVEL, _LEVEL_SD)), houses)
