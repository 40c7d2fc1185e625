"""Processes of ours, told from strangers by when they were made, never by name."""

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


def identify(pid: int) -> ProcessIdentity | None:
    """The identity of the process `pid`; None when there is none."""
    try:
        return ProcessIdentity(pid, psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return None


def is_running(identity: ProcessIdentity | None) -> bool:
    """True while that very process runs; a zombie does not."""
    return identity is not None and _leader(identity) is not None


def family(identity: ProcessIdentity) -> list[psutil.Process]:
    """The process, its descendants, and who is left of the session it led.

    Each service leads a session of its own; PostgreSQL's children lead theirs,
    and end by themselves when they lose their parent.
    """
    leader = _leader(identity)
    if leader is None and psutil.pid_exists(identity.pid) and not _is_zombie(identity.pid):
        return []
    members = {leader.pid: leader} if leader else {}
    with contextlib.suppress(psutil.NoSuchProcess):
        members |= {
            child.pid: child for child in (leader.children(recursive=True) if leader else [])
        }
    for process in psutil.process_iter(["create_time"]):
        if process.pid not in members and _is_left_of(process, identity):
            members[process.pid] = process
    return list(members.values())


def end(
    identity: ProcessIdentity, first: signal.Signals = signal.SIGTERM, patience_s: float = 10.0
) -> int:
    """End the process and its family: asked by `first`, killed after `patience_s`.

    Returns how many there were.
    """
    members = family(identity)
    leader = _leader(identity)
    _send([leader] if leader is not None else members, first)
    _all_gone(members, patience_s)
    kill_family(identity)
    return len(members)


def send(identity: ProcessIdentity, number: signal.Signals) -> None:
    """Send a signal to that very process, if it still runs."""
    leader = _leader(identity)
    _send([leader] if leader is not None else [], number)


def await_end(identity: ProcessIdentity, patience_s: float) -> None:
    """Return when that very process is gone, or after `patience_s`."""
    deadline = time.monotonic() + patience_s
    while is_running(identity) and time.monotonic() < deadline:
        time.sleep(0.02)


def kill_family(identity: ProcessIdentity) -> None:
    """Kill whoever is left, until nobody is."""
    deadline = time.monotonic() + KILL_WAIT_S
    while (left := family(identity)) and time.monotonic() < deadline:
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


def _leader(identity: ProcessIdentity) -> psutil.Process | None:
    try:
        process = psutil.Process(identity.pid)
        same = abs(process.create_time() - identity.created) < SAME_MOMENT_S
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def _is_left_of(process: psutil.Process, identity: ProcessIdentity) -> bool:
    try:
        return (
            os.getsid(process.pid) == identity.pid
            and process.create_time() >= identity.created - SAME_MOMENT_S
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
