"""Starts a server, ends all that it started, and tells what a tree of processes has used.

Linux alone keeps the clocks of other processes that are read here.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

PATIENCE_S = 10.0


@contextmanager
def started(
    command: Sequence[str], environment: Mapping[str, str], folder: Path
) -> Iterator[psutil.Process]:
    """The server of `command`, run in `folder`, whose `log` says what it said; ended after."""
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
    server = psutil.Process(process.pid)
    try:
        yield server
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process with its group and all below it; kill what has not ended in time."""
    members = _group(process.pid)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(PATIENCE_S)
    _, left = psutil.wait_procs(members, timeout=1)
    for one in left:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    process.wait(PATIENCE_S)


def _group(pid: int) -> list[psutil.Process]:
    """All below `pid`, and those of its session whose parent has ended."""
    below: list[psutil.Process] = []
    with suppress(psutil.NoSuchProcess):
        below = psutil.Process(pid).children(recursive=True)
    orphans = [one for one in psutil.process_iter() if _session(one.pid) == pid]
    return list({one.pid: one for one in (*below, *orphans)}.values())


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def cpu_s(root: psutil.Process, without: int | None = None) -> float:
    """Processor time of a process, of all below it and of their ended children.

    The process `without` is left out. Living ones are told to the nanosecond.
    """
    used_s = 0.0
    for one in (root, *root.children(recursive=True)):
        with suppress(psutil.NoSuchProcess, OSError):
            times = one.cpu_times()
            used_s += times.children_user + times.children_system
            used_s += time.clock_gettime(_clock(one.pid)) if one.pid != without else 0.0
    return used_s


def _clock(pid: int) -> int:
    """The number of a process's own clock, as the C library makes it (clock_getcpuclockid)."""
    return (~pid << 3) | 2
