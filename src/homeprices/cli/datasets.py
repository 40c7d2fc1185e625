"""`homes dataset`: publish listings, simulate a market, list what there is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from homeprices import bootstrap
from homeprices.bootstrap import Homes
from homeprices.cli import show
from homeprices.domain.errors import Declined
from homeprices.domain.units import counted

if TYPE_CHECKING:
    from homeprices.workflows.datasets import SourceFile

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def dataset() -> None:
    """Publish listings, simulate a market, or list what was published."""


@dataset.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_datasets(as_json: bool) -> None:
    """List the published datasets, the newest first."""
    manifests = bootstrap.load().datasets.manifests()[::-1]
    if as_json:
        click.echo(show.as_json(manifests))
    else:
        nothing = "no dataset is published yet; `homes dataset publish FILE`"
        click.echo(show.datasets(manifests) if manifests else nothing)


@dataset.command()
@click.argument("file", type=_FILE)
@click.option("--simulated", is_flag=True, help="Say that these listings are made up.")
@click.option(
    "--accept-rejects",
    default="",
    metavar="WHY",
    help="Publish though more is lost than may be; the reason is kept.",
)
def publish(file: Path, simulated: bool, accept_rejects: str) -> None:
    """Read FILE (CSV), keep every rejected row with its reason, publish the rest.

    A file of which too much would be lost is not published: HOMES_MOST_REJECTED.
    """
    from homeprices.workflows.datasets import SourceFile

    _publish(bootstrap.load(), SourceFile(file.read_bytes(), file.name, simulated, accept_rejects))


@dataset.command()
@click.argument("file", type=_FILE)
@click.option(
    "--rejected",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write each row that would be left out, with its line and reason, to this file.",
)
def check(file: Path, rejected: Path | None) -> None:
    """Read FILE as `publish` would, and say what would become of it."""
    from homeprices.workflows.datasets import checked_file

    homes = bootstrap.load()
    report = checked_file(file.read_bytes(), homes)
    click.echo(f"{file.name}: {counted(report.listings, 'listing')} can be read")
    for sentence in report.sentences:
        click.echo(f"  {sentence}")
    if rejected is not None:
        rejected.write_bytes(report.rejected_csv)
        click.echo(f"  {rejected} has {counted(report.rejected, 'row')} with their reasons")
    if report.problems:
        raise Declined(f"{file.name} would not be published: {'; '.join(report.problems)}")


def _publish(homes: Homes, file: SourceFile) -> None:
    from homeprices.datasets.clean import read_published
    from homeprices.datasets.validate import problems
    from homeprices.domain.versions import DatasetVersion
    from homeprices.workflows.datasets import announce, publish_dataset

    before = homes.datasets.latest()
    manifest = publish_dataset(file, homes)
    if manifest == before:
        click.echo(f"nothing is new: the listings of {file.source} are those of {manifest.version}")
    click.echo(show.dataset(manifest))
    version = DatasetVersion.parse(manifest.version)
    listings = read_published(homes.datasets.read(version), homes.market)
    for sentence in problems(listings, homes.market):
        click.echo(f"  nothing can be learned from it yet: {sentence}")
    if manifest != before and (news := announce(manifest, homes.scheduler)):
        click.echo(f"  {news}")


@dataset.command()
@click.option(
    "--rows",
    default=9_600,
    show_default=True,
    type=click.IntRange(1, 1_000_000),
    help="How many listings.",
)
@click.option("--seed", default=1, show_default=True, help="Which of the markets that could be.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write a file instead."
)
@click.option(
    "--move",
    type=click.FloatRange(-0.9, 10),
    default=0.0,
    metavar="SHARE",
    help="Prices move by this share: 0.15 is up 15 %.",
)
@click.option(
    "--move-localities",
    type=click.FloatRange(0, 1),
    default=1.0,
    metavar="SHARE",
    help="In this share of the localities.  [default: all]",
)
@click.option(
    "--move-after",
    type=click.FloatRange(0, 1),
    default=0.0,
    metavar="SHARE",
    help="After this share of the rows, which are in the order of time.  [default: all moved]",
)
def simulate(  # noqa: PLR0913, PLR0917 - one argument an option
    rows: int, seed: int, out: Path | None, move: float, move_localities: float, move_after: float
) -> None:
    """Make up a market of ROWS listings and publish it, or write it to a file.

    The same seed makes the same homes, with --move at prices that have moved.
    """
    from homeprices.datasets.simulate import PriceMove
    from homeprices.datasets.simulate import simulate as make
    from homeprices.workflows.datasets import SourceFile

    if not move and (move_localities < 1 or move_after > 0):
        raise click.UsageError("--move-localities and --move-after go with --move")
    homes = bootstrap.load()
    moved = PriceMove(move, move_localities, move_after) if move else None
    content = make(homes.market, rows, seed, moved)
    if out is not None:
        out.write_bytes(content)
        click.echo(f"{rows:,} made-up listings in {out}; publish them with --simulated")
        return
    source = f"simulated, {rows} rows, seed {seed}"
    if moved is not None:
        source += (
            f", prices {move:+.1%} in {move_localities:.1%} of localities after {move_after:.1%}"
        )
    _publish(homes, SourceFile(content, source, simulated=True))
