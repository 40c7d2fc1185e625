"""Lets work that nobody waits for give way to the services."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

LEAST = 19


def give_way() -> None:
    """Give this process, and all that it starts, the least priority."""
    os.nice(LEAST)
    # Where Linux shares processors between sessions first, niceness counts inside ours alone:
    # the session has one of its own (sched(7), "The autogroup feature").
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(LEAST))
