"""`homes up` and its kin: the embedded stack, composed with the first dataset and model."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path

import click

from homeprices import settings
from homeprices.cli import first_run
from homeprices.domain.errors import Refused
from homeprices.local import doctor as examining
from homeprices.local import down as ending
from homeprices.local import kept_settings, postgres, services
from homeprices.local import logs as reading
from homeprices.local import status as telling
from homeprices.local import up as starting
from homeprices.local.layout import Layout, lay_out
from homeprices.local.plan import Plan
from homeprices.local.progress import Progress
from homeprices.settings import Settings


@click.command()
@click.option(
    "--listings",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A CSV of listings to train on; without one a simulated market is made.",
)
@click.option("--port", "ports", multiple=True, metavar="NAME=PORT", help="As in router=7001.")
def up(listings: Path | None, ports: tuple[str, ...]) -> None:
    """Start everything, train the first model, and price a home."""
    progress = Progress(sys.stdout)
    given = settings.from_environment()
    layout = lay_out(given.data_dir)
    with starting.alone(layout, progress):
        if telling.is_up(layout):
            progress.say("already running" + _ignored(listings, ports))
        else:
            kept_settings.keep(layout, kept_settings.parse_ports(ports), given)
            starting.clear(layout, progress)
            loaded = settings.load()
            steps = first_run.steps(loaded, listings)
            starting.bring_up(layout, _plan(layout, loaded, given), steps, progress)
        loaded = settings.load()
        home = first_run.priced_home(loaded)
    progress.say(f"\n{telling.table(services.urls(loaded))}\n\n{home}")
    progress.say(f"\nready in {progress.so_far_s:.1f} s; end it by: homes down")


@click.command()
def down() -> None:
    """End everything that `up` has started; data stays."""
    ran = ending.bring_down(_layout())
    click.echo(f"ended {ran} services" if ran else "nothing was running")


@click.command()
def status() -> None:
    """Tell what runs, since when, and which models are served."""
    rows = telling.rows(_layout())
    if not rows:
        click.echo("nothing was started here; start it by: homes up")
        raise click.exceptions.Exit(3)
    click.echo(telling.table([telling.HEAD, *rows]))


@click.command()
@click.argument("name")
@click.option("-n", "lines", default=40, show_default=True, type=click.IntRange(0, 100_000))
@click.option("-f", "follow", is_flag=True, help="Go on as the log grows.")
def logs(name: str, lines: int, follow: bool) -> None:
    """Show the log of the service NAME."""
    path = reading.find(_layout(), name)
    click.echo(reading.tail(path, lines), nl=False)
    if follow:
        for part in reading.follow(path):
            click.echo(part, nl=False)


@click.command("open")
def open_() -> None:
    """Open the page in a browser."""
    address = dict(services.urls(settings.load()))["page"]
    click.echo(address)
    webbrowser.open(address)


@click.command()
def doctor() -> None:
    """Look at everything a start leans on, and say what to do about what is wrong."""
    given = settings.from_environment()
    layout = lay_out(given.data_dir)
    loaded = settings.load()
    checks = [
        *examining.of_machine(layout, services.stack(loaded, None, str(layout.data))),
        *first_run.checks(loaded),
    ]
    findings = examining.examine(checks)
    for finding in findings:
        click.echo(f"{'ok     ' if finding.is_well else 'PROBLEM'} {finding.name}: {finding.words}")
    if not all(finding.is_well for finding in findings):
        raise click.exceptions.Exit(1)


def _layout() -> Layout:
    return Layout(settings.from_environment().data_dir.resolve())


def _plan(layout: Layout, loaded: Settings, given: Settings) -> Plan:
    """The services to start; PostgreSQL is ours unless the environment names another."""
    ours = None if given.has_database else postgres.prepare(layout, loaded).service(loaded)
    return services.stack(loaded, ours, str(layout.data))


def _ignored(listings: Path | None, ports: tuple[str, ...]) -> str:
    """What a second start does not do, and which command does."""
    if ports:
        raise Refused("ports move only while nothing runs: homes down, then homes up --port ...")
    if listings:
        return f"; publish other listings by: homes dataset publish {listings}"
    return ""
