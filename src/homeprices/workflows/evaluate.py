"""Judges recipes by cross-validation, and published models on listings."""

from __future__ import annotations

from collections.abc import Sequence

from homeprices.datasets.split import folds_of
from homeprices.domain.errors import Refused
from homeprices.domain.listing import Listing
from homeprices.domain.market import Market
from homeprices.domain.versions import ModelVersion
from homeprices.stores.registry import Registry
from homeprices.valuation import bundle
from homeprices.valuation.evaluate import Answers, ask, metrics
from homeprices.valuation.fit import Plan, Progress, fit
from homeprices.valuation.search import FOLDS, SALT

RECIPES = ("blend", "gaussian_process", "booster", "linear")


def cross_validate(
    listings: Sequence[Listing],
    market: Market,
    recipes: Sequence[str] = RECIPES,
    progress: Progress = lambda _: None,
) -> dict[str, dict[str, float]]:
    """Metrics of each recipe over every listing, asked of a model that never saw its group.

    Each of five models is fitted, packed and loaded as it would be served, and asked with the
    facts of each set that it has a model for. Raises Refused.
    """
    folds = folds_of(listings, FOLDS, SALT)
    found: dict[str, Answers] = {}
    for name in recipes:
        for fold in range(FOLDS):
            for facts, part in _fold(listings, folds, fold, Plan(name, {}), market).items():
                column = f"{name}, {facts}"
                found[column] = found[column].and_then(part) if fold else part
            progress(f"{name}: fold {fold + 1} of {FOLDS}")
    return {column: metrics(answers) for column, answers in found.items()}


def evaluate(
    version: ModelVersion, listings: Sequence[Listing], *, registry: Registry
) -> dict[str, float]:
    """Metrics of a published model on `listings`; rows it has learned from flatter it."""
    if not listings:
        raise Refused("there is no listing to judge the model on")
    return metrics(ask(bundle.load(registry.files(version)), listings))


def _fold(
    listings: Sequence[Listing], folds: Sequence[int], out: int, plan: Plan, market: Market
) -> dict[str, Answers]:
    """Answers for the listings of one fold by the set of facts that was given."""
    pairs = list(zip(listings, folds, strict=True))
    learn = [listing for listing, fold in pairs if fold != out]
    asked = [listing for listing, fold in pairs if fold == out]
    if not asked:
        raise Refused(f"{len(listings)} listings are too few for {FOLDS} folds")
    valuer = bundle.load(fit(plan, learn, market, lambda _: None))
    return {facts.name: ask(valuer, asked, facts.optional) for facts in valuer.fact_sets}
