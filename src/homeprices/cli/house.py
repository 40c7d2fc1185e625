"""`homes keep-house`: what a schedule does every day, by hand."""

from __future__ import annotations

import click

from homeprices import settings
from homeprices.workflows import keep_house as keeping


@click.command("keep-house")
def keep_house() -> None:
    """Make months ahead, drop old rows, delete files of candidates that lost long ago."""
    done = keeping.keep_house(keeping.house(settings.load()))
    click.echo("\n".join(done) or "nothing was due")
