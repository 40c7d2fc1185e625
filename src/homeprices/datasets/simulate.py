"""A made-up market with the figures of a real one: for a first start and for tests.

Localities have their own level, small ones are many; homes come in projects
that share a price; houses spread more than flats. `dirt` writes it all down the
way people do.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from math import exp, hypot, log

import numpy as np

from homeprices.datasets.dirt import Writer
from homeprices.datasets.read import FACTS, public_columns
from homeprices.domain.listing import Home, Listing
from homeprices.domain.market import Market
from homeprices.markets.facts import LocalityFacts, MarketFacts, facts
from homeprices.markets.places import coordinates

_SMALL_LOCALITY_SD = 0.22
_LISTINGS_OF_A_PROJECT = 3.0
_TAIL = 4.0
_NEAREST = 4
_OFF_THE_MAP = 0.25


@dataclass(frozen=True, slots=True)
class _Project:
    """Homes under one name and one price: `level` is the log price per area of a usual home."""

    name: str
    locality: str
    bedrooms: int
    kind: str
    area: float
    level: float


def simulate(market: Market, rows: int, seed: int) -> bytes:
    """`rows` listings as a CSV file in the public columns; the same seed gives the same file."""
    rng = np.random.default_rng(seed)
    figures, known = facts(market.name)
    builder = _Builder(market, figures, rng)
    writer = Writer(market, figures, rng)
    places = [*known, *builder.small_localities(known)]
    weight = np.array([place.listings for place in places], float)
    chosen = rng.multinomial(rows, weight / weight.sum())
    listings: list[Listing] = []
    for place, number in zip(places, chosen.tolist(), strict=True):
        listings += builder.listings(place, number)
    lines = [writer.row(listings[i]) for i in rng.permutation(len(listings)).tolist()]
    for i in np.flatnonzero(rng.random(rows) < figures.duplicate_rate).tolist():
        lines[i] = lines[int(rng.integers(rows))]
    return _csv(market, lines)


def _csv(market: Market, lines: list[dict[str, str]]) -> bytes:
    out = io.StringIO(newline="")
    sheet = csv.writer(out, lineterminator="\n")
    sheet.writerow(public_columns(market))
    sheet.writerows([line[fact] for fact in FACTS] for line in lines)
    return out.getvalue().encode()


class _Builder:
    """Draws localities, projects and homes."""

    def __init__(self, market: Market, figures: MarketFacts, rng: np.random.Generator) -> None:
        self._market = market
        self._figures = figures
        self._rng = rng
        self._projects = 0

    def small_localities(self, known: list[LocalityFacts]) -> list[LocalityFacts]:
        """Localities of a few listings, priced like the nearest large ones, give or take."""
        where = coordinates(self._market.name)
        large = {place.locality: place for place in known}
        names = [name for name in where if name not in large]
        listings = self._rng.geometric(0.28, len(names)).clip(1, 9).astype(float)
        share = self._figures.small_locality_share
        wanted = sum(place.listings for place in known) * share / (1 - share)
        copies = max(1, round(wanted / listings.sum()))
        anchors = [(where[name], place) for name, place in large.items() if name in where]
        return [
            self._small(self._invented(name), int(n) * copies, where[name], anchors)
            for name, n in zip(names, listings.tolist(), strict=True)
        ]

    def _invented(self, name: str) -> str:
        """Now and then a place that is on no map."""
        off_the_map = self._rng.random() < _OFF_THE_MAP
        return f"{name} Extension" if off_the_map else name

    def _small(
        self,
        name: str,
        listings: int,
        point: tuple[float, float],
        anchors: list[tuple[tuple[float, float], LocalityFacts]],
    ) -> LocalityFacts:
        anchors = sorted(anchors, key=lambda a: hypot(a[0][0] - point[0], a[0][1] - point[1]))
        near = [place for _, place in anchors[:_NEAREST]]
        level = float(np.mean([log(place.median_rate) for place in near]))
        rate = exp(level + self._rng.normal(0, _SMALL_LOCALITY_SD))
        houses = float(np.mean([place.house_share for place in near]))
        spread = float(np.mean([place.robust_log_sd for place in near]))
        return LocalityFacts(name, listings, rate, spread, houses)

    def listings(self, place: LocalityFacts, number: int) -> list[Listing]:
        """`number` listings of a locality, in projects that differ in size."""
        if not number:
            return []
        count = max(1, round(number / _LISTINGS_OF_A_PROJECT))
        projects = [self._project(place) for _ in range(count)]
        weight = self._rng.gamma(0.7, size=count) + 1e-3
        drawn = self._rng.choice(count, size=number, p=weight / weight.sum())
        return [self._listing(projects[i]) for i in drawn.tolist()]

    def _project(self, place: LocalityFacts) -> _Project:
        figures, rng = self._figures, self._rng
        bedrooms = self._pick(figures.bedrooms)
        odds = figures.house_share[bedrooms] * (0.4 + 4 * place.house_share)
        kind = "house" if rng.random() < min(odds, 0.97) else "flat"
        mean, sd = figures.log_area.get(f"{bedrooms}|{kind}", (7.5, 0.5))
        level = log(place.median_rate) + rng.normal(0, figures.project_sd)
        self._projects += 1
        area = exp(rng.normal(mean, sd))
        return _Project(f"Sim{self._projects}", place.locality, int(bedrooms), kind, area, level)

    def _listing(self, project: _Project) -> Listing:
        figures, rng = self._figures, self._rng
        is_house = project.kind == "house"
        area = exp(rng.normal(log(project.area), 0.35)) if is_house else project.area
        if not is_house and rng.random() < 0.6:
            area *= exp(rng.normal(0, 0.06))
        step = 50 if is_house or rng.random() < 0.3 else 1
        area = float(max(step * round(area / step), 300))
        bathrooms = int(self._pick(figures.bathrooms.get(str(project.bedrooms), {"9": 1.0})))
        spread = figures.house_sd if is_house else figures.within_project_sd
        noise = float(rng.standard_t(_TAIL)) * spread / (_TAIL / (_TAIL - 2)) ** 0.5
        x = log(area / figures.curve_at_area)
        a, b, c, d = figures.curve[project.kind]
        shape = a * x + b * x * x + c * (project.bedrooms - 2) + d * (bathrooms - project.bedrooms)
        rate = exp(project.level + shape + is_house * figures.house_premium + noise)
        price = rate * area / self._market.money.units_of_currency
        home = Home(
            locality=project.locality,
            area=area,
            bedrooms=project.bedrooms,
            bathrooms=bathrooms,
            kind=project.kind,
            area_type=self._pick(figures.area_types[project.kind]),
            society=project.name,
            balconies=None,
            availability=None,
        )
        return Listing(home, round(price, 2 if price < 30 else 1 if rng.random() < 0.2 else 0))

    def _pick(self, shares: dict[str, float]) -> str:
        weight = np.array(list(shares.values()))
        return list(shares)[int(self._rng.choice(len(weight), p=weight / weight.sum()))]
