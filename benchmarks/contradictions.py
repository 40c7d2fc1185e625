"""How often the estimates of one model contradict each other, or what they promise.

    .venv/bin/python benchmarks/contradictions.py LISTINGS.csv [RECIPE] [--quick]

Trains on nine tenths of the listings and asks about the held-out ones, told by four facts and by
all: does more area cost less, or a little more a lot; does the estimate with a fact untold lie
between those with it told; does a range narrow as `narrower_with` says; is a price near its
estimate as often as `certainty` says. Prints tables in Markdown.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt

from homeprices import markets
from homeprices.datasets.clean import read_listings
from homeprices.datasets.split import split
from homeprices.domain.explanation import Estimate
from homeprices.domain.listing import Fact, Home, Listing
from homeprices.valuation.features.feature_sets import OPTIONAL
from homeprices.valuation.predict import bundle
from homeprices.valuation.predict.predictor import BundlePredictor
from homeprices.valuation.train.fit import FitConfig, fit
from homeprices.valuation.train.recipes import RECIPES

Floats = npt.NDArray[np.float64]
# In steps of 1 % of the area, from 23 % less to 30 % more.
STEPS = range(-23, 31)
# Facts whose values are few; a value counts where this share of homes with as many bedrooms has it.
FACTS, FEWEST_SHARE = ("kind", "area_type", "availability", "balconies"), 0.01
SLACK = 0.01
GRADES = ("high", "fair", "low")


def told(listing: Listing, optional: Sequence[str]) -> Home:
    """A listing's home, told by four facts and by those of `optional`."""
    return listing.home.with_only(optional)


def curves(predictor: BundlePredictor, homes: Sequence[Home]) -> Floats:
    """Log prices `(homes, steps)` as the area grows by 1 % at a time."""
    return np.log(
        [
            [predictor.estimate(replace(home, area=home.area * 1.01**s)).price for s in STEPS]
            for home in homes
        ]
    )


def area_row(log_prices: Floats) -> list[str]:
    """Falls within ten steps, and single steps, in percent of homes; the worst of each."""
    tenth = np.exp(log_prices[:, 10:] - log_prices[:, :-10]).min(axis=1) - 1
    step = np.exp(np.abs(np.diff(log_prices, axis=1))).max(axis=1) - 1
    shares = [np.mean(tenth < -0.01), np.mean(tenth < -0.03), np.mean(step > 0.05)]
    return [
        *(f"{100 * s:.1f}" for s in shares),
        f"{-100 * tenth.min():.0f}",
        f"{100 * step.max():.0f}",
    ]


def values_of(listings: Sequence[Listing], fact: str) -> Mapping[int, list[Fact]]:
    """The values of a fact that are not rare, by number of bedrooms."""
    counts: dict[int, Counter[Fact]] = {}
    for listing in listings:
        if fact in listing.home.facts:
            by_value = counts.setdefault(listing.home.bedrooms, Counter())
            by_value[listing.home.facts[fact]] += 1
    return {
        bedrooms: [v for v, n in by_value.items() if n >= FEWEST_SHARE * by_value.total()]
        for bedrooms, by_value in counts.items()
    }


def outside(predictor: BundlePredictor, home: Home, fact: str, values: Sequence[Fact]) -> float:
    """By what share the estimate with a fact untold lies outside those with it told."""
    untold = predictor.estimate(home.with_facts(**{fact: None})).price
    prices = [predictor.estimate(home.with_facts(**{fact: value})).price for value in values]
    return max(untold / max(prices) - 1, min(prices) / untold - 1, 0.0)


def fact_rows(
    predictor: BundlePredictor, listings: Sequence[Listing], homes: Sequence[Home]
) -> Iterator[list[str]]:
    """For each fact how many homes, in percent, have an untold estimate outside by 1 %, by 5 %."""
    for fact in FACTS:
        values = values_of(listings, fact)
        known = [home for home in homes if len(values.get(home.bedrooms, [])) > 1]
        off = np.array([outside(predictor, home, fact, values[home.bedrooms]) for home in known])
        shares = [np.mean(off > SLACK), np.mean(off > 0.05), off.max()]
        yield [fact, f"{len(known):,}", *(f"{100 * share:.1f}" for share in shares)]


def narrowing_rows(predictor: BundlePredictor, listings: Sequence[Listing]) -> Iterator[list[str]]:
    """For each feature set but the first: by what it is said to narrow, and by what it does."""
    fields = {spec.field: fact for fact, spec in predictor.context.market.facts.items()}
    bare = [predictor.estimate(told(listing, ())) for listing in listings]
    for narrowing in bare[0].missing_inputs:
        facts = {fields[name] for name in narrowing.fields}
        having = [i for i, row in enumerate(listings) if facts <= {*row.home.facts}]
        more = [predictor.estimate(told(listings[i], [*facts])) for i in having]
        before = np.median([width(bare[i]) for i in having])
        after = np.median([width(estimate) for estimate in more])
        names = ", ".join(narrowing.fields)
        happened = f"{100 * (1 - after / before):.1f}"
        yield [names, f"{len(having):,}", str(narrowing.by_percent), happened]


def width(estimate: Estimate) -> float:
    """The width of a range, as a share of the price."""
    return (estimate.high - estimate.low) / estimate.price


def certainty_rows(
    estimates: Sequence[Estimate], listings: Sequence[Listing]
) -> Iterator[list[str]]:
    """For each grade: how many homes, what was said of them and what happened, in percent."""
    actual = np.array([listing.price for listing in listings])
    near = np.abs(actual / np.array([e.price for e in estimates]) - 1) <= 0.2
    said = np.array([e.chance_within_20_percent for e in estimates])
    grades = np.array([str(e.certainty) for e in estimates])
    for grade in (*GRADES, "too_few"):
        rows = grades == grade
        if rows.any():
            shares = (rows.mean(), said[rows].mean(), near[rows].mean())
            yield [grade, *(f"{100 * share:.1f}" for share in shares)]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table in Markdown."""
    print("\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")


@click.command()
@click.argument(
    "file", metavar="LISTINGS.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.argument("recipe", default="blend")
@click.option("--quick", is_flag=True, help="With the parameters of a first start.")
@click.option("--homes", "most", default=400, help="Held-out homes whose area is moved, at most.")
def main(file: Path, recipe: str, quick: bool, most: int) -> None:
    """Print the tables."""
    market = markets.load("bangalore")
    listings = read_listings(file.read_bytes(), market)
    learn, held_out = split(listings)
    overrides = {**RECIPES[recipe].quick, "fact_sets": 3} if quick else {}
    config = FitConfig(recipe, overrides)
    predictor = bundle.load(fit(config, learn, market, lambda _: None))
    some = held_out[:most]
    ways = {"four facts": (), "all facts": OPTIONAL}
    print(f"{recipe} on {len(learn):,} listings; {len(held_out):,} held out, {len(some):,} moved")
    moved = {
        way: curves(predictor, [told(row, facts) for row in some]) for way, facts in ways.items()
    }
    head = ["told", "> 1 % down for 10 % up", "> 3 % down", "step > 5 % for 1 %", "worst fall %"]
    table([*head, "worst step %"], [[way, *area_row(moved[way])] for way in ways])
    for way, facts in ways.items():
        rows = fact_rows(predictor, learn, [told(listing, facts) for listing in some])
        table([f"untold, {way}", "homes", "outside by 1 %", "by 5 %", "at most %"], [*rows])
    head = ["narrower with", "homes", "stated %", "happened %"]
    table(head, [*narrowing_rows(predictor, held_out)])
    for way, facts in ways.items():
        estimates = [predictor.estimate(told(listing, facts)) for listing in held_out]
        head = [f"certainty, {way}", "homes %", "said %", "within 20 % of the estimate %"]
        table(head, [*certainty_rows(estimates, held_out)])


if __name__ == "__main__":
    main()
