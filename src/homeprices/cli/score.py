"""`homes score`: prices a file of homes, with no service running."""

from pathlib import Path
from time import perf_counter

import click

from homeprices import bootstrap
from homeprices.domain.errors import Refused
from homeprices.domain.units import counted
from homeprices.domain.versions import ModelVersion


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out",
    "target",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write: CSV, or Parquet where SOURCE is.",
)
@click.option("--model", metavar="VERSION", help="BO1 or CO3; production, if none is named.")
@click.option("--force", is_flag=True, help="Write over a file that exists.")
def score(source: Path, target: Path, model: str | None, force: bool) -> None:
    """Price the homes of SOURCE and write them to --out with estimates added.

    SOURCE is CSV or Parquet, with the columns of a listing file or the fields of the API. A home
    that cannot be priced keeps its reason in the column `error`.
    """
    from homeprices.workflows.estimates import score as scoring

    if target.exists() and not force:
        raise Refused(f"{target} exists; name another file, or write over it with --force")
    if not target.parent.is_dir():
        raise Refused(f"there is no folder {target.parent}; make it first")
    homes = bootstrap.load()
    production = homes.registry.production()
    if model is None and production is None:
        raise Refused("there is no model to score with yet; `homes train` makes the first")
    version = ModelVersion.parse(model or str(production and production.version))
    began = perf_counter()
    done = scoring.score(source, target, version, registry=homes.registry, market=homes.market)
    rows = done.priced + done.failed
    click.echo(
        f"{target}: {counted(done.priced, 'home')} priced by {version}, {done.failed:,} not "
        f"(column error says why), {rows / (perf_counter() - began):,.0f} a second"
    )
