"""`homes models`: which model versions there are, and what each is now."""

import click

from homeprices import bootstrap
from homeprices.cli import show


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def models(as_json: bool) -> None:
    """List the model versions, the newest first."""
    entries = bootstrap.load().cards.versions()
    if as_json:
        click.echo(show.as_json(entries))
    else:
        click.echo(show.models(entries) if entries else "there is no model yet; `homes train`")
