"""`homes keep-house`: what a schedule does every day, by hand."""

from __future__ import annotations

import click

from homeprices import settings
from homeprices.cli import tracking
from homeprices.workflows import keep_house as keeping


@click.command("keep-house")
def keep_house() -> None:
    """Make months ahead, drop old rows and files, log what MLflow was not told of."""
    loaded = settings.load()
    done = keeping.keep_house(keeping.house(loaded))
    click.echo("\n".join(done) or "nothing was due")
    tracking.catch_up(loaded)
