"""The embedded PostgreSQL of a data folder, without a stack around it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from homeprices.local.layout import lay_out
from homeprices.local.postgres import running
from homeprices.settings import Settings
from homeprices.stores.postgres.database import dsn
from support.stack import free_ports


@contextmanager
def embedded(folder: Path) -> Iterator[str]:
    """The connection string of the PostgreSQL in `folder`, which runs until the block ends."""
    settings = Settings(
        data_dir=folder,
        postgres_host="127.0.0.1",
        postgres_port=free_ports(1)[0],
        postgres_password="only for these tests",
    )
    with running(lay_out(folder), settings):
        yield dsn(settings)
