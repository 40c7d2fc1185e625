"""`homes simulate`: a month of the loop on a stack of its own, beside the truth."""

import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from homeprices import settings
from homeprices.local.layout import Layout


@click.command()
@click.option(
    "--days", default=30, show_default=True, type=click.IntRange(1, 30), help="How many of them."
)
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Which month.")
@click.option(
    "--visitors",
    default=150.0,
    show_default=True,
    type=click.FloatRange(1, 5_000),
    help="How many come in an hour; a twelfth of them tell a sale price, mostly a day later.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("simulated-month.html"),
    show_default=True,
    help="Where the page goes, HTML or .md; its picture as SVG beside it.",
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="An empty folder for the month's stack, kept; a temporary one, if none is named.",
)
def simulate(days: int, seed: int, visitors: float, out: Path, data: Path | None) -> None:
    """Play a month of the loop on a stack of its own, and tell what it was worth.

    The same workflows, PostgreSQL, registry and service, on a clock of its own and never on the
    stack that runs here: prices move, listings are published, models trained, tried, promoted and
    rolled back. The page shows each decision beside the truth, which the loop never sees. The
    same seed makes the same decisions.
    """
    from homeprices.simulation.clock import MonthClock
    from homeprices.simulation.month import MonthOrder, play_month
    from homeprices.simulation.outcome import outcome_of
    from homeprices.simulation.page import month_markdown, month_page
    from homeprices.simulation.picture import month_pictures
    from homeprices.simulation.stack import own_stack

    # Who ends us ends our PostgreSQL, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    clock, order = MonthClock(), MonthOrder(days, seed, visitors)
    with (
        _folder(data) as folder,
        own_stack(folder, clock, seed, settings.from_environment()) as stack,
    ):
        record = play_month(order, stack, clock, click.echo)
    outcome = outcome_of(record)
    svg = month_pictures(record, outcome)["month.svg"]
    picture = out.with_suffix(".svg")
    picture.write_bytes(svg)
    if out.suffix == ".md":
        out.write_bytes(month_markdown(record, outcome, out, picture.name))
    else:
        out.write_bytes(month_page(record, outcome, svg))
    click.echo("\n".join(outcome.lines()))
    click.echo(out)
    if not outcome.has_all_rows:
        raise click.exceptions.Exit(1)


@contextmanager
def _folder(named: Path | None) -> Iterator[Path]:
    """The folder that was named, or one that is removed when the block ends."""
    if named is not None:
        yield named
        return
    folder = Path(tempfile.mkdtemp(prefix="homes-month-"))
    # As root, PostgreSQL runs as an account that has to come through.
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        # What the accounts of PostgreSQL could not reach in it lies elsewhere.
        shutil.rmtree(Layout(folder).open, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
