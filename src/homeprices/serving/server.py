"""Runs the service in a process, or several, that stay small, until it is told to stop."""

import asyncio
import ctypes
import resource
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

STOP_WITHIN_S = 5
# glibc's name for how many heaps its allocator may have; by default eight for each processor.
_M_ARENA_MAX = -8
_MOST_HEAPS = 2


class WholeTransport:
    """A transport that sends what is written within one turn of the event loop in one piece.

    Uvicorn writes the head of an answer and its body apart, and uvloop sends the first at once. A
    process that is killed between them leaves the router with a head that it has passed on, and
    with nothing to ask another service for (docs/decisions/0034-answers-are-whole.md).
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._pieces: list[bytes] = []

    def write(self, content: bytes) -> None:
        """Send `content`, with whatever else comes in this turn."""
        if not self._pieces:
            self._loop.call_soon(self._send)
        self._pieces.append(content)

    def close(self) -> None:
        """Send what waits, then close."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        if self._pieces:
            content = b"".join(self._pieces)
            self._pieces.clear()
            if not self._transport.is_closing():
                self._transport.write(content)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever it is there
        """Everything else is the transport's own."""
        return getattr(self._transport, name)


class WholeAnswers(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, a small answer in one segment: all of it arrives, or nothing."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        super().connection_made(WholeTransport(transport, self.loop))  # type: ignore[arg-type]


_OPTIONS: dict[str, Any] = {
    "loop": "uvloop",
    "http": WholeAnswers,
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
