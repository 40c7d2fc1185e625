"""`homes keep-house`: what a schedule does every day, by hand."""

import click

from homeprices import bootstrap
from homeprices.bootstrap import Homes
from homeprices.domain.versions import ModelVersion
from homeprices.workflows.retention import enforce_retention


@click.command("keep-house")
def keep_house() -> None:
    """Make months ahead, drop old rows and files, log what MLflow was not told of."""
    homes = bootstrap.load()
    done = enforce_retention(homes)
    click.echo("\n".join(done) or "nothing was due")
    catch_up(homes)


def catch_up(homes: Homes, *versions: str) -> None:
    """Track what is untracked and move the aliases, and say so; failing here fails nothing."""
    if homes.tracking is None:
        return
    for words in homes.tracking.catch_up():
        click.echo(words, err=True)
    untracked = homes.tracking.untracked() if versions else []
    for version in versions:
        if ModelVersion.parse(version) in untracked:
            click.echo(f"{version} is untracked; housekeeping logs it later", err=True)
