"""`homes dataset`: publish listings, simulate a market."""

from __future__ import annotations

from pathlib import Path

import click

from homeprices import bootstrap, markets, settings
from homeprices.cli import show
from homeprices.settings import Settings

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def dataset() -> None:
    """Publish listings, or simulate a market."""


@dataset.command()
@click.argument("file", type=_FILE)
@click.option("--simulated", is_flag=True, help="Say that these listings are made up.")
def publish(file: Path, simulated: bool) -> None:
    """Read FILE (CSV), keep every rejected row with its reason, publish the rest."""
    loaded = settings.load()
    _publish(loaded, file.read_bytes(), file.name, simulated=simulated)


def _publish(loaded: Settings, content: bytes, source: str, *, simulated: bool) -> None:
    from homeprices.workflows.announce import announce
    from homeprices.workflows.publish_dataset import publish_dataset

    shelf = bootstrap.stores(loaded).shelf
    before = shelf.latest()
    manifest = publish_dataset(
        content,
        source,
        shelf=shelf,
        market=markets.load(loaded.market),
        simulated=simulated,
        clock=bootstrap.clock,
    )
    click.echo(show.dataset(manifest))
    if manifest != before and (told := announce(manifest, bootstrap.airflow(loaded))):
        click.echo(f"  {told}")


@dataset.command()
@click.option("--rows", default=9_600, show_default=True, type=click.IntRange(1, 1_000_000))
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write a file instead."
)
def simulate(rows: int, seed: int, out: Path | None) -> None:
    """Make up a market of ROWS listings and publish it, or write it to a file."""
    from homeprices.datasets.simulate import simulate as make

    loaded = settings.load()
    content = make(markets.load(loaded.market), rows, seed)
    if out is not None:
        out.write_bytes(content)
        click.echo(f"{rows:,} made-up listings in {out}; publish them with --simulated")
        return
    _publish(loaded, content, f"simulated, {rows} rows, seed {seed}", simulated=True)
