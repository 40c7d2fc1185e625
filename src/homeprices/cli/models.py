"""`homes train` and `homes evaluate`: work on the object store alone, with no service running."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from homeprices import bootstrap, markets, settings
from homeprices.cli import judgements, show, tracking
from homeprices.datasets.clean import clean, read_listings
from homeprices.datasets.read import read
from homeprices.datasets.split import split
from homeprices.domain.errors import Refused, Unreadable
from homeprices.domain.listing import Listing
from homeprices.domain.versions import DatasetVersion, ModelVersion
from homeprices.settings import Settings

if TYPE_CHECKING:
    from homeprices.workflows.tune import Tuned

_CSV = click.Path(exists=True, dir_okay=False, path_type=Path)


def _parameters(
    context: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, float]:
    """`rounds=60` as {"rounds": 60.0}; anything else is a usage error."""
    parameters: dict[str, float] = {}
    for text in given:
        name, _, value = text.partition("=")
        try:
            parameters[name] = float(value)
        except ValueError:
            raise click.BadParameter(f"{text!r} is not NAME=NUMBER, as in rounds=60") from None
    return parameters


@click.command()
@click.option("--recipe", help="blend, if none is named.")
@click.option("--dataset", "version", metavar="V", help="V3; the newest, if none is named.")
@click.option(
    "--tuned",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What `homes tune --json` printed: its recipe, parameters and trials.",
)
@click.option("--set", "parameters", multiple=True, callback=_parameters, metavar="NAME=NUMBER")
@click.option(
    "--coverage", type=float, metavar="SHARE", help="What ranges promise; HOMES_COVERAGE, else 0.8."
)
@click.option("--force", is_flag=True, help="Publish it even if it is no better than production.")
def train(  # noqa: PLR0913, PLR0917 - one argument an option
    recipe: str | None,
    version: str | None,
    tuned: Path | None,
    parameters: dict[str, float],
    coverage: float | None,
    force: bool,
) -> None:
    """Train a model, judge it, publish it and open its trial; the first of all is BO1."""
    from homeprices.valuation.gate import Budget
    from homeprices.workflows import train as training
    from homeprices.workflows.desk import trial_desk
    from homeprices.workflows.open_trial import open_next_trial

    loaded = settings.load()
    stores = bootstrap.stores(loaded)
    found = _tuned(tuned) if tuned else None
    manifest = training.train(
        training.TrainOrder(
            recipe=recipe or (found.recipe if found else training.DEFAULT_RECIPE),
            dataset=DatasetVersion.parse(version) if version else None,
            parameters={**(found.parameters if found else {}), **parameters},
            force=force,
            trials=found.trials if found else (),
            coverage=loaded.coverage if coverage is None else coverage,
            budget=Budget(loaded.model_mb, loaded.estimate_us),
        ),
        shelf=stores.shelf,
        registry=stores.registry,
        market=markets.load(loaded.market),
        clock=bootstrap.clock,
        progress=click.echo,
    )
    click.echo(f"published {manifest.version}")
    open_next_trial(trial_desk(loaded))
    trial = stores.experiments.open_now()
    if trial is not None and trial.candidate != manifest.version:
        click.echo(f"{manifest.version} waits until {trial.id} has ended")
    click.echo(show.trial(trial))
    tracking.catch_up(loaded, manifest.version)


@click.command()
@click.argument("version", required=False)
@click.argument("given", metavar="[FILE]", required=False, type=_CSV)
@click.option("--cv", is_flag=True, help="Cross-validate recipes instead of judging a version.")
@click.option("--listings", "file", type=_CSV, help="The same as FILE, where no VERSION is named.")
@click.option("--recipes", metavar="NAMES", help="For --cv: blend,booster; all, if none are named.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def evaluate(  # noqa: PLR0913, PLR0917 - one argument an option
    version: str | None,
    given: Path | None,
    cv: bool,
    file: Path | None,
    recipes: str | None,
    as_json: bool,
) -> None:
    """Judge VERSION (production, if none is named) on the listings of FILE, a CSV.

    Without FILE these are the held-out tenth of the newest dataset. Rows that the model has
    learned from are counted. With --cv, recipes are cross-validated instead, once for each set
    of facts they can use.
    """
    from homeprices.workflows import evaluate as judging

    loaded, file = settings.load(), given or file
    listings = _listings(loaded, file)
    if cv and version is not None:
        raise click.UsageError("--cv judges recipes, not a version; name a file by --listings FILE")
    if recipes is not None and not cv:
        raise click.UsageError("--recipes belongs to --cv")
    market = markets.load(loaded.market)
    if cv:
        found = judging.cross_validate(
            listings,
            market,
            recipes.split(",") if recipes is not None else judging.RECIPES,
            progress=lambda words: click.echo(words, err=True),
        )
        click.echo(show.as_json(found) if as_json else show.metrics(found, len(listings)))
        return
    stores = bootstrap.stores(loaded)
    production = stores.registry.production()
    if version is None and production is None:
        raise Refused("there is no model to judge yet; `homes train` makes the first")
    judged = judging.evaluate(
        ModelVersion.parse(version or str(production and production.version)),
        listings if file else split(listings)[1],
        file.name if file else "the newest dataset, held out",
        stores=judging.Shelves(stores.registry, stores.shelf, market),
    )
    click.echo(show.as_json(judged) if as_json else judgements.evaluation(judged))


def _tuned(file: Path) -> Tuned:
    """What a search has found; raises Unreadable for any other file."""
    import msgspec

    from homeprices.workflows.tune import Tuned

    try:
        return msgspec.json.decode(file.read_bytes(), type=Tuned)
    except msgspec.MsgspecError as error:
        raise Unreadable(f"{file} is not what `homes tune --json` prints: {error}") from None


def listings_of(
    loaded: Settings, file: Path | None, version: DatasetVersion | None
) -> Sequence[Listing]:
    """The usable listings of `file`; else those of a dataset that may be learned from."""
    if file is not None:
        return _listings(loaded, file)
    return split(_listings(loaded, None, version))[0]


def _listings(
    loaded: Settings, file: Path | None, version: DatasetVersion | None = None
) -> Sequence[Listing]:
    """The usable listings of `file`, of the dataset `version`, or of the newest."""
    market = markets.load(loaded.market)
    if file is not None:
        return clean(read(file.read_bytes(), market), market).listings
    shelf = bootstrap.stores(loaded).shelf
    latest = shelf.latest()
    if version is None:
        if latest is None:
            raise Refused("there is no dataset; name a file by --listings FILE.csv")
        version = DatasetVersion.parse(latest.version)
    return read_listings(shelf.read(version), market)
