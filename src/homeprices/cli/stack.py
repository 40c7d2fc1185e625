"""`homes up`, `down`, `status`, `logs`, `open`, `doctor`: the embedded stack on one machine."""

from __future__ import annotations

import errno
import signal
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from homeprices import settings
from homeprices.domain.errors import Refused, Unavailable
from homeprices.domain.units import counted
from homeprices.domain.versions import ModelVersion
from homeprices.local import local_settings
from homeprices.local.layout import Layout, lay_out

if TYPE_CHECKING:
    from homeprices.local.doctor import Check
    from homeprices.local.plan import StackPlan
    from homeprices.local.progress import Progress
    from homeprices.stores.tracking.mirror import TrackingMirror

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--listings", type=_FILE, help="A CSV of listings; without it a market is made up.")
@click.option("--port", "ports", multiple=True, metavar="NAME=PORT", help="Move a port, for good.")
@click.option(
    "--without", default="", metavar="NAMES", help="Leave out airflow, mlflow, first-candidate."
)
def up(listings: Path | None, ports: tuple[str, ...], without: str) -> None:
    """Start everything, from an empty folder to a priced home."""
    from homeprices.local import plan
    from homeprices.local.progress import Progress
    from homeprices.local.supervisor import is_held
    from homeprices.local.up import alone, await_companions, clear

    progress = Progress(sys.stdout)
    for sentence in settings.unknown():
        progress.say(sentence)
    moved = local_settings.parse_ports(ports)
    environment = settings.from_environment()
    companions = local_settings.embedded(environment, local_settings.parse_without(without))
    with _clean_end("everything that this start had started is stopped"):
        layout = lay_out(environment.data_dir)
        with alone(layout, progress):
            if is_held(layout):
                running = plan.read(layout.run / "plan.json")
                local_settings.require_unchanged(running, companions if without else None)
                _join(layout, moved, listings, progress)
            else:
                clear(layout, progress)
                local_settings.keep(layout, moved, environment, companions)
                _start(layout, companions, listings, progress)
            _finish(layout, progress)
    with _clean_end("what is still starting goes on by itself: ./homes status"):
        await_companions(layout, progress)
        progress.end()


def _start(
    layout: Layout, companions: list[str], listings: Path | None, progress: Progress
) -> None:
    from homeprices.bootstrap import Homes
    from homeprices.cli.first_start import steps
    from homeprices.local import postgres, services
    from homeprices.local.doctor import check_disk, check_ports
    from homeprices.local.up import bring_up
    from homeprices.routing.nginx import find_nginx

    loaded = settings.load()
    find_nginx()
    embedded = None if settings.from_environment().has_database else postgres.find_postgres(layout)
    database = embedded.service(loaded) if embedded else None
    stack = services.stack(loaded, database, str(layout.data), companions)
    check_disk(layout.data)
    check_ports(stack)
    if embedded is not None:
        progress.doing("postgres", "preparing PostgreSQL")
        postgres.prepare(embedded, layout, loaded)
    bring_up(layout, stack, steps(Homes(loaded), listings), progress)


def _join(layout: Layout, moved: dict[str, int], listings: Path | None, progress: Progress) -> None:
    from homeprices.bootstrap import Homes
    from homeprices.cli.first_start import steps
    from homeprices.local.up import join

    loaded = settings.load()
    for name, port in moved.items():
        if getattr(loaded, f"{name}_port") != port:
            raise Refused(f"everything runs already; to move {name}, run ./homes down first")
    progress.say("already running:")
    join(layout, steps(Homes(loaded), listings), progress)


def _finish(layout: Layout, progress: Progress) -> None:
    from homeprices.bootstrap import Homes
    from homeprices.cli.first_start import behind, priced_home
    from homeprices.local import plan
    from homeprices.local.services import urls
    from homeprices.local.status import table

    loaded = settings.load()
    progress.doing("price", "asking for a first price")
    priced = priced_home(Homes(loaded))
    progress.end()
    progress.say(f"\n{table(urls(loaded))}\n\n{priced}\nready in {progress.so_far_s:.1f} s")
    follows = behind(Homes(loaded), plan.read(layout.run / "plan.json"))
    if follows:
        progress.say(follows)


@click.command()
def down() -> None:
    """Stop everything that `up` started."""
    from homeprices.local.down import bring_down

    ran = bring_down(_layout())
    stopped = f"stopped {counted(ran, 'service')}; nothing is left running"
    click.echo(stopped if ran else "nothing was running")


@click.command()
def status() -> None:
    """Tell what runs, since when, and which model it serves."""
    from homeprices.local import elsewhere
    from homeprices.local import status as look

    rows = look.rows(_layout())
    others = [] if rows else elsewhere.rows(settings.from_environment())
    if others:
        click.echo(look.table([elsewhere.HEAD, *others]))
        raise SystemExit(0 if all(state == "healthy" for _, state, *_ in others) else 3)
    if not rows:
        click.echo("nothing runs here; start with ./homes up")
    else:
        click.echo(look.table([look.HEAD, *rows]))
    if not look.is_up(_layout()):
        raise SystemExit(3)


@click.command()
@click.argument("name")
@click.option(
    "-n",
    "--lines",
    default=50,
    show_default=True,
    type=click.IntRange(0, 1_000_000),
    help="How many of the last lines.",
)
@click.option("-f", "--follow", is_flag=True, help="Go on as the log grows.")
def logs(name: str, lines: int, follow: bool) -> None:
    """Show the log of service NAME."""
    from homeprices.local import logs as read

    path = read.find_log(_layout(), name)
    last, end = read.tail(path, lines)
    click.echo(last, nl=False)
    for new in read.follow(path, end) if follow else ():
        click.echo(new, nl=False)


@click.command(name="open")
def open_() -> None:
    """Open the page in a browser, and say where it is."""
    import webbrowser

    loaded = settings.load()
    url = loaded.public_url or loaded.address("page")
    click.echo(url)
    webbrowser.open(url)


@click.command()
def doctor() -> None:
    """Look at everything a start leans on, and say what to do about what is wrong."""
    from homeprices.local import elsewhere
    from homeprices.local.doctor import examine, machine_checks

    # Where something else runs the services, this machine is none of theirs.
    layout, others = _layout(), elsewhere.checks(settings.from_environment())
    ours = [] if others else [*machine_checks(layout, _plan(layout)), _nginx()]
    findings = examine([*ours, *_store_checks(), *others])
    for finding in findings:
        click.echo(
            f"{'ok     ' if finding.is_well else 'problem'}  {finding.name}: {finding.words}"
        )
    if not all(finding.is_well for finding in findings):
        raise SystemExit(1)


def _store_checks() -> list[Check]:
    from homeprices import bootstrap
    from homeprices.local.doctor import Check

    homes = bootstrap.load()

    def registry() -> str:
        production = homes.registry.production()
        return f"production is {production.version}" if production else "no model yet"

    def models() -> str:
        trial, production = homes.experiments.open_now(), homes.registry.newest_production()
        candidate = ModelVersion.parse(trial.candidate) if trial else None
        served = [version for version in (production, candidate) if version]
        for version in served:
            homes.registry.every_file(version)
        return f"every file of {' and '.join(map(str, served))} is whole" if served else "none yet"

    def database() -> str:
        with closing(homes.database) as database, database.connection() as connection:
            row = connection.execute("SHOW server_version").fetchone()
        return f"PostgreSQL {row[0]} answers" if row else "answers"

    def variables() -> str:
        if unknown := settings.unknown():
            raise Refused("; ".join(unknown))
        return "every HOMES_ variable is a setting"

    checks = [
        Check("variables", variables),
        Check("registry", registry),
        Check("models", models),
        Check("database", database),
    ]
    mirror = homes.tracking
    if mirror is not None:
        checks.append(Check("tracking", lambda: _tracking(mirror)))
    return checks


def _nginx() -> Check:
    from homeprices.local.doctor import Check
    from homeprices.routing.nginx import find_nginx

    return Check("nginx", lambda: str(find_nginx()))


def _tracking(mirror: TrackingMirror) -> str:
    """Raises Refused where MLflow differs from the registry: a doctor looks and changes nothing."""
    if differences := mirror.differences():
        raise Refused(f"MLflow differs: {'; '.join(differences)}; `homes keep-house` mends it")
    return "MLflow follows the registry"


def _plan(layout: Layout) -> StackPlan:
    from homeprices.local import postgres, services

    loaded, environment = settings.load(), settings.from_environment()
    embedded = None if environment.has_database else postgres.find_postgres(layout)
    database = embedded.service(loaded) if embedded else None
    companions = local_settings.started(loaded, environment)
    return services.stack(loaded, database, str(layout.data), companions)


def _layout() -> Layout:
    return Layout(settings.from_environment().data_dir.resolve())


@contextmanager
def _clean_end(what_follows: str) -> Iterator[None]:
    """Make a closed terminal and a TERM an interruption, and a full disk one line."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        click.echo(f"interrupted: {what_follows}", err=True)
        raise SystemExit(130) from None
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise Unavailable(
            f"the disk is full ({error.filename or error.strerror}); nothing is left running; "
            "make room, then ./homes up"
        ) from error
