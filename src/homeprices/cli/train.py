"""`homes train`: works on the object store alone, with no service running."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from homeprices import bootstrap
from homeprices.cli import maintenance, show
from homeprices.domain.errors import Unreadable
from homeprices.domain.versions import DatasetVersion

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
    version: str | None,
    tuned: Path | None,
    parameters: dict[str, float],
    coverage: float | None,
    force: bool,
) -> None:
    """Train a model, judge it, publish it and open its trial; the first of all is BO1."""
    from homeprices.workflows.experiments.start import open_next_experiment
    from homeprices.workflows.training import train as training

    homes = bootstrap.load()
    best = _tuned(tuned) if tuned else None
    manifest = training.train(
        training.TrainOrder(
            recipe=recipe or (best.recipe if best else training.DEFAULT_RECIPE),
            dataset=DatasetVersion.parse(version) if version else None,
            parameters={**(best.parameters if best else {}), **parameters},
            force=force,
            trials=best.trials if best else (),
            coverage=coverage,
        ),
        homes,
        click.echo,
    )
    click.echo(f"published {manifest.version}")
    open_next_experiment(homes)
    experiment = homes.experiments.open_now()
    if experiment is not None and experiment.candidate != manifest.version:
        click.echo(f"{manifest.version} waits until {experiment.id} has ended")
    click.echo(show.experiment(experiment))
    maintenance.catch_up(homes, manifest.version)


def _tuned(file: Path) -> Tuned:
    """What a search has found; raises Unreadable for any other file."""
    import msgspec

    from homeprices.workflows.training.tune import Tuned

    try:
        return msgspec.json.decode(file.read_bytes(), type=Tuned)
    except msgspec.MsgspecError as error:
        raise Unreadable(f"{file} is not what `homes tune --json` prints: {error}") from None
