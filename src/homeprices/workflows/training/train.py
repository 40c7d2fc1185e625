"""Trains models, judges them on the one holdout, and publishes those that may be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from homeprices.datasets.clean import read_published
from homeprices.datasets.split import split
from homeprices.datasets.validate import problems
from homeprices.domain.errors import Declined, Refused
from homeprices.domain.listing import Listing
from homeprices.domain.manifest import (
    BlendMember,
    DatasetManifest,
    ModelManifest,
    TrainingRun,
    both_forms,
)
from homeprices.domain.training import TuningTrial
from homeprices.domain.versions import DatasetVersion, ModelVersion, Role
from homeprices.reports.provenance import code_version, library_versions, source_hash
from homeprices.reports.training_report import report_on
from homeprices.stores.datasets import DatasetStore
from homeprices.stores.registry import DescribeModel, Registry
from homeprices.valuation.evaluate.holdout import (
    HoldoutEvaluation,
    against_evaluation,
    evaluate_holdout,
)
from homeprices.valuation.evaluate.metrics import metrics
from homeprices.valuation.evaluate.published_form import PublishedForm
from homeprices.valuation.features.feature_sets import FOUR
from homeprices.valuation.predict import bundle
from homeprices.valuation.train.fit import FitConfig, OnProgress, fit
from homeprices.valuation.train.recipes import recipe_named
from homeprices.workflows.context import TrainingPorts
from homeprices.workflows.training.beside_production import (
    beside_production,
    equal_to_known,
    with_facts,
)
from homeprices.workflows.training.equal_models import equal_model
from homeprices.workflows.training.published_form import against_published, published_form

DEFAULT_RECIPE = "blend"
OTHERWISE = "train on new listings, with another recipe, or with --force"
OTHER_LISTINGS = "publish better listings or try another recipe"


@dataclass(frozen=True, slots=True)
class TrainOrder:
    """What to train.

    `dataset` is the latest when None; `parameters` replace defaults of the
    recipe. `force` publishes a model that is equal to production's or worse
    than it, never one under the floor. `order` names what asks for it, so that
    asking again does not train again; `trials` led to the parameters. `coverage` is
    the share of homes that its ranges promise to hold, that of `TrainingPorts` when None.
    """

    recipe: str = DEFAULT_RECIPE
    dataset: DatasetVersion | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)
    force: bool = False
    order: str | None = None
    trials: Sequence[TuningTrial] = ()
    coverage: float | None = None


@dataclass(frozen=True, slots=True)
class _GatedModel:
    """Both forms of a model, with all that its manifest will say."""

    order: TrainOrder
    parameters: dict[str, float]
    dataset: DatasetManifest
    inputs: str
    evaluation: HoldoutEvaluation
    published: PublishedForm

    @property
    def files(self) -> dict[str, bytes]:
        """Those of both forms."""
        return both_forms(self.published.files, self.evaluation.files)

    @property
    def error(self) -> float:
        """Its mean absolute log error on the holdout, told four facts."""
        return self.evaluation.metrics["mean_abs_log_error"]


def train(order: TrainOrder, ports: TrainingPorts, progress: OnProgress) -> ModelManifest:
    """The manifest of the new model: BO1 in an empty registry, else the next candidate.

    Deterministic: one dataset, recipe and set of parameters give one model. An
    `order` that was carried out before gives the version that it made. Raises
    Refused with all reasons when the model may not be published.
    """
    earlier = _made_by(order, ports.registry)
    if earlier is not None:
        progress(f"{earlier.version} was made by this order before")
        return earlier
    return _publish(_fitted(order, ports, progress), ports, progress)


def train_run(
    orders: Sequence[TrainOrder], ports: TrainingPorts, progress: OnProgress
) -> list[ModelManifest]:
    """The manifests of all models of a run that may be published, the best on the holdout first.

    One that may not is told, and keeps no other back; raises Declined when none may be. In an empty
    registry the best is BO1, and the others are candidates where they are no worse. An order that
    was carried out before gives the version that it made.
    """
    if len(orders) == 1:
        return [train(orders[0], ports, progress)]
    made = [m for order in orders if (m := _made_in_run(order, ports.registry)) is not None]
    recipes_made = {manifest.recipe for manifest in made}
    left = [order for order in orders if order.recipe not in recipes_made]
    fitted, refused = _all_fitted(left, ports, progress)
    fitted.sort(key=lambda model: model.error)
    if fitted and ports.registry.production() is None:
        made.append(_publish(fitted.pop(0), ports, progress))
        fitted = [model for model in fitted if _is_no_worse(model, ports, progress)]
    published = [m for m in made if ModelVersion.parse(m.version).role is Role.CANDIDATE]
    count = len(published) + len(fitted)
    run = TrainingRun(_run_id(orders[0], made, ports), count) if count > 1 else None
    made += [_publish(model, ports, progress, run) for model in fitted]
    if not made:
        raise Declined("; ".join(refused))
    return sorted(made, key=lambda manifest: manifest.metrics["mean_abs_log_error"])


def _made_in_run(order: TrainOrder, registry: Registry) -> ModelManifest | None:
    """The version that an earlier attempt at the same run has published of the recipe."""
    if order.order is None:
        return None
    manifests = [manifest for role in Role for manifest in registry.manifests(role)]
    made = (m for m in manifests if m.order == order.order and m.copied_from is None)
    return next((m for m in made if m.recipe == order.recipe), None)


def _is_no_worse(model: _GatedModel, ports: TrainingPorts, progress: OnProgress) -> bool:
    """True where a model may stand beside the first production, which came of the same run."""
    reasons = _against_trial(model, ports, progress)
    if reasons and not model.order.force:
        progress(f"{model.order.recipe} is not published: {'; '.join(reasons)}")
    return model.order.force or not reasons


def _all_fitted(
    orders: Sequence[TrainOrder], ports: TrainingPorts, progress: OnProgress
) -> tuple[list[_GatedModel], list[str]]:
    """The models that may be published by now, and why the others may not."""
    fitted, refused = [], []
    for order in orders:
        try:
            fitted.append(_fitted(order, ports, progress))
        except Declined as error:
            refused.append(f"{order.recipe}: {error.message}")
            progress(refused[-1])
    return fitted, refused


def _run_id(order: TrainOrder, made: Sequence[ModelManifest], ports: TrainingPorts) -> str:
    """What names the run: that of an attempt before, else its order, else the moment."""
    earlier = next((manifest.run.id for manifest in made if manifest.run), None)
    return earlier or order.order or f"by hand {ports.clock().isoformat()}"


def _fitted(order: TrainOrder, ports: TrainingPorts, progress: OnProgress) -> _GatedModel:
    """Both forms of the model of `order`; raises Declined where the gate does not let it pass.

    Its judged form is asked how good it is, its published form what it weighs and costs.
    """
    parameters = recipe_named(order.recipe).parameters(order.parameters)
    dataset = _dataset(order, ports.datasets)
    promise = ports.coverage if order.coverage is None else order.coverage
    inputs = _inputs(order.recipe, parameters, dataset, promise)
    _refuse_equal(ports, inputs, order.force, progress)
    listings = _listings(ports, dataset.version)
    config = FitConfig(order.recipe, order.parameters, promise)
    evaluation = _judged_form(config, listings, dataset.version, ports, progress)
    if not order.force:
        reasons = beside_production(evaluation, ports, dataset, progress)
        _refuse_if(reasons, OTHERWISE)
    published = published_form(config, listings, evaluation, ports.market, progress)
    reasons = against_published(published, evaluation.feature_sets, ports.budget)
    _refuse_if(reasons, OTHER_LISTINGS)
    model = _GatedModel(order, parameters, dataset, inputs, evaluation, published)
    if not order.force:
        _refuse_if(equal_to_known(model.files, ports), OTHERWISE)
    return model


def _judged_form(
    config: FitConfig,
    listings: Sequence[Listing],
    dataset: str,
    ports: TrainingPorts,
    progress: OnProgress,
) -> HoldoutEvaluation:
    """What is learned without the holdout, judged on it; raises Declined under the floor."""
    learn, holdout = split(listings)
    counts = f"{len(learn):,} to learn from, {len(holdout):,} held out"
    progress(f"{config.recipe} on {dataset}: {counts}")
    files = fit(config, learn, ports.market, progress)
    evaluation = evaluate_holdout(files, learn, holdout, ports.market)
    for line in _summary(evaluation):
        progress(line)
    _refuse_if(_against_evaluation(evaluation), OTHER_LISTINGS)
    return evaluation


def _against_trial(model: _GatedModel, ports: TrainingPorts, progress: OnProgress) -> list[str]:
    """Reasons that force overrules: it is known already, or worse than production."""
    return equal_to_known(model.files, ports) or beside_production(
        model.evaluation, ports, model.dataset, progress
    )


def _publish(
    model: _GatedModel, ports: TrainingPorts, progress: OnProgress, run: TrainingRun | None = None
) -> ModelManifest:
    """The manifest of a model that passed the gate: BO1 in an empty registry, else the next CO."""
    registry, order, files = ports.registry, model.order, model.files
    describe = _description(model, run, ports.clock().isoformat())
    report = report_on(
        model.evaluation,
        model.published,
        model.dataset,
        order.trials,
        market=ports.market,
        budget=ports.budget,
    )
    if registry.production() is None:
        first = registry.publish_first(files, describe, report)
        # Another training has just made the first, maybe an earlier attempt at this order; else
        # what holds for every later one holds for this.
        earlier = first or _made_by(order, registry)
        if earlier is not None:
            return earlier
        if not order.force:
            _refuse_if(_against_trial(model, ports, progress), OTHERWISE)
    if order.force:
        return registry.publish(Role.CANDIDATE, files, describe, report)

    def is_equal(made: ModelManifest) -> bool:
        return equal_model(ports, lambda known: known.version == made.version) is not None

    published = registry.publish_candidate(files, describe, report, is_equal)
    made = published or _made_by(order, registry)
    if made is None:
        raise Declined(
            "the new model is not published: another training has just published an equal one"
        )
    return made


def _description(model: _GatedModel, run: TrainingRun | None, at: str) -> DescribeModel:
    """What the manifest says of a model, once its number and its files are known."""
    dataset, evaluation = model.dataset, model.evaluation
    members = blend_members(evaluation)
    return lambda number, files: ModelManifest(
        version=str(number),
        recipe=model.order.recipe,
        parameters=model.parameters,
        dataset=dataset.version,
        dataset_sha256=dataset.files[f"train_{dataset.version}.csv"].sha256,
        simulated=dataset.simulated,
        created_at=at,
        code=code_version(),
        files=files,
        metrics=evaluation.metrics,
        baseline_metrics=evaluation.naive_metrics,
        libraries=library_versions(),
        order=model.order.order,
        inputs=model.inputs,
        run=run if number.role is Role.CANDIDATE else None,
        members=members,
    )


def _inputs(
    recipe: str, parameters: Mapping[str, float], dataset: DatasetManifest, promise: float
) -> str:
    """A digest of all that a model follows from; see `ModelManifest.inputs`."""
    table = dataset.files[f"train_{dataset.version}.csv"].sha256
    known = (recipe, sorted(parameters.items()), table, dataset.simulated, promise)
    return sha256(
        repr((*known, source_hash(), sorted(library_versions().items()))).encode()
    ).hexdigest()


def _made_by(order: TrainOrder, registry: Registry) -> ModelManifest | None:
    """The version that an earlier attempt at the same order has published."""
    if order.order is None:
        return None
    manifests = [manifest for role in Role for manifest in registry.manifests(role)]
    return next((m for m in manifests if m.order == order.order and m.copied_from is None), None)


def blend_members(evaluation: HoldoutEvaluation) -> list[BlendMember]:
    """The parts of a model that has several, told four facts: the heaviest first."""
    weights = bundle.records(evaluation.files)[FOUR.name].members
    errors = evaluation.member_errors[FOUR.name]
    parts = [BlendMember(name, weights[name], error) for name, error in errors.items()]
    return sorted(parts, key=lambda part: -part.weight)


def _dataset(order: TrainOrder, datasets: DatasetStore) -> DatasetManifest:
    if order.dataset is not None:
        return datasets.manifest(order.dataset)
    latest = datasets.latest()
    if latest is None:
        raise Refused(
            "there is no dataset to train on; publish one by `homes dataset publish FILE` or "
            "`homes dataset simulate`"
        )
    return latest


def _listings(ports: TrainingPorts, dataset: str) -> tuple[Listing, ...]:
    listings = read_published(ports.datasets.read(DatasetVersion.parse(dataset)), ports.market)
    if unfit := problems(listings, ports.market):
        raise Declined(
            f"{dataset} is not fit to learn from: {'; '.join(unfit)}; publish better listings by "
            "`homes dataset publish FILE`"
        )
    return listings


def _refuse_equal(ports: TrainingPorts, inputs: str, is_forced: bool, progress: OnProgress) -> None:
    """Raise Declined, before any time is spent, where the same model would come out again.

    Where it `is_forced`, that is said instead.
    """
    equal = equal_model(ports, lambda manifest: manifest.inputs == inputs)
    if is_forced and equal:
        progress(
            f"by --force, though it will be equal to {equal}; a copy is not tried by itself, only "
            "by `homes experiment start`"
        )
        return
    _refuse_if([f"it would be equal to {equal}"] if equal else [], OTHERWISE)


def _against_evaluation(evaluation: HoldoutEvaluation) -> list[str]:
    """Reasons that no force overrules, for every feature set that the model has."""
    reasons: list[str] = []
    for feature_set in evaluation.feature_sets:
        against = against_evaluation(evaluation, feature_set)
        reasons += with_facts(feature_set, against)
    return reasons


def _refuse_if(reasons: list[str], way_out: str) -> None:
    if reasons:
        raise Declined(f"the new model is not published: {'; '.join(reasons)}; {way_out}")


def _summary(evaluation: HoldoutEvaluation) -> list[str]:
    """What the gate looks at, a line for each set of facts."""
    lines = [f"held out: naive error {evaluation.naive_metrics['mean_abs_log_error']:.3f}"]
    for feature_set in evaluation.feature_sets:
        figures = metrics(evaluation.predictions[feature_set.name])
        lines.append(
            f"held out, {feature_set.name}: "
            f"mean absolute log error {figures['mean_abs_log_error']:.3f}, "
            f"median error {figures['mdape_percent']:.1f} %, range holds "
            f"{figures['coverage_percent']:.1f} % ({100 * evaluation.four.promise:.0f} promised)"
        )
    return lines
