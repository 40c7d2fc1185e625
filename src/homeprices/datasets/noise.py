"""Writes a made-up listing the way people do: units, ranges, gaps, slips and odd spellings."""

import re

import numpy as np

from homeprices.domain.listing import Home, Listing
from homeprices.domain.market import Market
from homeprices.markets.aggregates import MarketFacts


class Writer:
    """Draws the noise; `rng` is shared with the simulation, so that one seed decides all."""

    def __init__(self, market: Market, figures: MarketFacts, rng: np.random.Generator) -> None:
        self._market = market
        self._figures = figures
        self._rng = rng

    def row(self, listing: Listing) -> dict[str, str]:
        """The texts of one row, by fact."""
        home, figures = listing.home, self._figures
        bare = self._happens(figures.society_missing[home.text_fact("kind") or "flat"])
        return {
            "area_type": home.text_fact("area_type") or "",
            "availability": self._availability(),
            "locality": self._locality(home.locality),
            "bedrooms": self._size(home),
            "society": "" if bare else home.text_fact("society") or "",
            "area": self._area(home.area),
            "bathrooms": "" if self._happens(figures.bathrooms_missing) else str(home.bathrooms),
            "balconies": self._pick(list(figures.balconies), list(figures.balconies.values())),
            "price": f"{listing.price:g}",
        }

    def _happens(self, rate: float) -> bool:
        return bool(self._rng.random() < rate)

    def _pick(self, names: list[str], weights: list[float]) -> str:
        shares = np.array(weights)
        return names[int(self._rng.choice(len(names), p=shares / shares.sum()))]

    def _availability(self) -> str:
        if self._happens(self._figures.ready_share):
            return "Ready To Move"
        dates = self._figures.dates
        return self._pick(dates, [1 / (i + 1) for i in range(len(dates))])

    def _size(self, home: Home) -> str:
        if self._happens(self._figures.size_missing):
            return ""
        if home.bedrooms == 1 and self._happens(20 * self._figures.studio_rate):
            return "1 RK"
        return f"{home.bedrooms} {self._figures.size_words[home.text_fact('kind') or 'flat']}"

    def _locality(self, name: str) -> str:
        if self._happens(self._figures.misspelt_rate):
            name = self._pick([name.lower(), name.upper(), f"Near {name}", _doubled(name)], [1] * 4)
        if self._happens(self._figures.spaced_rate):
            name = self._pick([f" {name}", f"{name} ", name.replace(" ", "  ")], [1] * 3)
        return f"{name}, " if self._happens(self._figures.comma_rate) else name

    def _area(self, area: float) -> str:
        figures = self._figures
        if self._happens(figures.slip_rate):
            return f"{area * self._pick_factor():g}"
        if self._happens(figures.range_rate):
            half = area * float(self._rng.exponential(0.07))
            return f"{round(area - half)} - {round(area + half)}"
        units = figures.unit_rates
        if self._happens(sum(units.values())):
            unit = self._pick(list(units), list(units.values()))
            size = self._market.area_units[re.sub(r"[. ]", "", unit).casefold()]
            return f"{area / size:.2f}{unit}"
        return f"{area:g}"

    def _pick_factor(self) -> float:
        """How an area slips: a zero too many or too few, or another unit without saying so."""
        return float(self._rng.choice([0.1, 0.093, 3.0, 10.0], p=[0.2, 0.4, 0.3, 0.1]))


def _doubled(name: str) -> str:
    """A letter in the middle of the name, written twice."""
    middle = len(name) // 2
    return name[:middle] + name[middle - 1 : middle] + name[middle:]
