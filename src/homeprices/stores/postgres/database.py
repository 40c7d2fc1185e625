"""PostgreSQL: one pool of connections, and the migrations that make the tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources

import psycopg
from psycopg import Connection, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from homeprices.domain.errors import Refused, Unavailable
from homeprices.settings import Settings

MIGRATION_LOCK = 7_204_117
WAIT_S = 3.0


def dsn(settings: Settings, *, longest_query_s: float = 0) -> str:
    """The connection string that `settings` describe; raises Refused when no host is set.

    With `longest_query_s` the server ends a query that takes longer.
    """
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
        options=f"-c timezone=UTC -c statement_timeout={longest_query_s * 1000:.0f}",
    )


class Database:
    """Lends connections; opens none before the first is asked for."""

    def __init__(self, dsn: str, *, most_connections: int = 4) -> None:
        self._dsn = dsn
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
            raise _away() from error

    @contextmanager
    def dedicated_connection(self) -> Iterator[Connection]:
        """A connection of its own, outside the pool, for what is held long; as `connection`."""
        try:
            with psycopg.connect(self._dsn) as connection:
                yield connection
        except psycopg.OperationalError as error:
            raise _away() from error

    def close(self) -> None:
        """Give every connection back to the server."""
        if not self._pool.closed:
            self._pool.close()


def migrate(dsn: str, revision: str = "head") -> None:
    """Bring the tables up to `revision`; many processes may do so at once."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import OperationalError
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
            command.upgrade(config, revision)
    except (psycopg.OperationalError, OperationalError) as error:
        raise _away() from error


def make_beside(dsn: str, name: str) -> None:
    """Make the database `name` on the server of `dsn` if there is none.

    Raises Refused when our role may not make it, Unavailable when PostgreSQL is away.
    """
    server = conninfo_to_dict(dsn)
    if name == server.get("dbname"):
        raise Refused(f"{name!r} is the database of predictions; name another one in the settings")
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            if not connection.execute(query, [name]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except psycopg.errors.DuplicateDatabase:
        return
    except psycopg.errors.InsufficientPrivilege:
        raise Refused(
            f"there is no database {name!r}, and the role {server.get('user')!r} may not make it; "
            f'have an administrator run: CREATE DATABASE "{name}" OWNER "{server.get("user")}"'
        ) from None
    except psycopg.OperationalError as error:
        raise _away() from error


def _away() -> Unavailable:
    """What everyone may know; the cause, which names hosts and users, is for logs and operators."""
    return Unavailable("PostgreSQL does not answer")
