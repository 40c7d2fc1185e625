"""`homes tune`: searches parameters, with no service running if need be."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from homeprices import bootstrap
from homeprices.cli import show
from homeprices.cli.listings import listings_of
from homeprices.datasets.split import split
from homeprices.domain.errors import Unavailable
from homeprices.domain.versions import DatasetVersion

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

    from homeprices.bootstrap import Homes
    from homeprices.workflows.training.tune import Tuned

_DEFAULT_TRIALS = 30


@click.command()
@click.option("--recipe", default="booster", show_default=True, help="What is tuned.")
@click.option(
    "--listings",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A CSV of listings; without it the newest dataset, without its holdout.",
)
@click.option("--dataset", "version", metavar="V", help="V3; the newest, if none is named.")
@click.option(
    "--trials",
    default=_DEFAULT_TRIALS,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="How many sets of parameters are tried.",
)
@click.option("--seconds", type=click.FloatRange(min=1), help="Begin no trial after so long.")
@click.option(
    "--seed",
    default=1,
    show_default=True,
    type=click.IntRange(0, 1_000_000),
    help="The same seed searches the same way.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def tune(  # noqa: PLR0913, PLR0917 - one argument for each option
    recipe: str,
    file: Path | None,
    version: str | None,
    trials: int,
    seconds: float | None,
    seed: int,
    as_json: bool,
) -> None:
    """Search for better parameters of a recipe, by cross-validation.

    The same seed and number of trials choose the same; --seconds repeats only
    as far as the machine does. Run it again to go on where it was ended.
    """
    from homeprices.workflows.training.tune import TuneOrder
    from homeprices.workflows.training.tune import tune as search

    if file and version:
        raise click.UsageError("name either a file by --listings or a version by --dataset")
    homes = bootstrap.load()
    listings = listings_of(homes, file, DatasetVersion.parse(version) if version else None)
    with ExitStack() as open_ones:
        tuned = search(
            TuneOrder(recipe, trials, seconds, seed),
            # Nothing is chosen by the holdout of a dataset; a file of one's own has none.
            listings if file else split(listings)[0],
            homes.market,
            _studies(homes, open_ones),
            lambda words: click.echo(words, err=True),
        )
    click.echo(show.as_json(tuned) if as_json else _summary(tuned))


def _studies(homes: Homes, open_ones: ExitStack) -> BaseStorage:
    """Where the search is kept; a database that does not answer only costs the resuming."""
    try:
        return open_ones.enter_context(homes.studies())
    except Unavailable as error:
        from optuna.storages import InMemoryStorage

        click.echo(f"{error.message}: this search is not kept and cannot be taken up", err=True)
        return InMemoryStorage()


def _summary(tuned: Tuned) -> str:
    """The figures, and the command that uses what was found."""
    rows = int(tuned.metrics["rows"])
    if not tuned.trials:
        table = show.metrics({tuned.recipe: tuned.metrics}, rows)
        return f"{table}\n{tuned.recipe} has nothing to tune"
    table = show.metrics({"defaults": tuned.default_metrics, "best": tuned.metrics}, rows)
    settings = " ".join(f"--set {name}={value:g}" for name, value in tuned.parameters.items())
    return f"{table}\nuse it: homes train --recipe {tuned.recipe} {settings}"
