"""Work that nobody waits for gives way."""

import os
import subprocess
import sys
from pathlib import Path

from homeprices.local.processes import NICENESS

AUTOGROUP = Path("/proc/self/autogroup")
GIVES_WAY = (
    "import os, pathlib; from homeprices.local.processes import give_way; give_way(); "
    f"group = pathlib.Path('{AUTOGROUP}'); "
    "print(os.nice(0), *(group.read_text().split()[-1:] if group.exists() else []))"
)


def after_giving_way(*, own_session: bool) -> list[int]:
    """The niceness of a process, and of its session where sessions have one."""
    done = subprocess.run(
        [sys.executable, "-c", GIVES_WAY],
        start_new_session=own_session,
        capture_output=True,
        text=True,
        check=True,
    )
    return [int(word) for word in done.stdout.split()]


def _session(niceness: int) -> list[int]:
    return [niceness] if AUTOGROUP.exists() else []


def test_a_process_with_a_session_of_its_own_gives_way_to_all_other_sessions() -> None:
    assert after_giving_way(own_session=True) == [os.nice(0) + NICENESS, *_session(NICENESS)]


def test_the_session_of_a_terminal_keeps_its_priority() -> None:
    niceness, *session = after_giving_way(own_session=False)
    # Empty in a session that was there before the kernel began to group: containers have those.
    before = AUTOGROUP.read_text().split()[-1:] if AUTOGROUP.exists() else []
    assert niceness == os.nice(0) + NICENESS
    assert session == [int(word) for word in before]
