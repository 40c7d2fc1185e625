"""A made-up market with the figures of a real one: for a first start and for tests.

Localities have their own level, small ones are many (`simulated_localities`); homes come in
projects that share a price, houses spread more than flats (`simulated_homes`). `noise` writes
it all down the way people do. docs/simulated-market.md compares it with real listings.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np

from homeprices.datasets.noise import Writer
from homeprices.datasets.read import public_columns
from homeprices.datasets.simulated_homes import Builder
from homeprices.datasets.simulated_localities import simulated_localities
from homeprices.domain.listing import Listing
from homeprices.domain.market import Market
from homeprices.markets.aggregates import facts


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
    figures, known = facts(market.name)
    places = simulated_localities(market, figures, known, rng)
    builder, writer = Builder(market, figures, rng), Writer(market, figures, rng)
    weight = np.array([place.listings for place in places])
    chosen = rng.multinomial(rows, weight / weight.sum())
    listings: list[Listing] = []
    for place, number in zip(places, chosen.tolist(), strict=True):
        listings += builder.listings(place, number)
    listings = [listings[i] for i in rng.permutation(rows).tolist()]
    if move is not None:
        first = round(rows * move.after)
        listings[first:] = [move.moved(listing) for listing in listings[first:]]
    lines = [writer.row(listing) for listing in listings]
    for i in np.flatnonzero(rng.random(rows) < figures.duplicate_rate).tolist():
        lines[i] = lines[int(rng.integers(i + 1))]
    return _csv(market, lines)


def _csv(market: Market, lines: list[dict[str, str]]) -> bytes:
    out = io.StringIO(newline="")
    sheet = csv.writer(out, lineterminator="\n")
    sheet.writerow(public_columns(market))
    sheet.writerows([line.get(fact, "") for fact in market.published] for line in lines)
    return out.getvalue().encode()
