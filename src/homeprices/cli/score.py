"""`homes score`: prices a file of homes, with no service running."""

from __future__ import annotations

import sys
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import click

from homeprices import bootstrap
from homeprices.domain.errors import Refused
from homeprices.domain.units import counted
from homeprices.domain.versions import ModelVersion

if TYPE_CHECKING:
    from homeprices.workflows.estimates.score import ScoreProgress

TELL_TERMINAL_S, TELL_LOG_S = 0.5, 15.0


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out",
    "target",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write: CSV, or Parquet where SOURCE is.",
)
@click.option("--model", metavar="VERSION", help="BO1 or CO3; production, if none is named.")
@click.option("--force", is_flag=True, help="Write over a file that exists; begin anew.")
@click.option("--resume", is_flag=True, help="Go on with a scoring that was interrupted.")
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="How many price at once; one for each processor is most.",
)
def score(  # noqa: PLR0913, PLR0917 - a command has as many options as it has
    source: Path, target: Path, model: str | None, force: bool, resume: bool, processes: int
) -> None:
    """Price the homes of SOURCE and write them to --out with estimates added.

    SOURCE is CSV or Parquet, with the columns of a listing file or the fields of the API. A home
    that cannot be priced keeps its reason in the column `error`. In CSV, a text that a spreadsheet
    could take for a formula gets a quote (') before it.

    What is done is kept in a folder beside --out until all is: with --resume a scoring that was
    interrupted, or killed, goes on there, with the model that it began with.
    """
    from homeprices.workflows.estimates import score as scoring

    begun = scoring.begun_with(target) if resume else None
    if target.exists() and not force and begun is None:
        raise Refused(f"{target} exists; name another file, or write over it with --force")
    if not target.parent.is_dir():
        raise Refused(f"there is no folder {target.parent}; make it first")
    homes = bootstrap.load()
    production = homes.registry.production()
    if model is None and begun is None and production is None:
        raise Refused("there is no model to score with yet; `homes train` makes the first")
    version = ModelVersion.parse(model or str(begun or (production and production.version)))
    order = scoring.ScoreOrder(
        source, target, version, processes=processes, resume=resume, restart=force and not resume
    )
    meter = _ProgressMeter()
    try:
        done = scoring.score(order, registry=homes.registry, market=homes.market, progress=meter)
    except KeyboardInterrupt:
        meter.close()
        raise Refused("interrupted; the same command with --resume goes on") from None
    meter.close()
    click.echo(
        f"{target}: {counted(done.priced, 'home')} priced by {version}, {done.failed:,} not "
        f"(column error says why), {meter.rate(done.rows):,.0f} a second"
    )


class _ProgressMeter:
    """Tells on stderr how far a scoring is: on one line of a terminal, else now and then."""

    def __init__(self) -> None:
        self._began = self._last = monotonic()
        self._is_terminal = sys.stderr.isatty()
        self._resumed = 0
        self._any = False

    def __call__(self, progress: ScoreProgress) -> None:
        self._resumed = progress.resumed
        now = monotonic()
        if now - self._last >= (TELL_TERMINAL_S if self._is_terminal else TELL_LOG_S):
            self._last = now
            self._any = True
            self._tell(progress, now - self._began)

    def rate(self, rows: int) -> float:
        """Rows a second, without those that were done before."""
        return (rows - self._resumed) / max(monotonic() - self._began, 1e-9)

    def close(self) -> None:
        """End the line of a terminal."""
        if self._any and self._is_terminal:
            click.echo(err=True)

    def _tell(self, progress: ScoreProgress, seconds: float) -> None:
        done_now = progress.share * (progress.rows - progress.resumed) / max(progress.rows, 1)
        left_s = seconds * (1 - progress.share) / max(done_now, 1e-9)
        line = (
            f"{progress.rows:,} homes, {progress.share:.0%}, "
            f"{self.rate(progress.rows):,.0f} a second, {left_s:,.0f} s left"
        )
        click.echo(
            f"\r{line}   " if self._is_terminal else line, err=True, nl=not self._is_terminal
        )
