"""Asks a model about random homes and holds what every answer promises.

    .venv/bin/python benchmarks/random_requests.py LISTINGS.csv [RECIPE] [REQUESTS] [--quick]

Trains on the listings, then asks about homes whose facts are drawn one by one from different
listings, areas a little off: reasons must add up to the estimate within .01 of the price's unit,
low <= estimate <= high, and a locality with one letter doubled, if it is taken for the same place,
must be priced the same. It tells how often a tenth more area lowers the price, by how much, and
what the model sees in the smaller area that it does not see in the larger one.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
import numpy as np

from homeprices import markets
from homeprices.datasets.clean import read_listings
from homeprices.domain.listing import Home, Listing
from homeprices.valuation.explain.explainer import open_explainer
from homeprices.valuation.predict import bundle
from homeprices.valuation.predict.predictor import BundlePredictor
from homeprices.valuation.train.fit import FitConfig, fit
from homeprices.valuation.train.recipes import RECIPES

REQUESTS, SEED, CENT = 10_000, 1, 0.01
NOISE, LIKELIER_HOUSE = 0.02, 0.02
_FACTS = ("kind", "area_type", "society", "balconies", "availability")


def random_home(listings: Sequence[Listing], rng: np.random.Generator) -> Home:
    """A home with each fact from another listing; optional facts are given every other time."""
    pick = [listings[i].home for i in rng.integers(len(listings), size=len(_FACTS) + 4)]
    beds, baths, *others, where, size = pick
    drawn = dict(zip(("bedrooms", "bathrooms", *_FACTS), rng.random(len(_FACTS) + 2), strict=True))
    facts = {
        fact: home.facts[fact]
        for fact, home in zip(_FACTS, others, strict=True)
        if drawn[fact] < 0.5 and fact in home.facts
    }
    area = float(np.clip(round(size.area * rng.uniform(0.9, 1.1)), 300, 8_000))
    return Home(where.locality, area, beds.bedrooms, baths.bathrooms, facts)


def doubled(name: str, rng: np.random.Generator) -> str:
    """The name with one of its letters twice, not the first."""
    at = int(rng.integers(1, len(name)))
    return name[:at] + name[at] + name[at:] if name[at].isalpha() else name


def cause(predictor: BundlePredictor, home: Home, larger: Home) -> str:
    """What the smaller area tells the model that the larger one does not."""
    (_, before), (_, after) = predictor.features(home), predictor.features(larger)
    house = predictor.layout.position("house_probability")
    project = predictor.layout.position("project_level")
    if before[house] > after[house] + LIKELIER_HOUSE:
        return "a house is likelier at the smaller area"
    if before[project] > 0 and not after[project] >= before[project]:
        return "listings of just the smaller area, a project, are dear"
    return "neither"


@click.command()
@click.argument(
    "file", metavar="LISTINGS.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.argument("recipe", default="blend")
@click.argument("requests", type=int, default=REQUESTS)
@click.option("--quick", is_flag=True, help="With the parameters of a first start.")
def main(file: Path, recipe: str, requests: int, quick: bool) -> None:
    """Print how many answers kept each promise; ends with 1 if one did not."""
    market = markets.load("bangalore")
    listings = read_listings(file.read_bytes(), market)
    overrides = RECIPES[recipe].quick if quick else {}
    files = fit(FitConfig(recipe, overrides), listings, market, print)
    predictor, explainer = bundle.load(files), open_explainer(files)
    rng = np.random.default_rng(SEED)
    homes = [random_home(listings, rng) for _ in range(requests)]
    apart, disordered, mistaken, same = 0, 0, 0, 0
    for home in homes:
        answer = predictor.estimate(home)
        explained = explainer.reasons(home)
        total = explained.reference_price + sum(reason.amount for reason in explained.reasons)
        apart += abs(total - answer.price) > CENT
        disordered += not answer.low <= answer.price <= answer.high
        misspelt = predictor.estimate(replace(home, locality=doubled(home.locality, rng)))
        if misspelt.locality == answer.locality:
            same += 1
            mistaken += misspelt.price != answer.price
    print(f"{len(homes):,} random homes: reasons that do not add up {apart}, prices outside their")
    print(f"range {disordered}; of {same:,} misspelt localities understood as the same place,")
    print(f"{mistaken} priced otherwise")
    larger("random homes", predictor, homes)
    larger("listings as they are", predictor, [listing.home for listing in listings])
    four = [listing.home.with_only(()) for listing in listings]
    larger("listings told by four facts", predictor, four)
    if apart or disordered or mistaken:
        raise SystemExit(1)


def larger(name: str, predictor: BundlePredictor, homes: Sequence[Home]) -> None:
    """Print how often a tenth more area lowers the price, by how much, and why."""
    changes, causes = [], Counter[str]()
    for home in homes:
        more = replace(home, area=home.area * 1.1)
        changes.append(predictor.estimate(more).price / predictor.estimate(home).price - 1)
        if changes[-1] < -NOISE:
            causes[cause(predictor, home, more)] += 1
    fell = np.minimum(np.array(changes), 0)
    print(
        f"{len(homes):,} {name}: a tenth more area lowers the price of "
        f"{100 * np.mean(fell < 0):.1f} %, by more than {100 * NOISE:.0f} % of "
        f"{100 * np.mean(fell < -NOISE):.1f} %, at most by {-100 * fell.min():.1f} %"
    )
    for why, times in causes.most_common():
        print(f"  {times:,} of the latter: {why}")


if __name__ == "__main__":
    main()
