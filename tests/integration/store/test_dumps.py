"""A dump makes a database what it was, all or nothing."""

import io
from pathlib import Path

import pytest

from homeprices.domain.errors import Refused, Unavailable
from homeprices.stores.postgres.database import Database
from homeprices.stores.postgres.dumps import PostgresDumps

ADD = "INSERT INTO erasures VALUES ('v', now(), 'test', %s)"


class BreaksOff(io.BytesIO):
    """A file whose end cannot be read."""

    def read(self, size: int | None = -1) -> bytes:
        content = super().read(size)
        if not content:
            raise OSError("Input/output error")
        return content


@pytest.fixture
def dumps(database: Database, postgres_dsn: str) -> PostgresDumps:
    with database.connection() as connection:
        connection.execute("DELETE FROM erasures")
        connection.execute(ADD, ("first",))
    return PostgresDumps(postgres_dsn, ["homes", "nowhere"])


def reasons(database: Database) -> list[str]:
    with database.connection() as connection:
        return [row[0] for row in connection.execute("SELECT reason FROM erasures ORDER BY 1")]


def test_a_database_becomes_what_it_was(dumps, database: Database, tmp_path: Path) -> None:
    assert dumps.databases() == ["homes"]
    dumps.dump("homes", tmp_path / "d")
    with database.connection() as connection:
        connection.execute(ADD, ("later",))
    with (tmp_path / "d").open("rb") as dump:
        dumps.restore("homes", dump)
    assert reasons(database) == ["first"]


def test_a_dump_that_breaks_off_changes_nothing(dumps, database: Database, tmp_path: Path) -> None:
    dumps.dump("homes", tmp_path / "d")
    content = (tmp_path / "d").read_bytes()
    cut = content[: content.rindex(b"--\n", 0, content.index(b"ADD CONSTRAINT"))]
    with pytest.raises(OSError, match="Input/output error"):
        dumps.restore("homes", BreaksOff(cut))
    assert reasons(database) == ["first"]
    with pytest.raises(Unavailable, match=r"psql of homes failed: .*syntax"):
        dumps.restore("homes", io.BytesIO(cut + b"nonsense;"))
    assert reasons(database) == ["first"]


def test_a_database_that_somebody_works_in_is_left_alone(
    dumps, database: Database, tmp_path: Path
) -> None:
    dumps.dump("homes", tmp_path / "d")
    with database.connection() as connection:
        connection.execute(ADD, ("later",))
        with (
            (tmp_path / "d").open("rb") as dump,
            pytest.raises(Refused, match="the database homes is in use"),
        ):
            dumps.restore("homes", dump)
    assert reasons(database) == ["first", "later"]
