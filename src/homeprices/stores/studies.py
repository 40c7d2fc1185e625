"""Where searches for parameters are kept: Optuna's tables in a database of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from homeprices.domain.errors import Refused, Unavailable

if TYPE_CHECKING:
    from optuna.storages import BaseStorage


@contextmanager
def kept_studies(dsn: str, name: str) -> Iterator[BaseStorage]:
    """Optuna's storage in the database `name` beside that of `dsn`, made where it is missing.

    Raises Unavailable when PostgreSQL is away or goes away, Refused when our
    role may not make the database.
    """
    from optuna.exceptions import StorageInternalError
    from optuna.storages import RDBStorage
    from sqlalchemy.exc import OperationalError

    beside = make_conninfo(dsn, dbname=name)
    try:
        _make(dsn, name)
        storage = RDBStorage(
            "postgresql+psycopg://",
            engine_kwargs={"creator": lambda: psycopg.connect(beside), "pool_pre_ping": True},
        )
        try:
            yield storage
        finally:
            storage.remove_session()
            storage.engine.dispose()
    except (psycopg.OperationalError, OperationalError, StorageInternalError) as error:
        raise Unavailable("PostgreSQL does not answer") from error


def _make(dsn: str, name: str) -> None:
    """Make the database `name` if there is none."""
    facts = conninfo_to_dict(dsn)
    if name == facts.get("dbname"):
        raise Refused(f"searches need a database of their own, not {name!r}: set HOMES_STUDIES_DB")
    with psycopg.connect(dsn, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if found.fetchone():
            return
        try:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        except psycopg.errors.DuplicateDatabase:
            return
        except psycopg.errors.InsufficientPrivilege:
            raise Refused(
                f"there is no database {name!r} for searches, and the role {facts.get('user')!r} "
                f'may not make it; have an administrator run: CREATE DATABASE "{name}" OWNER '
                f'"{facts.get("user")}"'
            ) from None
