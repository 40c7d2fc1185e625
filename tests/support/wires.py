"""A wire to PostgreSQL that can be cut and mended, and be slow."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic, sleep

from psycopg.conninfo import conninfo_to_dict, make_conninfo


class Wire:
    """A port that leads to PostgreSQL until it is cut; each answer takes `delay_s` longer."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._ends: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._cut = False
        self.delay_s = 0.0
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        self._threads.append(threading.Thread(target=work, args=arguments, daemon=True))
        self._threads[-1].start()

    def mend(self) -> None:
        self._cut = False

    def cut(self) -> None:
        """Sever what is open; new connections are closed at once."""
        self._cut = True
        for end in self._ends:
            _shut(end)

    def close(self) -> None:
        self.cut()
        _shut(self._listener)
        for thread in self._threads:
            thread.join(5)
        for end in (*self._ends, self._listener):
            end.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._cut:
                near.close()
                continue
            far = socket.create_connection(self._target)
            self._ends += [near, far]
            self._start(self._pump, near, far, lambda: 0.0)
            self._start(self._pump, far, near, lambda: self.delay_s)

    def _pump(
        self, source: socket.socket, sink: socket.socket, delay_s: Callable[[], float]
    ) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                came = monotonic()
                while monotonic() < came + delay_s() and not self._cut:
                    sleep(0.01)
                sink.sendall(data)
        _shut(source)
        _shut(sink)


def _shut(end: socket.socket) -> None:
    """End both directions: a plain close leaves a thread that reads it waiting."""
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@contextmanager
def wired(dsn: str) -> Iterator[tuple[Wire, str]]:
    """A wire to the server of `dsn`, and the connection string that leads through it."""
    parts = conninfo_to_dict(dsn)
    wire = Wire(str(parts["host"]), int(str(parts["port"])))
    try:
        yield wire, make_conninfo(dsn, host="127.0.0.1", port=wire.port, connect_timeout=1)
    finally:
        wire.close()
