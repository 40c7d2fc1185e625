"""`homes keep-house`: what a schedule does every day, by hand."""

from __future__ import annotations

import click

from homeprices import bootstrap, settings
from homeprices.domain.versions import ModelVersion
from homeprices.settings import Settings
from homeprices.stores.tracking import mirror as following
from homeprices.stores.tracking.mirror import open_books, track_untracked, untracked
from homeprices.workflows.retention import enforce as keeping


@click.command("keep-house")
def keep_house() -> None:
    """Make months ahead, drop old rows and files, log what MLflow was not told of."""
    loaded = settings.load()
    done = keeping.keep_house(keeping.house(loaded))
    click.echo("\n".join(done) or "nothing was due")
    catch_up(loaded)


def mended(loaded: Settings) -> str:
    """What differed from the registry and is mended now; raises Unavailable."""
    known = open_books(loaded)
    if known is None:
        return "no tracking server is known"
    done = [
        *track_untracked(known),
        *following.follow_registry(known, bootstrap.stores(loaded).experiments),
    ]
    return f"mended: {'; '.join(done)}" if done else "MLflow follows the registry"


def catch_up(loaded: Settings, version: str | None = None) -> None:
    """Track what is untracked and move the aliases, and say so; failing here fails nothing."""
    known = open_books(loaded)
    if known is None:
        return
    for words in following.catch_up(known, bootstrap.stores(loaded).experiments):
        click.echo(words, err=True)
    if version is not None and ModelVersion.parse(version) in untracked(known.registry):
        click.echo(f"{version} is untracked; housekeeping logs it later", err=True)
