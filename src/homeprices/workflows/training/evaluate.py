"""Judges recipes by cross-validation and by what more listings bring, and published models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from homeprices.datasets.clean import read_published
from homeprices.datasets.split import folds_of, group_of, split
from homeprices.domain.errors import Refused
from homeprices.domain.listing import Listing
from homeprices.domain.manifest import PUBLISHED_FORM, ModelManifest
from homeprices.domain.market import Market
from homeprices.domain.model_card import Evaluation, LearningPoint
from homeprices.domain.versions import DatasetVersion, ModelVersion
from homeprices.reports.plots import pictures_of
from homeprices.valuation.evaluate.holdout import evaluation_result
from homeprices.valuation.evaluate.metrics import figures, metrics
from homeprices.valuation.evaluate.predictions import Predictions, predict_many, predict_naive
from homeprices.valuation.evaluate.slices import slices
from homeprices.valuation.predict import bundle
from homeprices.valuation.train import recipes
from homeprices.valuation.train.cross_validation import FOLDS, SALT
from homeprices.valuation.train.fit import FitConfig, OnProgress, fit
from homeprices.workflows.context import TrainingPorts

# The best first.
RECIPES = tuple(recipes.RECIPES)[::-1]
_EIGHTHS = (1, 2, 4, 8)
_SALT = "learning curve"


def cross_validate(
    listings: Sequence[Listing],
    market: Market,
    names: Sequence[str] = RECIPES,
    progress: OnProgress = lambda _: None,
) -> dict[str, dict[str, float]]:
    """Metrics of each recipe over every listing, asked of a model that never saw its group.

    Each of five models is fitted, packed and loaded as it would be served, and asked with the
    facts of each set that it has a model for. Raises NotFound for a name that no recipe has,
    before any is fitted; Refused.
    """
    for name in names:
        recipes.recipe_named(name)
    folds = folds_of(listings, FOLDS, SALT)
    predictions: dict[str, Predictions] = {}
    for name in names:
        for fold in range(FOLDS):
            for facts, part in _fold(listings, folds, fold, FitConfig(name, {}), market).items():
                column = f"{name}, {facts}"
                predictions[column] = predictions[column].joined_with(part) if fold else part
            progress(f"{name}: fold {fold + 1} of {FOLDS}")
    return {column: metrics(predicted) for column, predicted in predictions.items()}


@dataclass(frozen=True, slots=True)
class VersionEvaluation:
    """A version judged, and what it predicted for `listings` by each of its feature sets."""

    evaluation: Evaluation
    predictions: Mapping[str, Predictions]
    listings: Sequence[Listing]

    def pictures(self, market: Market) -> dict[str, bytes]:
        """PNG and SVG files by `{set of facts}/{name}`."""
        return {
            f"{result.facts}/{name}": content
            for result in self.evaluation.judgements
            for name, content in pictures_of(
                self.predictions[result.facts], self.listings, result.slices, market
            ).items()
        }


def evaluate(
    version: ModelVersion,
    listings: Sequence[Listing],
    source: str,
    *,
    ports: TrainingPorts,
    is_judged_form: bool = False,
) -> VersionEvaluation:
    """The published form of a model, or its judged one, on those of `listings` it has not seen.

    A listing was seen where it is one of those that the form learned from, or such a home listed
    again. Raises Refused where there is no other.
    """
    if not listings:
        raise Refused("there is no listing to judge the model on")
    manifest, registry = ports.registry.manifest(version), ports.registry
    is_published = manifest.has_two_forms and not is_judged_form
    predictor = bundle.load(
        registry.files(version) if is_published else registry.judged_files(version)
    )
    learned = _learned_from(manifest, ports, is_published=is_published)
    unseen = _unseen(listings, learned)
    if not unseen:
        way_out = "its judged form has not seen the holdout: --judged" if is_published else ""
        raise Refused(
            f"all {len(listings):,} listings of {source} are among those that {version} learned "
            f"from; {way_out or 'name other listings'}"
        )
    form = PUBLISHED_FORM if is_published else manifest.metrics_of
    naive = predict_naive(learned, unseen, ports.market)
    predictions = {
        feature_set.name: predict_many(predictor, unseen, feature_set.optional)
        for feature_set in predictor.feature_sets
    }
    judgements = [
        evaluation_result(
            feature_set,
            predicted := predictions[feature_set.name],
            naive,
            slices(predicted, unseen, learned, ports.market),
        )
        for feature_set in predictor.feature_sets
    ]
    left_out = len(listings) - len(unseen)
    evaluation = Evaluation(str(version), source, len(unseen), left_out, form, judgements)
    return VersionEvaluation(evaluation, predictions, unseen)


def _learned_from(
    manifest: ModelManifest, ports: TrainingPorts, *, is_published: bool
) -> Sequence[Listing]:
    """The listings that a form of a version learned from."""
    content = ports.datasets.read(DatasetVersion.parse(manifest.dataset))
    listings = read_published(content, ports.market)
    return listings if is_published else split(listings)[0]


def _unseen(listings: Sequence[Listing], learned: Sequence[Listing]) -> list[Listing]:
    seen = {group_of(listing) for listing in learned}
    return [listing for listing in listings if group_of(listing) not in seen]


def _fold(
    listings: Sequence[Listing], folds: Sequence[int], out: int, plan: FitConfig, market: Market
) -> dict[str, Predictions]:
    """Predictions for the listings of one fold by the set of facts that is provided."""
    pairs = list(zip(listings, folds, strict=True))
    learn = [listing for listing, fold in pairs if fold != out]
    left_out = [listing for listing, fold in pairs if fold == out]
    if not left_out:
        raise Refused(f"{len(listings)} listings are too few for {FOLDS} folds")
    predictor = bundle.load(fit(plan, learn, market, lambda _: None))
    return {
        feature_set.name: predict_many(predictor, left_out, feature_set.optional)
        for feature_set in predictor.feature_sets
    }


def learning_curve(
    recipe: str, listings: Sequence[Listing], market: Market, progress: OnProgress = lambda _: None
) -> list[LearningPoint]:
    """`recipe` fitted on an eighth, a quarter, half and all of what its judged form learns from.

    Each part contains the smaller ones, and each model is judged on the same held-out homes.
    Raises NotFound for a recipe we do not have, Refused where there are no homes, or too few.
    """
    recipes.recipe_named(recipe)
    learn, holdout = split(listings)
    if not holdout:
        raise Refused(f"none of {len(listings)} listings is held out, so nothing can be judged")
    eighth = folds_of(learn, _EIGHTHS[-1], _SALT)
    points = []
    for eighths in _EIGHTHS:
        part = [listing for listing, fold in zip(learn, eighth, strict=True) if fold < eighths]
        progress(f"{recipe} on {len(part):,} listings")
        predictor = bundle.load(fit(FitConfig(recipe, {}), part, market, lambda _: None))
        naive = predict_naive(part, holdout, market)
        points += [
            LearningPoint(
                feature_set.name,
                len(part),
                len(holdout),
                figures(predict_many(predictor, holdout, feature_set.optional), naive),
            )
            for feature_set in predictor.feature_sets
        ]
    return points
