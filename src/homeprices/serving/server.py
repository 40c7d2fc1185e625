"""Runs the service in a process, or several, that stay small, until it is told to stop."""

import ctypes
import resource
from typing import Any

import uvicorn
from starlette.types import ASGIApp

STOP_WITHIN_S = 5
# glibc's name for how many heaps its allocator may have; by default eight for each processor.
_M_ARENA_MAX = -8
_MOST_HEAPS = 2
_OPTIONS: dict[str, Any] = {
    "loop": "uvloop",
    "http": "httptools",
    "ws": "none",
    "access_log": False,
    "server_header": False,
    "proxy_headers": False,
    "timeout_keep_alive": 75,
    "timeout_graceful_shutdown": STOP_WITHIN_S,
    "log_config": None,
}


def run(app: ASGIApp, host: str, port: int) -> None:
    """Serve on `host`:`port`; on SIGTERM or SIGINT end what is under way, upload, and return."""
    _allow_files()
    uvicorn.run(app, host=host, port=port, **_OPTIONS)


def server(app: ASGIApp) -> uvicorn.Server:
    """A server of `app` as `run` runs it, for an event loop and a socket that are there already."""
    return uvicorn.Server(uvicorn.Config(app, **_OPTIONS))


def run_workers(factory: str, host: str, port: int, workers: int) -> None:
    """As `run`, in so many processes; each imports `factory` ("module:name") and calls it."""
    _allow_files()
    uvicorn.run(factory, host=host, port=port, factory=True, workers=workers, **_OPTIONS)


def _allow_files() -> None:
    """Let this process and its workers have as many connections as the machine allows.

    Uvicorn closes none that never asks, and its `limit_concurrency` would count them against those
    who do: a service is for the router and its own machine to reach.
    """
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def share_heaps() -> None:
    """Let the threads of this process share two heaps; before any thread is started.

    A service has twenty threads that mostly wait, and each would keep what it once needed.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _MOST_HEAPS)
