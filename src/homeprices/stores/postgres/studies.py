"""Where searches for parameters are kept: Optuna's tables in a database of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import make_conninfo

from homeprices.domain.errors import Unavailable
from homeprices.stores.postgres.database import make_beside

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
        make_beside(dsn, name)
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
