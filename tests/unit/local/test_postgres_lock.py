"""A lock file that a postmaster has left, and whose number a stranger may have now."""

import os
from pathlib import Path

import psutil

from homeprices.local.postgres import clear_stale_lock


def leave_lock(data: Path, pid: int, started: float) -> Path:
    lock = data / "postmaster.pid"
    lock.write_text(f"{pid}\n{data}\n{started:.0f}\n5433\n")
    return lock


def test_the_lock_of_a_process_that_is_gone_is_removed(tmp_path: Path) -> None:
    lock = leave_lock(tmp_path, 2**22 + 1, 1.0)
    clear_stale_lock(tmp_path)
    assert not lock.exists()


def test_a_number_that_a_stranger_has_now_does_not_hold_the_lock(tmp_path: Path) -> None:
    lock = leave_lock(tmp_path, os.getpid(), psutil.Process().create_time())
    clear_stale_lock(tmp_path)
    assert not lock.exists()


def test_a_torn_lock_is_removed(tmp_path: Path) -> None:
    (tmp_path / "postmaster.pid").write_text("12")
    clear_stale_lock(tmp_path)
    assert not (tmp_path / "postmaster.pid").exists()
