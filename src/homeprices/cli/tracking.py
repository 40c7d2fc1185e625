"""What commands tell the tracking server once their own work is done."""

from __future__ import annotations

import click

from homeprices import bootstrap
from homeprices.domain.versions import ModelVersion
from homeprices.settings import Settings
from homeprices.workflows import follow_registry as following
from homeprices.workflows.track import open_books, track_untracked, untracked


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
