"""How like real listings the made-up market is: its figures and theirs side by side.

    .venv/bin/python benchmarks/simulated_market.py LISTINGS.csv [--errors RECIPE]

Twins are homes alike in locality, area, bedrooms and bathrooms; each is compared with the median
of its twins. With --errors the recipe is cross-validated on both, as `homes evaluate --cv` does,
and a model of the made-up market is judged on the real one: minutes for `booster`, more for
`blend`.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np

from homeprices import markets
from homeprices.cli.first_start import SIMULATED_ROWS, SIMULATED_SEED
from homeprices.datasets.clean import read_listings
from homeprices.datasets.simulate import simulate
from homeprices.domain.listing import Listing
from homeprices.domain.locality import place_of
from homeprices.domain.market import Market
from homeprices.valuation.evaluate.metrics import metrics
from homeprices.valuation.evaluate.predictions import predict_many
from homeprices.valuation.predict import bundle
from homeprices.valuation.train.fit import FitConfig, fit
from homeprices.workflows.training.evaluate import cross_validate

PLOTS = (600, 1200, 2400)
QUANTILES = (0.01, 0.1, 0.5, 0.9, 0.99)
ERRORS = (
    "mdape_percent",
    "within_20_percent",
    "mean_abs_log_error",
    "coverage_percent",
    "median_width_percent",
)


def figures(listings: Sequence[Listing], market: Market) -> dict[str, float]:
    """What tells whether a market is like another; shares in percent."""
    homes = [row.home for row in listings]
    areas = np.array([home.area for home in homes])
    houses = np.array([home.text_fact("kind") == "house" for home in homes])
    prices = np.array([row.price for row in listings])
    bedrooms = np.array([home.bedrooms for home in homes])
    bases = Counter(place_of(home.locality, market).locality for home in homes)
    twins = twins_apart(listings, market)
    found = {
        "localities": float(len(bases)),
        "% in localities under 10": percent(sum(n for n in bases.values() if n < 10), homes),
        "% alone in their locality": percent(sum(n == 1 for n in bases.values()), homes),
        "% with a twin": percent(len(twins), homes),
        "% a twin is apart, median": 100 * float(np.median(twins)),
        "% of twins at one price": 100 * float(np.mean(twins == 0)),
        "% houses": 100 * float(houses.mean()),
        "% of houses on 600, 1200, 2400": 100 * float(np.mean(np.isin(areas[houses], PLOTS))),
        "% of flats on 600, 1200, 2400": 100 * float(np.mean(np.isin(areas[~houses], PLOTS))),
        "% without society": percent(sum("society" not in home.facts for home in homes), homes),
        "% of prices in fives": 100 * float(np.mean(prices % 5 == 0)),
    }
    for rooms in range(1, 6):
        alike = bedrooms == rooms if rooms < 5 else bedrooms >= rooms
        found[f"% with {rooms}{'+' if rooms == 5 else ''} bhk"] = 100 * float(np.mean(alike))
    rates = prices * market.money.units_of_currency / areas
    for name, values in (("sqft", areas), ("lakh", prices), ("rupees a sqft", rates)):
        for share, value in zip(QUANTILES, np.quantile(values, QUANTILES), strict=True):
            found[f"{name} at {100 * share:.0f} %"] = float(value)
    return found


def twins_apart(listings: Sequence[Listing], market: Market) -> np.ndarray:
    """How far each home that has twins is from their median price, as a share of its own."""
    groups = defaultdict(list)
    for row in listings:
        home = row.home
        leaf = place_of(home.locality, market).sublocality
        groups[leaf, home.area, home.bedrooms, home.bathrooms].append(row.price)
    return np.array(
        [
            abs(np.median([*prices[:i], *prices[i + 1 :]]) / price - 1)
            for prices in groups.values()
            if len(prices) > 1
            for i, price in enumerate(prices)
        ]
    )


def percent(part: float, whole: Sequence[object]) -> float:
    """`part` of the number of `whole`."""
    return 100 * part / len(whole)


def errors(real: Sequence[Listing], made: Sequence[Listing], recipe: str, market: Market) -> None:
    """Print the errors of `recipe` inside each market, and from the made-up one to the real."""
    inside = [cross_validate(rows, market, [recipe]) for rows in (real, made)]
    across = bundle.load(fit(FitConfig(recipe, {}), made, market, lambda _: None))
    print(f"\n{'':32}{'real':>12}{'made up':>12}{'across':>12}")
    for facts in across.feature_sets:
        column = f"{recipe}, {facts.name}"
        found = [
            *(one[column] for one in inside),
            metrics(predict_many(across, real, facts.optional)),
        ]
        for name in ERRORS:
            print(f"{facts.name + ' ' + name:32}", *(f"{one[name]:12.4g}" for one in found), sep="")


@click.command()
@click.argument(
    "file", metavar="LISTINGS.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--errors", "recipe", metavar="RECIPE", help="Cross-validate this recipe, too.")
def main(file: Path, recipe: str | None) -> None:
    """Print the figures of both markets, and the errors if they are wanted."""
    market = markets.load("bangalore")
    real = read_listings(file.read_bytes(), market)
    made = read_listings(simulate(market, SIMULATED_ROWS, SIMULATED_SEED), market)
    print(f"{'':32}{'real':>12}{'made up':>12}")
    beside = figures(made, market)
    for name, value in figures(real, market).items():
        print(f"{name:32}{value:12,.1f}{beside[name]:12,.1f}")
    if recipe:
        errors(real, made, recipe, market)


if __name__ == "__main__":
    main()
