"""The services, each a command of its own, so that any supervisor or container can run them."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from homeprices import settings
from homeprices.local import secret_files
from homeprices.settings import Settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from homeprices.bootstrap import Homes
    from homeprices.domain.requests.records import Slot

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_SLOTS = {"best_model": "production", "candidate_model": "candidate"}


@click.command()
@click.argument("slot", required=False, type=click.Choice(list(_SLOTS.values())))
def serve(slot: str | None) -> None:
    """Run the service of SLOT (as MODEL_PREFIX says, if none is named)."""
    from homeprices import bootstrap
    from homeprices.domain.requests.records import Slot
    from homeprices.serving import server

    _log_to_stderr()
    homes = bootstrap.load()
    loaded = homes.settings
    answers = Slot(slot or _SLOTS[loaded.model_prefix])
    port = loaded.production_port if answers is Slot.PRODUCTION else loaded.candidate_port
    if loaded.workers == 1:
        server.run(_app(homes, answers), loaded.host, port)
        return
    homes.service(answers)
    os.environ["MODEL_PREFIX"] = next(name for name in _SLOTS if _SLOTS[name] == answers.value)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_emptied(loaded.data_dir / "metrics" / answers))
    server.run_workers("homeprices.cli.services:worker", loaded.host, port, loaded.workers)


def worker() -> ASGIApp:
    """The app of one of several workers, each of which calls this in a process of its own."""
    from homeprices import bootstrap
    from homeprices.domain.requests.records import Slot

    _log_to_stderr()
    homes = bootstrap.load()
    return _app(homes, Slot(_SLOTS[homes.settings.model_prefix]))


def _app(homes: Homes, slot: Slot) -> ASGIApp:
    from homeprices.serving.app import create_app
    from homeprices.serving.server import share_heaps

    share_heaps()
    return create_app(homes.service(slot))


def _emptied(folder: Path) -> Path:
    """`folder`, made anew: what workers of an earlier start have counted there is over."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder.resolve()


@click.command("await-model")
def await_model() -> None:
    """Wait until production has a model to serve: what is in no hurry starts after it."""
    from homeprices import bootstrap
    from homeprices.domain.errors import Unavailable
    from homeprices.domain.requests.records import Slot

    served = bootstrap.load().served
    while True:
        with suppress(Unavailable):
            if served(Slot.PRODUCTION) is not None:
                return
        time.sleep(0.5)


@click.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def airflow(arguments: tuple[str, ...]) -> None:
    """Run Airflow's own command line on this stack: `homes airflow dags list`."""
    from homeprices.local.companions import prepare

    loaded = settings.load()
    if arguments[:2] == ("db", "migrate"):
        _make_beside(loaded, loaded.airflow_db)
    _become(["airflow", *arguments], prepare(loaded))


@click.command()
def mlflow() -> None:
    """Run the tracking server."""
    from homeprices.local.companions import environment

    loaded = settings.load()
    _make_beside(loaded, loaded.mlflow_db)
    _become(["mlflow", "server"], environment(loaded))


def _make_beside(loaded: Settings, name: str) -> None:
    """The database of a companion, also where PostgreSQL is not our own."""
    from homeprices.stores.postgres.database import dsn, make_beside

    make_beside(dsn(loaded), name)


def _become(module: list[str], environment: dict[str, str]) -> None:
    """Go on as another program of our environment; what the environment says itself wins."""
    os.execve(  # noqa: S606 - a list, never through a shell
        sys.executable, [sys.executable, "-m", *module], {**environment, **os.environ}
    )


@click.command()
def migrate() -> None:
    """Bring the tables of PostgreSQL to the newest version, with room for the next months."""
    from homeprices import bootstrap
    from homeprices.stores.postgres import database
    from homeprices.workflows.retention import MONTHS_AHEAD

    homes = bootstrap.load()
    database.migrate(database.dsn(homes.settings))
    homes.partitions.ahead(homes.clock(), MONTHS_AHEAD)
    homes.database.close()
    click.echo("the tables are up to date")


@click.command("make-secrets")
@click.argument("folder", type=_FOLDER)
@click.option(
    "--share",
    "shares",
    type=(click.Choice(secret_files.NAMES), _FOLDER),
    multiple=True,
    metavar="NAME FOLDER",
    help="Keep this one there, too, for who needs it alone.",
)
def make_secrets(folder: Path, shares: tuple[tuple[str, Path], ...]) -> None:
    """Keep the secrets of all services in FOLDER: those that are set, others made once."""
    kept = secret_files.keep(folder, _given(settings.from_environment()))
    for name, shared in shares:
        secret_files.share(shared, name, kept[name])
    click.echo(f"{folder} holds {', '.join(kept)}")


def _given(environment: Settings) -> dict[str, str]:
    return {
        "HOMES_SECRET": environment.secret.get_secret_value(),
        "HOMES_OPERATOR_KEY": environment.operator_key.get_secret_value(),
        "POSTGRES_PASSWORD": environment.postgres_password.get_secret_value(),
    }


@click.command()
def route() -> None:
    """Run the router: it splits visitors as the open trial says."""
    from homeprices import bootstrap
    from homeprices.routing.service import run_router

    _log_to_stderr()
    homes = bootstrap.load()
    run_router(homes.settings, homes.experiments, homes.served)


@click.command()
def page() -> None:
    """Run the page for people."""
    from homeprices.routing.service import run_page

    _log_to_stderr()
    run_page(settings.load())


def _log_to_stderr() -> None:
    logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(name)s %(message)s")
