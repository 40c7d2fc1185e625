"""Runs the service in a process, or several, that stay small, until it is told to stop."""

import asyncio
import ctypes
import resource
from dataclasses import dataclass
from typing import Any

import msgspec
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from homeprices.domain.errors import Unreadable

STOP_WITHIN_S = 5
# glibc's name for how many heaps its allocator may have; by default eight for each processor.
_M_ARENA_MAX = -8
_MOST_HEAPS = 2
# How long a client may keep a connection waiting, and what it has to send or read in that time.
PATIENCE_S = 120.0
LEAST_BYTES = 60_000


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
        self._handed_over = 0

    def progress(self) -> tuple[int, bool]:
        """How many bytes the client's side has taken, and whether some wait for it to."""
        waiting = self._transport.get_write_buffer_size()
        return self._handed_over - waiting, waiting > 0

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
                self._handed_over += len(content)
                self._transport.write(content)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever it is there
        """Everything else is the transport's own."""
        return getattr(self._transport, name)


class WholeAnswers(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, a small answer in one segment: all of it arrives, or nothing.

    Whoever asks nothing, sends no more of a request, or reads no more of an answer is hung up on:
    one look in `PATIENCE_S` finds what has come no further since the last. A client behind the
    router never waits so long.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        self._whole = WholeTransport(transport, self.loop)
        self._came = 0
        super().connection_made(self._whole)  # type: ignore[arg-type]
        self._next_look = self.loop.call_later(PATIENCE_S, self._look, _Awaited("request", 0))

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection."""
        self._next_look.cancel()
        super().connection_lost(exc)

    def on_body(self, body: bytes) -> None:
        """Take a part of a request's body."""
        self._came += len(body)
        super().on_body(body)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, as every other problem is answered; uvicorn's would be text."""
        problem = {
            "code": Unreadable.code,
            "message": f"the request is no HTTP: {msg}",
            "fields": [],
        }
        content = msgspec.json.encode({"error": problem})
        head = b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
        self.transport.write(STATUS_LINE[400] + head % len(content) + content)
        self.transport.close()

    def _look(self, before: "_Awaited | None") -> None:
        awaited = self._awaited()
        if awaited is not None and awaited.is_stuck_since(before):
            self._whole.abort()
            return
        self._next_look = self.loop.call_later(PATIENCE_S, self._look, awaited)

    def _awaited(self) -> "_Awaited | None":
        """What the client has to do for this connection to go on; None where it has nothing to."""
        taken, is_waiting = self._whole.progress()
        if is_waiting:
            return _Awaited("answer", taken)
        # Between requests uvicorn's own timer runs, up to the first byte of the next.
        is_between = self.cycle is None or self.cycle.response_complete
        if is_between and not self.timeout_keep_alive_task:
            return _Awaited("request", 0)
        if self.cycle.more_body and not self.flow.read_paused:
            return _Awaited("body", self._came)
        return None


@dataclass(frozen=True, slots=True)
class _Awaited:
    """`what` a client is to send or to read, and how many bytes of such it has so far."""

    what: str
    progress: int

    def is_stuck_since(self, before: "_Awaited | None") -> bool:
        """True where it has come no further than a client does that means to go on."""
        is_same = before is not None and before.what == self.what
        return is_same and before is not None and self.progress - before.progress < LEAST_BYTES


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

    Uvicorn's `limit_concurrency` would count those that ask nothing against those who do.
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
