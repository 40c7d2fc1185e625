"""PostgreSQL: one pool of connections, and the migrations that make the tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources

import psycopg
from psycopg import Connection
from psycopg.conninfo import make_conninfo
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from homeprices.domain.errors import Refused, Unavailable
from homeprices.settings import Settings

MIGRATION_LOCK = 7_204_117
WAIT_S = 3.0


def dsn(settings: Settings) -> str:
    """The connection string that `settings` describe; raises Refused when no host is set."""
    if not settings.has_database:
        raise Refused(
            "no PostgreSQL is known: start the embedded one by `homes up`, or set POSTGRES_HOST, "
            "POSTGRES_PORT, POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB"
        )
    return make_conninfo(
        host=settings.postgres_host,
        port=settings.postgres_port,
        user=settings.postgres_user,
        password=settings.postgres_password.get_secret_value(),
        dbname=settings.postgres_db,
        connect_timeout=3,
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=3,
        tcp_user_timeout=10_000,
        application_name="homeprices",
    )


class Database:
    """Lends connections; opens none before the first is asked for."""

    def __init__(self, dsn: str, *, most_connections: int = 4) -> None:
        self._pool = ConnectionPool(
            dsn,
            min_size=0,
            max_size=most_connections,
            timeout=WAIT_S,
            max_waiting=64,
            reconnect_timeout=1.0,
            check=ConnectionPool.check_connection,
            open=False,
        )

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection in a transaction, committed on leaving; raises Unavailable when away."""
        if self._pool.closed:
            self._pool.open()
        try:
            with self._pool.connection() as connection:
                yield connection
        except (psycopg.OperationalError, PoolTimeout, PoolClosed) as error:
            reason = " ".join(str(error).split()) or "no answer"
            raise Unavailable(f"PostgreSQL does not answer: {reason}") from error

    def close(self) -> None:
        """Give every connection back to the server."""
        if not self._pool.closed:
            self._pool.close()


def migrate(dsn: str) -> None:
    """Bring the tables to the newest version; many processes may do so at once."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine, text
    from sqlalchemy.pool import NullPool

    config = Config()
    config.set_main_option("script_location", str(resources.files(__package__) / "migrations"))
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(dsn), poolclass=NullPool
    )
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except psycopg.OperationalError as error:
        raise Unavailable(f"PostgreSQL does not answer: {' '.join(str(error).split())}") from error
