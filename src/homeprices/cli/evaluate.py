"""`homes evaluate`: how good recipes and published models are, with no service running."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from homeprices import bootstrap
from homeprices.bootstrap import Homes
from homeprices.cli import show
from homeprices.cli.listings import listings_of
from homeprices.datasets.split import split
from homeprices.datasets.validate import misunderstood
from homeprices.domain.errors import Refused
from homeprices.domain.listing import Listing
from homeprices.domain.versions import ModelVersion

if TYPE_CHECKING:
    from homeprices.workflows.training.evaluate import VersionEvaluation

_CSV = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("version", required=False)
@click.argument("argument", metavar="[FILE]", required=False, type=_CSV)
@click.option("--cv", is_flag=True, help="Cross-validate recipes instead of judging a version.")
@click.option(
    "--learning-curve", is_flag=True, help="Fit a recipe on an eighth to all of the listings."
)
@click.option("--listings", "file", type=_CSV, help="The same as FILE, where no VERSION is named.")
@click.option("--judged", "is_judged_form", is_flag=True, help="Its judged form.")
@click.option("--recipes", metavar="NAMES", help="blend,booster; for --cv all, if none are named.")
@click.option("--plots", type=_FOLDER, help="Draw what is found there, as PNG and SVG.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def evaluate(  # noqa: PLR0913, PLR0917 - one argument an option
    version: str | None,
    argument: Path | None,
    cv: bool,
    learning_curve: bool,
    file: Path | None,
    is_judged_form: bool,
    recipes: str | None,
    plots: Path | None,
    as_json: bool,
) -> None:
    """Judge VERSION (production, if none is named) on the listings of FILE, a CSV.

    Its published form is judged on the rows that it has not learned from, with --judged its judged
    form. Without FILE it is the judged form, on the held-out tenth of the newest dataset. With
    --cv, recipes are cross-validated instead, once for each set of facts they can use; with
    --learning-curve, one is fitted on more and more of the listings.
    """
    if version is not None and (cv or learning_curve):
        raise click.UsageError("recipes are judged, not a version; name a file by --listings FILE")
    if is_judged_form and (cv or learning_curve):
        raise click.UsageError("--judged names a form of a version, and recipes are judged")
    if recipes is not None and not (cv or learning_curve):
        raise click.UsageError("--recipes belongs to --cv or --learning-curve")
    if cv and (plots or learning_curve):
        raise click.UsageError("--cv draws nothing and goes without --learning-curve")
    homes, file = bootstrap.load(), argument or file
    listings = listings_of(homes, file)
    names = tuple(recipes.split(",")) if recipes else ()
    if cv:
        _cross_validate(homes, listings, names, as_json=as_json)
    elif learning_curve:
        _learning_curve(homes, listings, names, plots, as_json=as_json)
    else:
        on = listings if file else split(listings)[1]
        source = file.name if file else "the newest dataset, held out"
        is_judged_form = is_judged_form or file is None
        examined = _evaluated(homes, version, on, source, is_judged_form=is_judged_form)
        found = examined.evaluation
        click.echo(show.as_json(found) if as_json else show.evaluation_tables(found))
        if plots is not None:
            _draw(examined.pictures(homes.market), plots)


def _evaluated(
    homes: Homes,
    version: str | None,
    listings: Sequence[Listing],
    source: str,
    *,
    is_judged_form: bool,
) -> VersionEvaluation:
    """A form of `version`, or of production, judged on `listings`."""
    from homeprices.workflows.training import evaluate as evaluating

    for sentence in misunderstood(listings, homes.market):
        _to_stderr(f"{source}: {sentence}")
    production = homes.registry.production()
    if version is None and production is None:
        raise Refused("there is no model to judge yet; `homes train` makes the first")
    return evaluating.evaluate(
        ModelVersion.parse(version or str(production and production.version)),
        listings,
        source,
        ports=homes,
        is_judged_form=is_judged_form,
    )


def _cross_validate(
    homes: Homes, listings: Sequence[Listing], recipes: Sequence[str], *, as_json: bool
) -> None:
    from homeprices.workflows.training import evaluate as evaluating

    metrics = evaluating.cross_validate(
        listings, homes.market, recipes or evaluating.RECIPES, _to_stderr
    )
    click.echo(show.as_json(metrics) if as_json else show.metrics(metrics, len(listings)))


def _learning_curve(
    homes: Homes,
    listings: Sequence[Listing],
    recipes: Sequence[str],
    plots: Path | None,
    *,
    as_json: bool,
) -> None:
    from homeprices.reports.canvas import pictures
    from homeprices.reports.plots import learning_curve as drawing
    from homeprices.workflows.training.evaluate import learning_curve
    from homeprices.workflows.training.train import DEFAULT_RECIPE

    if len(recipes) > 1:
        raise click.UsageError("--learning-curve is of one recipe")
    recipe = recipes[0] if recipes else DEFAULT_RECIPE
    points = learning_curve(recipe, listings, homes.market, _to_stderr)
    click.echo(show.as_json(points) if as_json else show.learning_curve_table(points))
    if plots is not None:
        _draw(pictures("learning_curve", drawing(points)), plots)


def _draw(files: Mapping[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    click.echo(f"{len(files)} pictures are in {folder}", err=True)


def _to_stderr(words: str) -> None:
    click.echo(words, err=True)


@click.command()
@click.argument("first")
@click.argument("second")
@click.option("--page", type=click.Path(dir_okay=False, path_type=Path), help="Write it as HTML.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def compare(first: str, second: str, page: Path | None, as_json: bool) -> None:
    """Put SECOND beside FIRST, as in: homes compare BO1 CO1.

    Their judged forms are compared on the homes that neither has learned from, by what was kept
    when they were trained: it works for versions whose files are deleted.
    """
    from homeprices.reports import comparison as report

    registry = bootstrap.load().registry
    comparison = report.compare(ModelVersion.parse(first), ModelVersion.parse(second), registry)
    if page is not None:
        page.write_bytes(report.as_page(comparison))
    click.echo(show.as_json(comparison) if as_json else show.comparison_tables(comparison))
