"""What homes are really worth at any time, and how far models are off: the loop never sees it."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b

import numpy as np

from homeprices.datasets.simulate import listing_file, simulated_listings
from homeprices.domain.listing import Listing
from homeprices.domain.market import Market
from homeprices.ports import Predictor
from homeprices.simulation.events import ListingFile, MarketMove
from homeprices.valuation.arrays import Floats

LISTED, ASKED_ABOUT, SAMPLE = 14_000, 6_000, 6_000


class TrueMarket:
    """The homes of one market and how their prices move; times are days since the start.

    `listed` are what listing files are drawn from, visitors ask about `asked_about`, models are
    measured on `sample`.
    """

    def __init__(self, market: Market, moves: Sequence[MarketMove], seed: int) -> None:
        homes = simulated_listings(
            market, LISTED + ASKED_ABOUT + SAMPLE, np.random.default_rng([seed, 2])
        )
        self.listed, rest = homes[:LISTED], homes[LISTED:]
        self.asked_about, self.sample = rest[:ASKED_ABOUT], rest[ASKED_ABOUT:]
        self._market = market
        self._moves = moves
        self._seed = seed

    def price(self, listing: Listing, day: float) -> float:
        """What the home of `listing` is worth on `day`."""
        return float(listing.price * np.exp(self.levels([listing], day)[0]))

    def levels(self, listings: Sequence[Listing], day: float) -> Floats:
        """How far log prices have moved by `day`, (n,) for n listings."""
        sizes = np.zeros(len(listings))
        for move in self._moves:
            part = min(max(day - move.day, 0.0), 1.0)
            if part > 0:
                sizes += part * move.size * self._are_of(listings, move.name, move.localities)
        return sizes

    def listing_csv(self, file: ListingFile, number: int) -> bytes:
        """The content of a listing file, the `number`th."""
        rng = np.random.default_rng([self._seed, 3, number])
        chosen = rng.choice(len(self.listed), file.rows, replace=False).tolist()
        rows = [self.listed[i] for i in chosen]
        bias = file.bias * self._are_of(rows, "bias", file.biased_localities)
        prices = np.exp(self.levels(rows, file.prices_of) + bias)
        written = [
            Listing(row.home, round(row.price * float(part), 2))
            for row, part in zip(rows, prices, strict=True)
        ]
        return listing_file(self._market, written, rng)

    def _are_of(self, listings: Sequence[Listing], name: str, share: float) -> Floats:
        """One for each listing whose locality moves with `name`, else 0."""
        draws = {
            locality: self._draw(name, locality) < share
            for locality in {listing.home.locality for listing in listings}
        }
        return np.array([float(draws[listing.home.locality]) for listing in listings])

    def _draw(self, name: str, locality: str) -> float:
        digest = blake2b(f"{self._seed} {name} {locality}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) / 2**64


class TrueErrors:
    """How far each model version is off on the sample, at any time."""

    def __init__(self, market: TrueMarket) -> None:
        self._market = market
        self._log_prices = np.log([listing.price for listing in market.sample])
        self._estimates: dict[str, Floats] = {}

    def learn_of(self, version: str, predictor: Predictor) -> None:
        """Measure `version` from now on; its estimates do not change."""
        if version not in self._estimates:
            prices = [
                predictor.estimate(listing.home.with_only(())).price
                for listing in self._market.sample
            ]
            self._estimates[version] = np.log(prices)

    def same_as(self, copy: str, version: str) -> None:
        """Let `copy` be a copy of `version`."""
        self._estimates[copy] = self._estimates[version]

    def at(self, day: float) -> Mapping[str, float]:
        """The mean absolute log error of each version on `day`."""
        truth = self._log_prices + self._market.levels(self._market.sample, day)
        return {
            version: float(np.mean(np.abs(estimates - truth)))
            for version, estimates in self._estimates.items()
        }
