"""Trains a model, judges it on the one holdout, and publishes it if it may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from homeprices.datasets.clean import read_listings
from homeprices.datasets.split import split
from homeprices.domain.errors import Declined, Refused
from homeprices.domain.listing import Listing
from homeprices.domain.manifest import DatasetManifest, FileDigest, ModelManifest, content_digest
from homeprices.domain.market import Market
from homeprices.domain.tracking import Trial
from homeprices.domain.versions import DatasetVersion, ModelVersion, Role
from homeprices.ports import Clock
from homeprices.stores.datasets import DatasetShelf
from homeprices.stores.registry import Registry
from homeprices.valuation import bundle
from homeprices.valuation.evaluate import ask, ask_naive, metrics, worse_by
from homeprices.valuation.fit import Plan, fit
from homeprices.valuation.gate import against_floor, against_production
from homeprices.valuation.recipes import recipe
from homeprices.workflows.provenance import code_version, library_versions
from homeprices.workflows.report import Judged, report_on

DEFAULT_RECIPE = "blend"
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class TrainOrder:
    """What to train.

    `dataset` is the latest when None; `parameters` replace defaults of the
    recipe. `force` publishes a model that is equal to production's or worse
    than it, never one under the floor. `order` names what asks for it, so that
    asking again does not train again; `trials` led to the parameters.
    """

    recipe: str = DEFAULT_RECIPE
    dataset: DatasetVersion | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)
    force: bool = False
    order: str | None = None
    trials: Sequence[Trial] = ()


def train(  # noqa: PLR0913 - the order, and the stores it is carried out on
    order: TrainOrder,
    *,
    shelf: DatasetShelf,
    registry: Registry,
    market: Market,
    clock: Clock,
    progress: Progress,
) -> ModelManifest:
    """The manifest of the new model: BO1 in an empty registry, else the next candidate.

    Deterministic: one dataset, recipe and set of parameters give one model. An
    `order` that was carried out before gives the version that it made. Raises
    Refused with all reasons when the model may not be published.
    """
    made = _made_by(order, registry)
    if made is not None:
        progress(f"{made.version} was made by this order before")
        return made
    parameters = recipe(order.recipe).parameters(order.parameters)
    dataset = _dataset(order, shelf)
    version = DatasetVersion.parse(dataset.version)
    learn, held_out = split(read_listings(shelf.read(version), market))
    progress(
        f"{order.recipe} on {version}: {len(learn):,} to learn from, {len(held_out):,} held out"
    )
    plan = Plan(order.recipe, order.parameters)
    judged = _judge(fit(plan, learn, market, progress), learn, held_out, market)
    progress(_summary(judged))
    floor = against_floor(judged.metrics, judged.naive_metrics)
    _refuse_if(floor, "publish better listings or try another recipe")
    if not order.force:
        beside = _beside_production(judged, held_out, registry, dataset, progress)
        _refuse_if(beside, "train on new listings, with another recipe, or with --force")

    def manifest(number: ModelVersion, files: dict[str, FileDigest]) -> ModelManifest:
        return ModelManifest(
            version=str(number),
            recipe=order.recipe,
            parameters=parameters,
            dataset=dataset.version,
            dataset_sha256=dataset.files[f"train_{dataset.version}.csv"].sha256,
            simulated=dataset.simulated,
            created_at=clock().isoformat(),
            code=code_version(),
            files=files,
            metrics=judged.metrics,
            baseline_metrics=judged.naive_metrics,
            libraries=library_versions(),
            order=order.order,
        )

    report = report_on(judged, dataset, market, order.trials)
    role = Role.CANDIDATE if registry.production() else Role.PRODUCTION
    return registry.publish(role, judged.files, manifest, report)


def _made_by(order: TrainOrder, registry: Registry) -> ModelManifest | None:
    """The version that an earlier attempt at the same order has published."""
    if order.order is None:
        return None
    made = [one for role in Role for one in registry.manifests(role)]
    return next((m for m in made if m.order == order.order and m.copied_from is None), None)


def _dataset(order: TrainOrder, shelf: DatasetShelf) -> DatasetManifest:
    if order.dataset is not None:
        return shelf.manifest(order.dataset)
    latest = shelf.latest()
    if latest is None:
        raise Refused(
            "there is no dataset to train on; publish one by `homes dataset publish FILE` or "
            "`homes dataset simulate`"
        )
    return latest


def _judge(
    files: dict[str, bytes], learn: list[Listing], held_out: list[Listing], market: Market
) -> Judged:
    """The model as it would be served, judged beside the naive baseline."""
    if not held_out:
        raise Refused("no listing of this dataset is held out, so nothing can be judged")
    answers = ask(bundle.load(files), held_out)
    naive = ask_naive(learn, held_out, market)
    return Judged(files, learn, held_out, answers, naive, metrics(answers), metrics(naive))


def _beside_production(
    judged: Judged,
    held_out: list[Listing],
    registry: Registry,
    dataset: DatasetManifest,
    progress: Progress,
) -> list[str]:
    """Why the model should not be tried against production; force overrules these."""
    production = registry.production()
    if production is None:
        return []
    if dataset.simulated and not production.simulated:
        return [f"it learned from made-up listings, {production.version} from real ones"]
    digests = {name: FileDigest.of(content) for name, content in judged.files.items()}
    digest = content_digest(digests)
    if digest == production.digest:
        return [f"it is equal to {production.version}, which is in production"]
    lost = (v for v in registry.versions(Role.CANDIDATE) if registry.is_retired(v))
    twin = next((v for v in lost if registry.manifest(v).digest == digest), None)
    if twin is not None:
        return [f"it is equal to {twin}, which has lost its trial"]
    served = bundle.load(registry.files(ModelVersion.parse(production.version)))
    theirs = ask(served, held_out)
    low, high = worse_by(judged.answers, theirs)
    progress(
        f"beside {production.version} on the same {len(held_out):,} homes: mean absolute log error "
        f"{low:+.4f} to {high:+.4f} (95 %)"
    )
    return against_production(judged.answers, theirs)


def _refuse_if(reasons: list[str], way_out: str) -> None:
    if reasons:
        raise Declined(f"the new model is not published: {'; '.join(reasons)}; {way_out}")


def _summary(judged: Judged) -> str:
    """What the gate looks at, beside the naive baseline."""
    ours, naive = judged.metrics, judged.naive_metrics
    return (
        f"held out: mean absolute log error {ours['male']:.3f} (naive {naive['male']:.3f}), median "
        f"error {ours['mdape_percent']:.1f} % ({naive['mdape_percent']:.1f}), range holds "
        f"{ours['coverage_percent']:.1f} %"
    )
