"""`homes train`: works on the object store alone, with no service running."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from homeprices import bootstrap
from homeprices.cli import maintenance, show
from homeprices.domain.errors import Unreadable
from homeprices.domain.versions import DatasetVersion, ModelVersion, Role
from homeprices.stores.candidates import candidate_history

if TYPE_CHECKING:
    from homeprices.workflows.training.tune import Tuned


def _parameters(
    context: click.Context, parameter: click.Parameter, pairs: tuple[str, ...]
) -> dict[str, float]:
    """`rounds=60` as {"rounds": 60.0}; anything else is a usage error."""
    parameters: dict[str, float] = {}
    for text in pairs:
        name, _, value = text.partition("=")
        try:
            parameters[name] = float(value)
        except ValueError:
            raise click.BadParameter(f"{text!r} is not NAME=NUMBER, as in rounds=60") from None
    return parameters


@click.command()
@click.option("--recipe", help="blend, if none is named.")
@click.option(
    "--recipes",
    metavar="NAME,NAME",
    help="Several at once, with commas between: those that may be published compete first.",
)
@click.option("--dataset", "version", metavar="V", help="V3; the newest, if none is named.")
@click.option(
    "--tuned",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What `homes tune --json` printed: its recipe, parameters and trials.",
)
@click.option(
    "--set",
    "parameters",
    multiple=True,
    callback=_parameters,
    metavar="NAME=NUMBER",
    help="A parameter of the recipe; as often as there are some to set.",
)
@click.option(
    "--coverage", type=float, metavar="SHARE", help="What ranges promise; HOMES_COVERAGE, else 0.8."
)
@click.option("--force", is_flag=True, help="Publish it even if it is no better than production.")
def train(  # noqa: PLR0913, PLR0917 - one argument an option
    recipe: str | None,
    recipes: str | None,
    version: str | None,
    tuned: Path | None,
    parameters: dict[str, float],
    coverage: float | None,
    force: bool,
) -> None:
    """Train a model, judge it, publish it and open its trial; the first of all is BO1.

    Of several recipes each model that passes the gate is published, and they compete on the sale
    prices that production's visitors report; one of them goes on trial.
    """
    from homeprices.workflows.experiments.start import open_next_experiment
    from homeprices.workflows.training import train as training

    homes = bootstrap.load()
    best = _tuned(tuned) if tuned else None
    order = training.TrainOrder(
        recipe=recipe or (best.recipe if best else training.DEFAULT_RECIPE),
        dataset=DatasetVersion.parse(version) if version else None,
        parameters={**(best.parameters if best else {}), **parameters},
        force=force,
        trials=best.trials if best else (),
        coverage=coverage,
    )
    names = _names(recipes, recipe, tuned) or [order.recipe]
    orders = [replace(order, recipe=name) for name in names]
    manifests = training.train_run(orders, homes, click.echo)
    versions = [manifest.version for manifest in manifests]
    click.echo(f"published {', '.join(versions)}")
    open_next_experiment(homes)
    for words in filter(None, (_waits(homes, made) for made in versions)):
        click.echo(words)
    click.echo(show.under_way(homes.experiments))
    maintenance.catch_up(homes, *versions)


def _names(recipes: str | None, recipe: str | None, tuned: Path | None) -> list[str]:
    """What --recipes names, each once; none without it."""
    if recipes is None:
        return []
    if recipe or tuned:
        raise click.UsageError("--recipes stands for --recipe and --tuned: name only one of them")
    names = [name for text in recipes.split(",") if (name := text.strip())]
    return list(dict.fromkeys(names))


def _waits(homes: bootstrap.Homes, version: str) -> str | None:
    """What a candidate waits for, in a sentence; None where it is on trial or competes."""
    if version.startswith(Role.PRODUCTION):
        return None
    experiment, competition = (
        homes.experiments.open_now(),
        homes.experiments.competitions.open_now(),
    )
    if ModelVersion.parse(version) in candidate_history(homes.registry, homes.experiments).equal:
        return f"{version} is equal to another version, and is not tried by itself"
    if experiment is not None and experiment.candidate != version:
        return f"{version} waits until {experiment.id} has ended"
    if experiment is None and competition is not None and version not in competition.candidates:
        return f"{version} waits until {competition.id} has ended"
    return None


def _tuned(file: Path) -> Tuned:
    """What a search has found; raises Unreadable for any other file."""
    import msgspec

    from homeprices.workflows.training.tune import Tuned

    try:
        return msgspec.json.decode(file.read_bytes(), type=Tuned)
    except msgspec.MsgspecError as error:
        raise Unreadable(f"{file} is not what `homes tune --json` prints: {error}") from None
