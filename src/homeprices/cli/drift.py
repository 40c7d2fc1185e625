"""`homes drift`: have visitors moved away from the homes that production was trained on?"""

import click

from homeprices import bootstrap
from homeprices.cli import show
from homeprices.domain.errors import NotFound
from homeprices.workflows.drift import watch_drift


@click.group()
def drift() -> None:
    """Compare what visitors ask about with the listings behind production."""


@drift.command()
@click.option(
    "--days", default=7, show_default=True, type=click.IntRange(1, 366), help="How far back."
)
def watch(days: int) -> None:
    """Make today's report, keep it, and tell it; a day has one."""
    click.echo(show.drift(watch_drift(bootstrap.load(), days)))


@drift.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def report(as_json: bool) -> None:
    """Tell the latest report that was kept."""
    kept = bootstrap.load().drift_log.latest()
    if kept is None:
        raise NotFound("no drift report was made yet; make one by `homes drift watch`")
    click.echo(show.as_json(kept) if as_json else show.drift(kept))
