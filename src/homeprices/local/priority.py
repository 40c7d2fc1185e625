"""Lets work that nobody waits for give way to the services."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

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
