"""Keeps a service small: what threads and the loading of models leave unused goes back."""

from __future__ import annotations

import ctypes

# glibc's name for how many heaps its allocator may have; by default eight for each processor.
_M_ARENA_MAX = -8
_MOST_HEAPS = 2


def share_heaps() -> None:
    """Let the threads of this process share two heaps; before any thread is started.

    A service has twenty threads that mostly wait, and each would keep what it once needed.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _MOST_HEAPS)


def give_back() -> None:
    """Return to the system what the allocator holds without need.

    A bundle is read, checked and taken apart while the one before is still served: without
    this a service would keep the most that it ever needed.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
