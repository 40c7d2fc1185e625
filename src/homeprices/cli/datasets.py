"""`homes dataset`: publish listings, simulate a market, list what there is."""

from pathlib import Path

import click

from homeprices import bootstrap
from homeprices.bootstrap import Homes
from homeprices.cli import show

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
def publish(file: Path, simulated: bool) -> None:
    """Read FILE (CSV), keep every rejected row with its reason, publish the rest."""
    _publish(bootstrap.load(), file.read_bytes(), file.name, simulated=simulated)


def _publish(homes: Homes, content: bytes, source: str, *, simulated: bool) -> None:
    from homeprices.datasets.clean import read_listings
    from homeprices.datasets.validate import problems
    from homeprices.domain.versions import DatasetVersion
    from homeprices.workflows.datasets import announce, publish_dataset

    before = homes.datasets.latest()
    manifest = publish_dataset(
        content,
        source,
        datasets=homes.datasets,
        market=homes.market,
        simulated=simulated,
        clock=homes.clock,
    )
    if manifest == before:
        click.echo(f"nothing is new: the listings of {source} are those of {manifest.version}")
    click.echo(show.dataset(manifest))
    version = DatasetVersion.parse(manifest.version)
    listings = read_listings(homes.datasets.read(version), homes.market)
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
    _publish(homes, content, source, simulated=True)
