"""A made-up market with the figures of a real one: for a first start and for tests.

Localities have their own level, small ones are many; homes come in
projects that share a price, houses spread more than flats (`simulated_homes`). `noise` writes
it all down the way people do. docs/simulated-market.md compares it with real listings.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from math import exp, hypot, log

import numpy as np

from homeprices.datasets.noise import Writer
from homeprices.datasets.read import public_columns
from homeprices.datasets.simulated_homes import Builder
from homeprices.domain.listing import Listing
from homeprices.domain.market import Market
from homeprices.markets.aggregates import LocalityFacts, MarketFacts, coordinates, facts

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
    hidden = wanted * figures.ungeocoded_share
    geocoded = {name: point for name, point in where.items() if name not in large}
    ungeocoded = _ungeocoded(market, where, round(hidden / figures.ungeocoded_listings), rng)
    small = [
        *_small(geocoded, wanted - hidden, anchors, rng),
        *_small(ungeocoded, hidden, anchors, rng),
    ]
    more = figures.small_locality_houses
    return [
        *known,
        *(replace(place, house_share=min(more * place.house_share, 1.0)) for place in small),
    ]


def _ungeocoded(
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


@dataclass(frozen=True, slots=True)
class PriceMove:
    """Prices `by` a share up (0.15) or down, in this share of the `localities`.

    The rows of a file are in the order of time; `after` this share of them prices move.
    """

    by: float
    localities: float = 1.0
    after: float = 0.0

    def moved(self, listing: Listing) -> Listing:
        """`listing` at its later price; the name alone decides whether its locality moves."""
        digest = blake2b(listing.home.locality.encode(), digest_size=8).digest()
        if int.from_bytes(digest) / 2**64 >= self.localities:
            return listing
        return replace(listing, price=round(listing.price * (1 + self.by), 2))


def simulate(market: Market, rows: int, seed: int, move: PriceMove | None = None) -> bytes:
    """`rows` listings as a CSV file in the public columns; the same seed gives the same file.

    With a `move` it is the same market, home by home, of which some prices have moved.
    """
    rng = np.random.default_rng(seed)
    listings = simulated_listings(market, rows, rng)
    if move is not None:
        first = round(rows * move.after)
        listings[first:] = [move.moved(listing) for listing in listings[first:]]
    return listing_file(market, listings, rng)


def simulated_listings(market: Market, rows: int, rng: np.random.Generator) -> list[Listing]:
    """`rows` listings of one market, in no order."""
    figures, known = facts(market.name)
    places = simulated_localities(market, figures, known, rng)
    builder = Builder(market, figures, rng)
    weight = np.array([place.listings for place in places])
    chosen = rng.multinomial(rows, weight / weight.sum())
    listings: list[Listing] = []
    for place, number in zip(places, chosen.tolist(), strict=True):
        listings += builder.listings(place, number)
    return [listings[i] for i in rng.permutation(rows).tolist()]


def listing_file(market: Market, listings: Sequence[Listing], rng: np.random.Generator) -> bytes:
    """`listings` as people write them, some of them twice, as a CSV file in the public columns."""
    figures, _ = facts(market.name)
    writer = Writer(market, figures, rng)
    lines = [writer.row(listing) for listing in listings]
    for i in np.flatnonzero(rng.random(len(lines)) < figures.duplicate_rate).tolist():
        lines[i] = lines[int(rng.integers(i + 1))]
    return _csv(market, lines)


def _csv(market: Market, lines: list[dict[str, str]]) -> bytes:
    out = io.StringIO(newline="")
    sheet = csv.writer(out, lineterminator="\n")
    sheet.writerow(public_columns(market))
    sheet.writerows([line.get(fact, "") for fact in market.published] for line in lines)
    return out.getvalue().encode()
