"""From listings to the files of a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from homeprices.domain.errors import BadInput, FieldProblem, Refused
from homeprices.domain.listing import Home, Listing
from homeprices.domain.market import Market
from homeprices.valuation.evaluate.gate import against_served_form
from homeprices.valuation.explain.kept_listings import LISTINGS_FILE, write_listings
from homeprices.valuation.features.definitions import HOUSE
from homeprices.valuation.features.feature_sets import FACT_SETS
from homeprices.valuation.predict.bundle import SubModel, pack
from homeprices.valuation.predict.ensemble import SPREAD_FILE
from homeprices.valuation.predict.intervals import COVERAGE, LEAST_COVERAGE, MOST_COVERAGE
from homeprices.valuation.predict.predictor import ModelContext
from homeprices.valuation.predict.property_type import open_property_type
from homeprices.valuation.train.calibrate import fit_ranges
from homeprices.valuation.train.error_scale import fit_error_scale
from homeprices.valuation.train.preprocessing import (
    FittedFeatures,
    PreparedListings,
    features_of,
    features_out_of_fold,
    material_of,
    prepare,
)
from homeprices.valuation.train.recipes import recipe
from homeprices.valuation.train.reference_home import reference_home
from homeprices.valuation.train.training_set import FitResult, TrainingSet
from homeprices.valuation.train.unlisted_localities import UnlistedError, unlisted_locality_error

_GOLDEN = 20
_NOWHERE = "A place without listings"
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FitConfig:
    """Which recipe, the parameters that replace its defaults, and what its ranges promise."""

    recipe: str
    overrides: Mapping[str, float]
    coverage: float = COVERAGE


def fit(
    plan: FitConfig, listings: Sequence[Listing], market: Market, progress: Progress
) -> dict[str, bytes]:
    """The files of a model learned from `listings`; raises Refused, NotFound, BadInput."""
    chosen = recipe(plan.recipe)
    _check(plan.coverage)
    parameters = chosen.parameters(plan.overrides)
    ground = prepare(listings, market)
    localities = len(ground.places.names)
    progress(f"learning from {len(ground.rows):,} listings in {localities:,} localities")
    prepared = features_out_of_fold(ground, parameters)
    levels = unlisted_locality_error(ground.rows, prepared.tables)
    parts = {}
    for facts in list(FACT_SETS.values())[: int(parameters.get("fact_sets", 1))]:
        material = material_of(ground, prepared, facts)
        learned = chosen.learn(material, plan.overrides)
        for member, differs in learned.served_differs.items():
            progress(
                f"{facts.name}: {member} as served differs by {differs:.4f} in log price at most"
            )
        parts[facts.name] = _part(learned, material, levels, parameters, plan.coverage)
    tables = prepared.tables
    middle = reference_home(ground.rows.homes, ground.places, tables)
    knowledge = ModelContext(market, ground.places, ground.guard, tables, middle)
    files = pack(plan.recipe, knowledge, prepared.houses, parts, _golden(ground.rows.homes))
    return {**files, LISTINGS_FILE: _listings(ground, prepared)}


def _listings(ground: PreparedListings, prepared: FittedFeatures) -> bytes:
    """The listings, each with P(house) as it will be served."""
    houses = open_property_type(prepared.houses, prepared.tables.house_share)
    seen = features_of(prepared.tables, ground.rows, houses)
    return write_listings(ground.listings, seen[:, HOUSE])


def _check(coverage: float) -> None:
    """Raise BadInput for a promise that no range can be learned for."""
    if not LEAST_COVERAGE <= coverage <= MOST_COVERAGE:
        words = f"must be {LEAST_COVERAGE} to {MOST_COVERAGE}, a share of homes; got {coverage}"
        raise BadInput([FieldProblem.with_sentence("coverage", words)])


def _part(
    learned: FitResult,
    material: TrainingSet,
    levels: UnlistedError,
    parameters: Mapping[str, float],
    coverage: float,
) -> SubModel:
    """The model of one set of facts; raises Refused where its served form is not close enough."""
    if reasons := against_served_form(learned.served_differs):
        raise Refused("; ".join(reasons))
    trees, spread = fit_error_scale(material, learned, parameters)
    files = learned.files if trees is None else {**learned.files, SPREAD_FILE: trees}
    ranges = fit_ranges(material, learned, spread, levels, coverage)
    return SubModel(learned.members, ranges, learned.served_differs, files)


def _golden(homes: Sequence[Home]) -> list[Home]:
    """Homes spread over the listings, one in an unknown place, and an unusual one."""
    step = max(1, len(homes) // _GOLDEN)
    chosen = list(homes[::step][:_GOLDEN])
    first = chosen[0]
    return [*chosen, replace(first, locality=_NOWHERE), replace(first, area=first.area * 8)]
