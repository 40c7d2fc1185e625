"""How long it takes to explain one estimate inside the process, and what the listings weigh.

    .venv/bin/python benchmarks/one_explanation.py [LISTINGS.csv] [RECIPE] [--quick]

Trains on the listings (simulated ones without a file), opens the model as a service does that
explains a past estimate, and explains some listings, first with four facts, then with all. CPU
time of one thread, the median of the homes.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import process_time

import click

from homeprices import markets
from homeprices.datasets.clean import read_listings
from homeprices.datasets.simulate import simulate
from homeprices.domain.listing import Home
from homeprices.valuation.explain.explainer import open_explainer
from homeprices.valuation.explain.kept_listings import LISTINGS_FILE
from homeprices.valuation.features.feature_sets import OPTIONAL
from homeprices.valuation.train.fit import FitConfig, fit
from homeprices.valuation.train.recipes import RECIPES

HOMES = 200


def cost_ms(ask: Callable[[Home], object], homes: Sequence[Home]) -> float:
    """CPU milliseconds for a home, the median."""
    took = []
    for home in homes:
        started = process_time()
        ask(home)
        took.append(process_time() - started)
    return 1e3 * median(took)


@click.command()
@click.argument(
    "file",
    metavar="[LISTINGS.csv]",
    required=False,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.argument("recipe", default="blend")
@click.option("--quick", is_flag=True, help="With the parameters of a first start.")
def main(file: Path | None, recipe: str, quick: bool) -> None:
    """Print the cost of reasons, comparables and curves."""
    market = markets.load("bangalore")
    content = file.read_bytes() if file else simulate(market, 9_600, 1)
    listings = read_listings(content, market)
    parameters = {**RECIPES[recipe].quick, "fact_sets": 3.0} if quick else {}
    files = fit(FitConfig(recipe, parameters), listings, market, print)
    print(f"{LISTINGS_FILE}: {len(files[LISTINGS_FILE]) / 1e3:.0f} kB, {len(listings):,} listings")
    started = process_time()
    explainer = open_explainer(files)
    print(f"opened in {process_time() - started:.2f} s of CPU")
    for name, optional in (("four facts", ()), ("all facts", OPTIONAL)):
        homes = [row.home.with_only(optional) for row in listings[:: len(listings) // HOMES]]
        explainer.comparables(homes[0])
        for what, ask in (
            ("reasons", explainer.reasons),
            ("comparables", explainer.comparables),
            ("curve", lambda home: explainer.curve(home, "area")),
        ):
            print(f"{name:<11} {what:<12}{cost_ms(ask, homes):>6.2f} ms")


if __name__ == "__main__":
    main()
