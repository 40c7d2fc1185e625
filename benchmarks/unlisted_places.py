"""How well a home is priced in a locality without listings: from the city, and by coordinates.

    .venv/bin/python benchmarks/unlisted_places.py --listings FILE.csv [--recipe booster]

Leaves whole localities out, a fifth of those on the map at a time, learns from the rest, and asks
for the homes left out twice: as a place that nobody knows, and with the coordinates that the map
has for it. Intervals of 95 % are of a bootstrap over localities, since homes of one err alike.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt

from homeprices import markets
from homeprices.datasets.clean import read_listings
from homeprices.domain.explanation import Estimate
from homeprices.domain.listing import Home, Listing
from homeprices.domain.locality import place_of
from homeprices.domain.market import Market
from homeprices.markets.aggregates import coordinates
from homeprices.valuation.features.area_clipping import is_plausible
from homeprices.valuation.predict import bundle
from homeprices.valuation.train.fit import FitConfig, fit
from homeprices.valuation.train.recipes import RECIPES

FOLDS, RESAMPLES, SEED = 5, 500, 1
NOBODY_KNOWS = "A place that nobody knows"
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Left:
    """A home that was left out with its locality, and where the map has it."""

    listing: Listing
    base: str
    at: tuple[float, float]

    def unknown(self) -> Home:
        """The home in a place that nobody knows."""
        return replace(self.listing.home, locality=NOBODY_KNOWS)

    def located(self) -> Home:
        """The home in a place that nobody knows, with its coordinates."""
        return self.unknown().with_facts(latitude=self.at[0], longitude=self.at[1])


def on_the_map(listings: Sequence[Listing], market: Market) -> list[Left]:
    """The plausible listings whose base has coordinates."""
    points = {place_of(name, market).locality: at for name, at in coordinates(market.name).items()}
    bases = [place_of(one.home.locality, market).locality for one in listings]
    return [
        Left(one, base, points[base])
        for one, base in zip(listings, bases, strict=True)
        if base in points and is_plausible(one.home, market)
    ]


def answers(
    plan: FitConfig, listings: Sequence[Listing], market: Market
) -> tuple[list[Left], list[Estimate], list[Estimate]]:
    """Each home left out, priced from the city and from its neighbourhood."""
    left = on_the_map(listings, market)
    bases = np.random.default_rng(SEED).permutation(sorted({one.locality for one in left}))
    asked, city, near = [], [], []
    for fold in range(FOLDS):
        out = set(bases[fold::FOLDS].tolist())
        rest = [one for one in listings if place_of(one.home.locality, market).locality not in out]
        predictor = bundle.load(fit(plan, rest, market, lambda _: None))
        homes = [one for one in left if one.locality in out]
        asked += homes
        city += [predictor.estimate(one.unknown()) for one in homes]
        near += [predictor.estimate(one.located()) for one in homes]
    return asked, city, near


def figures(prices: Floats, estimates: Sequence[Estimate]) -> Floats:
    """Per home: absolute log error, inside the range or not, and the width by the price."""
    table = np.array([(e.price, e.low, e.high) for e in estimates])
    inside = (table[:, 1] <= prices) & (prices <= table[:, 2])
    width = (table[:, 2] - table[:, 1]) / table[:, 0]
    return np.column_stack([np.abs(np.log(prices / table[:, 0])), inside, width])


MEASURES: dict[str, Callable[[Floats], float]] = {
    "median error, %": lambda f: 100 * float(np.expm1(np.median(f[:, 0]))),
    "mean absolute log error": lambda f: float(f[:, 0].mean()),
    "inside the range, %": lambda f: 100 * float(f[:, 1].mean()),
    "median width, %": lambda f: 100 * float(np.median(f[:, 2])),
}


def told(measure: Callable[[Floats], float], parts: Sequence[Floats]) -> str:
    """A measure over the homes of all localities, with its interval."""
    rng = np.random.default_rng(SEED)
    draws = rng.integers(len(parts), size=(RESAMPLES, len(parts)))
    seen = [measure(np.concatenate([parts[i] for i in draw])) for draw in draws]
    low, high = np.quantile(seen, [0.025, 0.975])
    return f"{measure(np.concatenate(parts)):8.3f} ({low:.3f} to {high:.3f})"


@click.command()
@click.option(
    "--listings",
    "file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--recipe", default="booster")
@click.option("--quick", is_flag=True, help="With the parameters of a first start.")
def main(file: Path, recipe: str, quick: bool) -> None:
    """Print both ways side by side, and by how much the neighbourhood is better."""
    market = markets.load("bangalore")
    listings = read_listings(file.read_bytes(), market)
    settings = RECIPES[recipe].quick if quick else {"fact_sets": 1.0}
    left, city, near = answers(FitConfig(recipe, settings), listings, market)
    prices = np.array([one.listing.price for one in left])
    bases = np.array([one.locality for one in left])
    groups = [np.flatnonzero(bases == base) for base in sorted(set(bases.tolist()))]
    print(f"{len(left):,} homes of {len(groups)} localities left out; {recipe}")
    ways = {"city": figures(prices, city), "neighbourhood": figures(prices, near)}
    for name, measure in MEASURES.items():
        for way, rows in ways.items():
            print(f"{name:<26}{way:<15}{told(measure, [rows[group] for group in groups])}")
    gain = ways["city"] - ways["neighbourhood"]
    print(f"{'log error, city minus neighbourhood':<41}", end="")
    print(told(MEASURES["mean absolute log error"], [gain[group] for group in groups]))


if __name__ == "__main__":
    main()
