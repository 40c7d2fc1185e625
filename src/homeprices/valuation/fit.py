"""From listings to the files of a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log

import numpy as np

from homeprices.datasets.split import folds_of
from homeprices.domain.errors import Refused
from homeprices.domain.listing import Home, Listing
from homeprices.domain.market import Market
from homeprices.markets.places import coordinates
from homeprices.valuation.bundle import pack
from homeprices.valuation.features import Tables, home_features, place_features
from homeprices.valuation.guard import Guard, fit_guard, is_plausible
from homeprices.valuation.intervals import fit_ranges
from homeprices.valuation.learned import Floats, Material
from homeprices.valuation.locality import Places, fit_places
from homeprices.valuation.recipes import recipe
from homeprices.valuation.tables import Geography, Rows, fit_geography, fit_tables
from homeprices.valuation.valuer import Knowledge

FEWEST_LISTINGS = 200
_GOLDEN = 20
_NOWHERE = "A place without listings"
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """Which recipe, and the parameters that replace its defaults."""

    recipe: str
    overrides: Mapping[str, float]


def fit(
    plan: Plan, listings: Sequence[Listing], market: Market, progress: Progress
) -> dict[str, bytes]:
    """The files of a model learned from `listings`; raises Refused, NotFound, BadInput."""
    chosen = recipe(plan.recipe)
    folds = int(chosen.parameters(plan.overrides)["folds"])
    ground = _prepare(listings, market)
    localities = len(ground.places.names)
    progress(f"learning from {len(ground.rows):,} listings in {localities:,} localities")
    material = _material(ground, folds)
    learned = chosen.learn(material, plan.overrides)
    tables = fit_tables(ground.rows, ground.geography)
    if not learned.files:
        tables = replace(tables, geography={}, around={}, projects={}, houses={}, landmarks=0)
    ranges = fit_ranges(material.features, learned.residual, learned.spread)
    knowledge = Knowledge(market, ground.places, ground.guard, tables, ranges)
    return pack(plan.recipe, knowledge, learned.files, _golden(ground.rows.homes))


@dataclass(frozen=True, slots=True)
class _Ground:
    """Listings made ready, and what is known before anything is learned of prices."""

    listings: list[Listing]
    rows: Rows
    places: Places
    guard: Guard
    geography: Geography


def _prepare(listings: Sequence[Listing], market: Market) -> _Ground:
    plausible = [listing for listing in listings if is_plausible(listing.home, market)]
    if len(plausible) < FEWEST_LISTINGS:
        raise Refused(
            f"{len(plausible):,} listings are left to learn from; {FEWEST_LISTINGS} are needed: "
            "publish a larger dataset"
        )
    homes = [listing.home for listing in plausible]
    guard = fit_guard(homes, market)
    places = fit_places([home.locality for home in homes], market)
    areas = [guard.area(home) for home in homes]
    target = [log(row.price / area) for row, area in zip(plausible, areas, strict=True)]
    where = [places.find(home.locality, market).place for home in homes]
    rows = Rows(homes, areas, where, np.array(target))
    geography = fit_geography(market, places, coordinates(market.name))
    return _Ground(plausible, rows, places, guard, geography)


def _material(ground: _Ground, folds: int) -> Material:
    """Features of each row from tables learned without its fold."""
    fold = np.array(folds_of(ground.listings, folds), dtype=np.int64)
    parts = []
    for k in range(folds):
        tables = fit_tables(ground.rows.take(np.flatnonzero(fold != k).tolist()), ground.geography)
        parts.append(features_of(tables, ground.rows.take(np.flatnonzero(fold == k).tolist())))
    features = np.empty((len(fold), parts[0].shape[1]))
    for k, part in enumerate(parts):
        features[fold == k] = part
    return Material(features, ground.rows.target, fold)


def features_of(tables: Tables, rows: Rows) -> Floats:
    """The features `(n, k)` of `rows`, home by home as a service makes them."""
    return np.array(
        [
            [*home_features(tables, home, area, place), *place_features(tables, place)]
            for home, area, place in zip(rows.homes, rows.areas, rows.places, strict=True)
        ]
    )


def _golden(homes: Sequence[Home]) -> list[Home]:
    """Homes spread over the listings, one in an unknown place, and an unusual one."""
    step = max(1, len(homes) // _GOLDEN)
    chosen = list(homes[::step][:_GOLDEN])
    first = chosen[0]
    return [*chosen, replace(first, locality=_NOWHERE), replace(first, area=first.area * 8)]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a model would be learned from, and homes it has not seen, as it would see them.

    `asked` are their features `(m, k)`, `target` their log prices per guarded area.
    """

    material: Material
    asked: Floats
    target: Floats


def rehearse(
    learn: Sequence[Listing], unseen: Sequence[Listing], market: Market, folds: int
) -> Rehearsal:
    """The material of `learn` and the features of `unseen`; raises Refused when too few."""
    ground = _prepare(learn, market)
    homes = [listing.home for listing in unseen]
    areas = [ground.guard.area(home) for home in homes]
    where = [ground.places.find(home.locality, market).place for home in homes]
    target = np.array([log(row.price / area) for row, area in zip(unseen, areas, strict=True)])
    tables = fit_tables(ground.rows, ground.geography)
    asked = features_of(tables, Rows(homes, areas, where, target))
    return Rehearsal(_material(ground, folds), asked, target)
