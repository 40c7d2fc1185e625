"""What the composition root does where a part is not there."""

from contextlib import contextmanager
from pathlib import Path

import pytest

from homeprices.bootstrap import Homes
from homeprices.domain.errors import Unavailable
from homeprices.settings import OwnSettings
from support.fakes import MemoryDecisions


class Away(MemoryDecisions):
    """PostgreSQL does not answer."""

    @contextmanager
    def lock(self):
        raise Unavailable("PostgreSQL does not answer")
        yield


def test_without_a_database_nobody_decides_and_nobody_is_kept_out(tmp_path: Path) -> None:
    with Homes(OwnSettings(HOMES_DATA_DIR=tmp_path)).decider_lock():
        pass


def test_a_database_that_is_away_keeps_nobody_out_and_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    homes = Homes(OwnSettings(HOMES_DATA_DIR=tmp_path, POSTGRES_HOST="db"))
    homes.decisions = Away()
    with homes.decider_lock():
        pass
    assert "without the lock of deciders: PostgreSQL does not answer" in caplog.text


def test_who_opens_a_trial_waits_for_the_decider_and_what_breaks_inside_is_told(
    tmp_path: Path,
) -> None:
    homes = Homes(OwnSettings(HOMES_DATA_DIR=tmp_path, POSTGRES_HOST="db"))
    homes.decisions = MemoryDecisions()
    with pytest.raises(Unavailable, match="the store"), homes.decider_lock():
        assert homes.decisions._lock.locked()
        raise Unavailable("the store is away")
