"""kill -9 while records are appended: what was acknowledged is there afterwards."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from homeprices.stores.spool.spool import Spool
from homeprices.stores.spool.uploader import Uploader
from support.service import MemoryLog


def killed_after(acknowledged: int, folder: Path, kind: str) -> set[str]:
    """The ids that the appender had acknowledged when it was killed."""
    process = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("appender.py"), folder, kind],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(acknowledged)]
    process.send_signal(signal.SIGKILL)
    lines += process.stdout.readlines()
    process.wait()
    process.stdout.close()
    return {line.decode().strip() for line in lines if line.endswith(b"\n")}


def stored(folder: Path) -> tuple[set[str], Spool]:
    """What an uploader finds after a restart."""
    spool, log = Spool(folder), MemoryLog()
    uploader = Uploader(spool, log)
    while uploader.once():
        pass
    return set(log.rows), spool


@pytest.mark.parametrize("acknowledged", [1, 100, 700, 1500, 3000])
def test_no_acknowledged_record_is_lost(tmp_path: Path, acknowledged: int) -> None:
    ids = killed_after(acknowledged, tmp_path / "spool", "spool")
    assert len(ids) >= acknowledged
    found, spool = stored(tmp_path / "spool")
    counts = spool.counts()
    spool.close()
    assert ids - found == set()
    assert (counts.set_aside, counts.waiting, counts.stored) == (0, 0, len(found))


def test_a_queue_in_memory_loses_acknowledged_records_in_the_same_harness(tmp_path: Path) -> None:
    ids = killed_after(1500, tmp_path / "queue", "queue")
    found, spool = stored(tmp_path / "queue")
    spool.close()
    assert len(ids - found) > 0


def test_a_second_kill_while_the_first_is_recovered_loses_nothing_either(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    first = killed_after(200, folder, "spool")
    second = killed_after(200, folder, "spool")
    found, spool = stored(folder)
    spool.close()
    assert (first | second) - found == set()
