"""`homes dataset`: publish listings, simulate a market."""

from __future__ import annotations

from pathlib import Path

import click

from homeprices import bootstrap, markets, settings
from homeprices.cli import show

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def dataset() -> None:
    """Publish listings, or simulate a market."""


@dataset.command()
@click.argument("file", type=_FILE)
@click.option("--simulated", is_flag=True, help="Say that these listings are made up.")
def publish(file: Path, simulated: bool) -> None:
    """Read FILE (CSV), keep every rejected row with its reason, publish the rest."""
    from homeprices.workflows.publish_dataset import publish_dataset

    loaded = settings.load()
    manifest = publish_dataset(
        file.read_bytes(),
        file.name,
        shelf=bootstrap.stores(loaded).shelf,
        market=markets.load(loaded.market),
        simulated=simulated,
        clock=bootstrap.clock,
    )
    click.echo(show.dataset(manifest))


@dataset.command()
@click.option("--rows", default=9_600, show_default=True, type=click.IntRange(1, 1_000_000))
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write a file instead."
)
def simulate(rows: int, seed: int, out: Path | None) -> None:
    """Make up a market of ROWS listings and publish it, or write it to a file."""
    from homeprices.datasets.simulate import simulate as make
    from homeprices.workflows.publish_dataset import publish_dataset

    loaded = settings.load()
    market = markets.load(loaded.market)
    content = make(market, rows, seed)
    if out is not None:
        out.write_bytes(content)
        click.echo(f"{rows:,} made-up listings in {out}; publish them with --simulated")
        return
    manifest = publish_dataset(
        content,
        f"simulated, {rows} rows, seed {seed}",
        shelf=bootstrap.stores(loaded).shelf,
        market=market,
        simulated=True,
        clock=bootstrap.clock,
    )
    click.echo(show.dataset(manifest))
