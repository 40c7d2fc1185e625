"""The homes of a made-up locality: flats in projects, houses on plots, and their prices.

A flat often stands in the project of an earlier one, and is often laid out like it:
so projects are of all sizes, most of one listing, and many homes have a twin.
"""

from dataclasses import dataclass, replace
from math import exp, log

import numpy as np

from homeprices.domain.listing import Home, Listing
from homeprices.domain.market import Market
from homeprices.markets.aggregates import LocalityFacts, MarketFacts, Shares

_TAIL = 4.0
_MOST_NOISE = 1.0
_SMALLEST = 300.0
# The spread of areas, of the projects and of flats within one: squares that add up to one.
_OF_PROJECTS, _WITHIN_ONE = 0.8, 0.6


@dataclass(frozen=True, slots=True)
class _Project:
    """Flats under one name, most of these `bedrooms`, at one log price per area, its `level`.

    `size` is how much larger than others they are, by the spread of log areas.
    """

    name: str
    locality: str
    bedrooms: str
    size: float
    level: float


class Builder:
    """Draws projects, homes and prices; `rng` decides all."""

    def __init__(self, market: Market, figures: MarketFacts, rng: np.random.Generator) -> None:
        self._market = market
        self._figures = figures
        self._rng = rng
        self._projects = 0
        self._bedrooms = {kind: _bedrooms(figures, kind) for kind in figures.size_words}

    def listings(self, place: LocalityFacts, number: int) -> list[Listing]:
        """`number` listings of a locality."""
        houses = int(self._rng.binomial(number, place.house_share))
        built: list[tuple[_Project, Home]] = []
        for _ in range(number - houses):
            built.append(self._flat(place, built))
        flats = [self._priced(home, project.level) for project, home in built]
        level = log(place.median_rate) + self._figures.house_premium
        alone = [self._house(place) for _ in range(houses)]
        return [*flats, *(self._priced(home, level + self._shape(home)) for home in alone)]

    def _flat(
        self, place: LocalityFacts, built: list[tuple[_Project, Home]]
    ) -> tuple[_Project, Home]:
        """A flat of a new project, or of that of one `built` before, perhaps laid out like it."""
        if not built or self._happens(self._figures.new_project):
            return self._project(place)
        project, home = built[int(self._rng.integers(len(built)))]
        if self._happens(self._figures.same_layout):
            return project, home
        others = self._happens(self._figures.other_bedrooms)
        bedrooms = self._pick(self._bedrooms["flat"]) if others else project.bedrooms
        return project, self._laid_out(project, bedrooms)

    def _project(self, place: LocalityFacts) -> tuple[_Project, Home]:
        """A new project and the first of its flats, whose size decides what all cost."""
        rng, figures = self._rng, self._figures
        self._projects += 1
        level = log(place.median_rate) - figures.flat_discount * place.house_share
        level += float(rng.normal(0, figures.project_sd))
        name, size = f"Sim{self._projects}", float(rng.normal(0, _OF_PROJECTS))
        project = _Project(name, place.locality, self._pick(self._bedrooms["flat"]), size, level)
        home = self._laid_out(project, project.bedrooms)
        return replace(project, level=level + self._shape(home)), home

    def _laid_out(self, project: _Project, bedrooms: str) -> Home:
        area = self._area(bedrooms, "flat", project.size + float(self._rng.normal(0, _WITHIN_ONE)))
        return self._home(project.locality, bedrooms, "flat", area, project.name)

    def _house(self, place: LocalityFacts) -> Home:
        """A house on its plot, often one of the sizes that land is sold in."""
        bedrooms = self._pick(self._bedrooms["house"])
        area = self._area(bedrooms, "house", float(self._rng.normal()))
        plot = min(self._figures.plots, key=lambda size: abs(log(float(size) / area)))
        if self._happens(self._figures.plots[plot]):
            area = float(plot)
        self._projects += 1
        return self._home(place.locality, bedrooms, "house", area, f"Sim{self._projects}")

    def _area(self, bedrooms: str, kind: str, size: float) -> float:
        """An area that is `size` spreads from the mean of its like, rounded as people do."""
        mean, sd = self._figures.log_area.get(f"{bedrooms}|{kind}", (7.5, 0.5))
        step = float(self._pick(self._figures.area_steps[kind]))
        return max(step * round(exp(mean + sd * size) / step), _SMALLEST)

    def _home(self, locality: str, bedrooms: str, kind: str, area: float, society: str) -> Home:
        return Home(
            locality=locality,
            area=area,
            bedrooms=int(bedrooms),
            bathrooms=int(self._pick(self._figures.bathrooms.get(bedrooms, {"9": 1.0}))),
            facts={
                "kind": kind,
                "area_type": self._pick(self._figures.area_types[kind]),
                "society": society,
            },
        )

    def _shape(self, home: Home) -> float:
        """What its size and rooms add to the log price per area."""
        x = log(home.area / self._figures.curve_at_area)
        a, b, c, d = self._figures.curve[home.text_fact("kind") or "flat"]
        rooms, spare = home.bedrooms - 2, home.bathrooms - home.bedrooms
        return a * x + b * x * x + c * rooms + d * spare

    def _priced(self, home: Home, level: float) -> Listing:
        rate = exp(level + self._noise(home.text_fact("kind") or "flat"))
        return Listing(home, self._asked(rate * home.area / self._market.money.units_of_currency))

    def _noise(self, kind: str) -> float:
        """What sellers of one project, or of houses alike, ask more or less."""
        if kind == "house":
            return float(self._rng.normal(0, self._figures.house_sd))
        if self._happens(self._figures.at_list_price):
            return 0.0
        drawn = self._figures.within_project * float(self._rng.standard_t(_TAIL))
        return min(max(drawn, -_MOST_NOISE), _MOST_NOISE)

    def _asked(self, price: float) -> float:
        """`price` as it is asked: the dearer, the rounder."""
        if self._happens(min(max((price - 30) / 150, 0.0), 0.75)):
            return float(max(5 * round(price / 5), 5))
        return round(price, 2 if price < 100 and self._happens(0.3) else 0) or 1.0

    def _happens(self, rate: float) -> bool:
        return bool(self._rng.random() < rate)

    def _pick(self, shares: Shares) -> str:
        weight = np.array(list(shares.values()))
        return list(shares)[int(self._rng.choice(len(weight), p=weight / weight.sum()))]


def _bedrooms(figures: MarketFacts, kind: str) -> Shares:
    """How many bedrooms the homes of a kind have."""
    shares, houses = figures.bedrooms, figures.house_share
    return {b: shares[b] * (houses[b] if kind == "house" else 1 - houses[b]) for b in shares}
