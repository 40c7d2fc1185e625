"""How far off estimates are by how many listings are like the home: what the floor rests on.

    .venv/bin/python benchmarks/few_comparables.py --listings FILE.csv [--recipe booster]

Grouped cross-validation of three folds with four facts. `comparables` counts as the market's file
says (`markets/bangalore.toml`), in what the model of the fold has learned from.
"""

from math import log, log1p
from pathlib import Path

import click
import numpy as np

from homeprices import markets
from homeprices.datasets.clean import read_listings
from homeprices.datasets.split import folds_of
from homeprices.valuation.features.encodings import count_comparables
from homeprices.valuation.predict import bundle
from homeprices.valuation.train.fit import FitConfig, fit
from homeprices.valuation.train.recipes import RECIPES

FOLDS = 3
BANDS = ((0, 0), (1, 1), (2, 2), (3, 4), (5, 9), (10, 19), (20, 10**9))


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
    """Print a line for each band of comparables."""
    market = markets.load("bangalore")
    listings = read_listings(file.read_bytes(), market)
    settings = RECIPES[recipe].quick if quick else {"fact_sets": 1.0}
    folds = folds_of(listings, FOLDS, "few comparables")
    ratio, rows = log1p(market.comparable.area_share), []
    for fold in range(FOLDS):
        learned = [row for row, k in zip(listings, folds, strict=True) if k != fold]
        predictor = bundle.load(fit(FitConfig(recipe, settings), learned, market, lambda _: None))
        for row in (row for row, k in zip(listings, folds, strict=True) if k == fold):
            home = row.home.with_only(())
            told, (subject, _) = predictor.estimate(home), predictor.features(home)
            alike = count_comparables(predictor.context.encodings, subject, ratio)
            inside = told.low <= row.price <= told.high
            width = (told.high - told.low) / told.price
            rows.append((alike, abs(log(row.price / told.price)), inside, width))
    table = np.array(rows)
    print(f"{'comparables':<14}{'share':>8}{'median error':>14}{'inside':>9}{'width':>8}")
    for least, most in BANDS:
        part = table[(table[:, 0] >= least) & (table[:, 0] <= most)]
        name = (
            f"{least}" if least == most else f"{least} to {most}" if most < 10**9 else f"{least}+"
        )
        error = np.expm1(np.median(part[:, 1]))
        share, inside, width = len(part) / len(table), part[:, 2].mean(), np.median(part[:, 3])
        print(f"{name:<14}{share:>8.1%}{error:>14.1%}{inside:>9.1%}{width:>8.0%}")


if __name__ == "__main__":
    main()
