"""How long one estimate takes inside the process, and what its parts take.

    .venv/bin/python benchmarks/one_estimate.py [LISTINGS.csv] [RECIPE]

Trains on the listings (simulated ones without a file), loads the model as a service does, and
asks it for 2,000 of them, first with four facts, then with all. CPU time of one thread; names of
localities repeat as they do in listings. The least of several rounds is printed: others use the
machine too. So that figures of two machines, or of a quiet hour and a busy one, can be compared,
each is also given in steps of a plain loop that ran between the rounds.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time

import click

from homeprices import markets
from homeprices.datasets.clean import read_listings
from homeprices.datasets.simulate import simulate
from homeprices.domain.listing import Home
from homeprices.valuation.features.feature_sets import OPTIONAL
from homeprices.valuation.predict import bundle
from homeprices.valuation.train.fit import FitConfig, fit

ROWS, ROUNDS, STEPS = 2_000, 15, 200_000


def cost_us(ask: Callable[[Home], object], homes: Sequence[Home]) -> tuple[float, float]:
    """CPU microseconds for one home, and for one step of a plain loop, in the best rounds."""
    rounds, loops = [], []
    for _ in range(ROUNDS):
        started = process_time()
        for home in homes:
            ask(home)
        asked = process_time()
        total = 0
        for i in range(STEPS):
            total += i * i
        loops.append(process_time() - asked)
        rounds.append(asked - started)
    return 1e6 * min(rounds) / len(homes), 1e6 * min(loops) / STEPS


@click.command()
@click.argument(
    "file",
    metavar="[LISTINGS.csv]",
    required=False,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.argument("recipe", default="blend")
def main(file: Path | None, recipe: str) -> None:
    """Print the cost of one estimate and the size of the model."""
    market = markets.load("bangalore")
    content = file.read_bytes() if file else simulate(market, 9_600, 1)
    listings = read_listings(content, market)
    started = process_time()
    files = fit(FitConfig(recipe, {}), listings, market, print)
    size = sum(map(len, files.values())) / 1e6
    print(f"{recipe}: {process_time() - started:.0f} s of CPU to train, {size:.1f} MB")
    predictor = bundle.load(files)
    for name, optional in (("four facts", ()), ("all facts", OPTIONAL)):
        homes = [listing.home.with_only(optional) for listing in listings[:ROWS]]
        cost, step = cost_us(predictor.estimate, homes)
        steps = f"{cost / step:,.0f} steps of {1e3 * step:.0f} ns"
        print(f"{name:<12}{cost:>6.0f} us an estimate, {steps}")


if __name__ == "__main__":
    main()
