"""The embedded PostgreSQL of a data folder, without a stack around it."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from homeprices.local import layout, plan, postgres
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
    folders = layout.lay_out(folder)
    program = postgres.find_postgres(folders)
    postgres.prepare(program, folders, settings)
    service = program.service(settings)
    with (folder / "postgres.log").open("wb") as log:
        process = subprocess.Popen(
            service.command, stdout=log, stderr=log, **plan.identity(program.account)
        )
        try:
            while subprocess.run(service.check or [], check=False).returncode != 0:
                assert process.poll() is None, (folder / "postgres.log").read_text()
                time.sleep(0.05)
            yield dsn(settings)
        finally:
            process.terminate()
            process.wait(30)
