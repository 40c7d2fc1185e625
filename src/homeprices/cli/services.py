"""The services, each a command of its own, so that any supervisor or container can run them."""

from __future__ import annotations

import logging

import click

from homeprices import settings


@click.command()
def migrate() -> None:
    """Bring the tables of PostgreSQL to the newest version."""
    from homeprices.stores import database

    database.migrate(database.dsn(settings.load()))
    click.echo("the tables are up to date")


@click.command()
def route() -> None:
    """Run the router: it splits visitors as the open trial says."""
    from homeprices import bootstrap
    from homeprices.routing.service import run_router

    _log_to_stderr()
    loaded = settings.load()
    run_router(loaded, bootstrap.stores(loaded).experiments)


@click.command()
def page() -> None:
    """Run the page for people."""
    from homeprices.routing.service import run_page

    _log_to_stderr()
    run_page(settings.load())


def _log_to_stderr() -> None:
    logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(name)s %(message)s")
