"""From listings to the files of a model."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median, median_low

import numpy as np

from homeprices.domain.errors import BadInput, FieldProblem, Refused
from homeprices.domain.listing import Fact, Home, Listing
from homeprices.domain.market import Market
from homeprices.domain.requests.usual import fit_usual
from homeprices.valuation.arrays import Floats
from homeprices.valuation.evaluate.gate import against_served_form
from homeprices.valuation.explain.kept_listings import LISTINGS_FILE, write_listings
from homeprices.valuation.features.encodings import TargetEncodings
from homeprices.valuation.features.feature_sets import ANSWERS_WHEN, FEATURE_SETS, OPTIONAL
from homeprices.valuation.localities.names import LocalityNames
from homeprices.valuation.predict.bundle import ModelDescription, SubModel, SubModelRecord, pack
from homeprices.valuation.predict.intervals import COVERAGE, LEAST_COVERAGE, MOST_COVERAGE, Ranges
from homeprices.valuation.predict.members import ERROR_SCALE_FILE
from homeprices.valuation.predict.predictor import ModelContext
from homeprices.valuation.predict.property_type import PROPERTY_TYPE_FEATURES
from homeprices.valuation.train import preprocessing
from homeprices.valuation.train.boosting import fit_error_scale
from homeprices.valuation.train.calibrate import fit_ranges, narrowing
from homeprices.valuation.train.recipes import recipe_named
from homeprices.valuation.train.target_encodings import unlisted_locality_error
from homeprices.valuation.train.training_set import FitResult, TrainingSet
from homeprices.valuation.train.untold import fit_untold_shares

_GOLDEN = 20
_NOWHERE = "A place without listings"
OnProgress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FitConfig:
    """Which recipe, the parameters that replace its defaults, and what its ranges promise."""

    recipe: str
    overrides: Mapping[str, float]
    coverage: float = COVERAGE


def fit(
    config: FitConfig, listings: Sequence[Listing], market: Market, progress: OnProgress
) -> dict[str, bytes]:
    """The files of a model learned from `listings`; raises Refused, NotFound, BadInput."""
    parameters = recipe_named(config.recipe).parameters(config.overrides)
    _check(config.coverage)
    prepared = preprocessing.prepare(listings, market)
    localities = len(prepared.names.names)
    progress(f"learning from {len(prepared.rows):,} listings in {localities:,} localities")
    fitted = preprocessing.features_out_of_fold(prepared, parameters)
    models = _sub_models(config, prepared, fitted, progress)
    golden = _golden(prepared.rows.homes)
    description = ModelDescription(
        config.recipe, fitted.layout.versions, PROPERTY_TYPE_FEATURES, ANSWERS_WHEN
    )
    context = _context(market, prepared, fitted)
    files = pack(description, context, fitted.property_type, models, golden)
    return {**files, LISTINGS_FILE: _listings(prepared, fitted)}


def _sub_models(
    config: FitConfig,
    prepared: preprocessing.PreparedListings,
    fitted: preprocessing.FittedFeatures,
    progress: OnProgress,
) -> dict[str, SubModel]:
    """The model of each feature set, four facts first."""
    recipe = recipe_named(config.recipe)
    parameters = recipe.parameters(config.overrides)
    unlisted = unlisted_locality_error(prepared.rows, fitted.encodings)
    models: dict[str, SubModel] = {}
    widths: dict[str, Floats] = {}
    for feature_set in list(FEATURE_SETS.values())[: int(parameters.get("fact_sets", 1))]:
        training_set = preprocessing.training_set_for(prepared, fitted, feature_set)
        fit_result = recipe.learn(training_set, config.overrides)
        for member, differs in fit_result.served_differs.items():
            progress(
                f"{feature_set.name}: {member} as served differs by {differs:.4f} in log price "
                "at most"
            )
        error_scale = _error_scale(training_set, fit_result, parameters)
        found = fit_ranges(training_set, fit_result, error_scale.of_rows, unlisted, config.coverage)
        given = np.array([set(feature_set.optional) <= set(h.facts) for h in prepared.rows.homes])
        ranges = replace(found.ranges, narrower_than=narrowing(found.widths, widths, given))
        models[feature_set.name] = _sub_model(training_set, fit_result, error_scale, ranges)
        widths[feature_set.name] = found.widths
    return models


def _context(
    market: Market, prepared: preprocessing.PreparedListings, fitted: preprocessing.FittedFeatures
) -> ModelContext:
    homes, names, encodings = prepared.rows.homes, prepared.names, fitted.encodings
    reference = reference_home(homes, names, encodings)
    usual = fit_usual(homes, market)
    untold = fit_untold_shares(fitted.features, fitted.layout, len(encodings.area_types))
    return ModelContext(market, names, prepared.area_clipping, encodings, reference, usual, untold)


def _listings(
    prepared: preprocessing.PreparedListings, fitted: preprocessing.FittedFeatures
) -> bytes:
    """The listings, each with P(house) as it will be served."""
    layout = fitted.layout
    features = preprocessing.features_of(
        layout, fitted.encodings, prepared.rows, fitted.classifier()
    )
    probability = features[:, layout.position("house_probability")]
    return write_listings(prepared.listings, probability)


def _check(coverage: float) -> None:
    """Raise BadInput for a promise that no range can be learned for."""
    if not LEAST_COVERAGE <= coverage <= MOST_COVERAGE:
        words = f"must be {LEAST_COVERAGE} to {MOST_COVERAGE}, a share of homes; got {coverage}"
        raise BadInput([FieldProblem.with_sentence("coverage", words)])


@dataclass(frozen=True, slots=True)
class _ErrorScale:
    """Trees of the size of the error, None where there are none, and the scale of each row."""

    trees: bytes | None
    of_rows: Floats


def _error_scale(
    training_set: TrainingSet, fit_result: FitResult, parameters: Mapping[str, float]
) -> _ErrorScale:
    """How far off each estimate is expected to be.

    Raises Refused where the served form of a member is not close enough to what was learned.
    """
    if reasons := against_served_form(fit_result.served_differs):
        raise Refused("; ".join(reasons))
    return _ErrorScale(*fit_error_scale(training_set, fit_result, parameters))


def _sub_model(
    training_set: TrainingSet, fit_result: FitResult, error_scale: _ErrorScale, ranges: Ranges
) -> SubModel:
    """The model of one feature set."""
    record = SubModelRecord(
        feature_set=training_set.feature_set,
        features=training_set.feature_set.features(training_set.layout),
        kernel=training_set.kernel,
        members=fit_result.members,
        ranges=ranges,
        served_differs=fit_result.served_differs,
    )
    trees = {} if error_scale.trees is None else {ERROR_SCALE_FILE: error_scale.trees}
    return SubModel(record, {**fit_result.files, **trees})


def _golden(homes: Sequence[Home]) -> list[Home]:
    """Homes spread over the listings, one in an unknown place, and an unusual one."""
    step = max(1, len(homes) // _GOLDEN)
    chosen = list(homes[::step][:_GOLDEN])
    first = chosen[0]
    return [*chosen, replace(first, locality=_NOWHERE), replace(first, area=first.area * 8)]


def reference_home(homes: Sequence[Home], names: LocalityNames, encodings: TargetEncodings) -> Home:
    """The home in the middle of `homes`: what every estimate is explained from.

    Area, bedrooms and bathrooms are the medians of the listings, the optional facts their
    commonest, where "not told" is one of the answers. The locality is the one whose level
    is in the middle when each counts as often as it is listed.
    """
    return Home(
        locality=_locality(names, encodings),
        area=median([home.area for home in homes]),
        bedrooms=median_low([home.bedrooms for home in homes]),
        bathrooms=median_low([home.bathrooms for home in homes]),
        facts={
            name: value
            for name in OPTIONAL
            if (value := _commonest(home.facts.get(name) for home in homes)) is not None
        },
    )


def _locality(names: LocalityNames, encodings: TargetEncodings) -> str:
    levels = sorted(
        (level.residual, sublocality, level.listings)
        for sublocality, level in encodings.sublocalities.items()
        if sublocality in names.names
    )
    left = sum(listings for _, _, listings in levels) / 2
    for _, sublocality, listings in levels:
        left -= listings
        if left <= 0:
            return names.names[sublocality]
    raise AssertionError("a model knows at least one locality")


def _commonest(values: Iterable[Fact | None]) -> Fact | None:
    counts = Counter(values)
    return min(counts, key=lambda value: (-counts[value], str(value)))
