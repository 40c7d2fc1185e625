"""`homes compare`: two model versions side by side, with no service running."""

from __future__ import annotations

from pathlib import Path

import click

from homeprices import bootstrap, settings
from homeprices.cli import judgements, show
from homeprices.domain.versions import ModelVersion


@click.command()
@click.argument("first")
@click.argument("second")
@click.option("--page", type=click.Path(dir_okay=False, path_type=Path), help="Write it as HTML.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def compare(first: str, second: str, page: Path | None, as_json: bool) -> None:
    """Put SECOND beside FIRST, as in: homes compare BO1 CO1.

    Both are judged on the homes that neither has learned from, by what was kept when they were
    trained: it works for versions whose files are deleted.
    """
    from homeprices.reports import comparison
    from homeprices.workflows import compare as comparing

    registry = bootstrap.stores(settings.load()).registry
    found = comparing.compare(ModelVersion.parse(first), ModelVersion.parse(second), registry)
    if page is not None:
        page.write_bytes(comparison.as_page(found))
    click.echo(show.as_json(found) if as_json else judgements.comparison(found))
