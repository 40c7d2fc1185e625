"""Processes of ours, told from strangers by when they were made, never by name."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

# The kernel's idea of when it booted drifts by less than this between two looks.
SAME_MOMENT_S = 1.0
KILL_WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """A process for as long as it lives: its number may be given to another one later."""

    pid: int
    created: float


def mark(pid: int) -> ProcessIdentity | None:
    """The mark of the process `pid`; None when there is none."""
    try:
        return ProcessIdentity(pid, psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return None


def is_running(marked: ProcessIdentity | None) -> bool:
    """True while that very process runs; a zombie does not."""
    return marked is not None and _leader(marked) is not None


def family(marked: ProcessIdentity) -> list[psutil.Process]:
    """The process, its descendants, and who is left of the session it led.

    Each service leads a session of its own; PostgreSQL's children lead theirs,
    and end by themselves when they lose their parent.
    """
    leader = _leader(marked)
    if leader is None and psutil.pid_exists(marked.pid) and not _is_zombie(marked.pid):
        return []
    members = {leader.pid: leader} if leader else {}
    with contextlib.suppress(psutil.NoSuchProcess):
        members |= {
            child.pid: child for child in (leader.children(recursive=True) if leader else [])
        }
    for process in psutil.process_iter(["create_time"]):
        if process.pid not in members and _is_left_of(process, marked):
            members[process.pid] = process
    return list(members.values())


def end(
    marked: ProcessIdentity, first: signal.Signals = signal.SIGTERM, patience_s: float = 10.0
) -> int:
    """End the process and its family: asked by `first`, killed after `patience_s`.

    Returns how many there were.
    """
    members = family(marked)
    leader = _leader(marked)
    _send([leader] if leader is not None else members, first)
    _all_gone(members, patience_s)
    kill_family(marked)
    return len(members)


def send(marked: ProcessIdentity, number: signal.Signals) -> None:
    """Send a signal to that very process, if it still runs."""
    leader = _leader(marked)
    _send([leader] if leader is not None else [], number)


def await_end(marked: ProcessIdentity, patience_s: float) -> None:
    """Return when that very process is gone, or after `patience_s`."""
    deadline = time.monotonic() + patience_s
    while is_running(marked) and time.monotonic() < deadline:
        time.sleep(0.02)


def kill_family(marked: ProcessIdentity) -> None:
    """Kill whoever is left, until nobody is."""
    deadline = time.monotonic() + KILL_WAIT_S
    while (left := family(marked)) and time.monotonic() < deadline:
        _send(left, signal.SIGKILL)
        _all_gone(left, 0.5)


def _send(members: list[psutil.Process], number: signal.Signals) -> None:
    for process in members:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def _all_gone(members: list[psutil.Process], patience_s: float) -> bool:
    """Wait until all have ended; their exit codes stay for whoever started them."""
    deadline = time.monotonic() + patience_s
    while any(process.is_running() and not _is_zombie(process.pid) for process in members):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _leader(marked: ProcessIdentity) -> psutil.Process | None:
    try:
        process = psutil.Process(marked.pid)
        same = abs(process.create_time() - marked.created) < SAME_MOMENT_S
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def _is_left_of(process: psutil.Process, marked: ProcessIdentity) -> bool:
    try:
        return (
            os.getsid(process.pid) == marked.pid
            and process.create_time() >= marked.created - SAME_MOMENT_S
            and process.status() != psutil.STATUS_ZOMBIE
        )
    except (ProcessLookupError, PermissionError, psutil.NoSuchProcess):
        return False


def _is_zombie(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


# A third of what a service gets where both want the same processor. At 19, a seventieth, one busy
# neighbour keeps a training from ever ending.
NICENESS = 5


def give_way() -> None:
    """Lower the priority of this process and of all that it starts.

    Where Linux shares processors between sessions first, niceness counts inside a session
    alone, which has one of its own (sched(7), "The autogroup feature"): that is lowered
    where the session is ours and no terminal's.
    """
    os.nice(NICENESS)
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(NICENESS))
