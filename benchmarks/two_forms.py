"""By how much the published form of a model differs from the judged one on the holdout.

    .venv/bin/python benchmarks/two_forms.py [--listings FILE] [--sizes 500,1000,2400] \
        [--recipes booster,linear] [--quick] [--seeds 1,2]

Both forms are fitted on samples of FILE, or of simulated markets without one. A line has the
largest of all feature sets and seeds, as shares of the judged form's error: the error of the
published form, the difference that having seen the holdout does not explain, and its lean. The
gate (`valuation/evaluate/gate.py`) refuses what is far beyond.
"""

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

from homeprices import markets
from homeprices.datasets.clean import read_listings
from homeprices.datasets.simulate import simulate
from homeprices.datasets.split import split
from homeprices.domain.listing import Listing
from homeprices.domain.model_card import Agreement
from homeprices.valuation.evaluate.holdout import evaluate_holdout
from homeprices.valuation.train.fit import FitConfig, fit
from homeprices.valuation.train.recipes import RECIPES
from homeprices.workflows.training.published_form import published_form

MARKET = markets.load("bangalore")


def agreements(config: FitConfig, listings: Sequence[Listing]) -> list[Agreement]:
    """That of each feature set."""
    learn, held_out = split(listings)
    files = fit(config, learn, MARKET, lambda _: None)
    evaluation = evaluate_holdout(files, learn, held_out, MARKET)
    form = published_form(config, listings, evaluation, MARKET, lambda _: None)
    return list(form.agreement.values())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listings", type=Path)
    parser.add_argument("--sizes", default="500,1000,2400")
    parser.add_argument("--recipes", default="linear,booster,gaussian_process")
    parser.add_argument("--quick", action="store_true", help="the quick parameters of each recipe")
    parser.add_argument("--seeds", default="1,2")
    asked = parser.parse_args()
    print("| listings | recipe | published error | unexplained | lean |\n|---|---|---|---|---|")
    for size in map(int, asked.sizes.split(",")):
        for recipe in asked.recipes.split(","):
            config = FitConfig(recipe, RECIPES[recipe].quick if asked.quick else {})
            seeds = [int(seed) for seed in asked.seeds.split(",")]
            drawn = [_sample(asked.listings, size, seed) for seed in seeds]
            found = [forms for listings in drawn for forms in agreements(config, listings)]
            print(f"| {size:,} | {recipe} | {_largest(found)} |", flush=True)


def _sample(file: Path | None, size: int, seed: int) -> list[Listing]:
    if file is None:
        return list(read_listings(simulate(MARKET, size, seed), MARKET))
    listings = list(read_listings(file.read_bytes(), MARKET))
    return random.Random(seed).sample(listings, min(size, len(listings)))  # noqa: S311 - no secret


def _largest(found: Sequence[Agreement]) -> str:
    shares = [(forms.published_error, forms.unexplained, abs(forms.lean)) for forms in found]
    by_error = [
        [figure / forms.judged_error for figure in figures]
        for figures, forms in zip(shares, found, strict=True)
    ]
    return " | ".join(f"{max(column):.2f}" for column in zip(*by_error, strict=True))


if __name__ == "__main__":
    main()
