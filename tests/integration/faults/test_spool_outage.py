"""PostgreSQL goes away and comes back: everything arrives, once."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from homeprices.domain.errors import Unavailable
from homeprices.stores.postgres.database import Database
from homeprices.stores.postgres.request_log import PostgresRequestLog
from homeprices.stores.postgres.request_metrics import PostgresRequestMetrics
from homeprices.stores.spool.spool import Spool
from homeprices.stores.spool.uploader import Uploader
from support.service import prediction

pytestmark = pytest.mark.quiet


class Wire:
    """A port that leads to PostgreSQL until it is cut."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._ends: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._cut = False
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def _start(self, work: Callable[..., None], *arguments: socket.socket) -> None:
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
            for pair in ((near, far), (far, near)):
                self._start(_pump, *pair)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    _shut(source)
    _shut(sink)


def _shut(end: socket.socket) -> None:
    """End both directions: a plain close leaves a thread that reads it waiting."""
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def wire(postgres_dsn: str) -> Iterator[tuple[Wire, str]]:
    parts = conninfo_to_dict(postgres_dsn)
    wire = Wire(str(parts["host"]), int(str(parts["port"])))
    yield wire, make_conninfo(postgres_dsn, host="127.0.0.1", port=wire.port, connect_timeout=1)
    wire.close()


def until(true: Callable[[], bool], within_s: float = 30) -> None:
    latest = monotonic() + within_s
    while not true():
        assert monotonic() < latest
        sleep(0.02)


def append(spool: Spool, numbers: range) -> None:
    for number in numbers:
        asyncio.run(spool.append(prediction(number)))


def test_records_wait_while_postgresql_is_away_and_arrive_once_when_it_is_back(
    tmp_path: Path, wire: tuple[Wire, str], database: Database
) -> None:
    line, dsn = wire
    ours = Database(dsn)
    spool = Spool(tmp_path / "spool")
    uploader = Uploader(spool, PostgresRequestLog(ours), rest_s=0.02, longest_wait_s=0.2)
    uploader.start()
    append(spool, range(50))
    until(lambda: spool.counts().stored == 50)
    line.cut()
    append(spool, range(50, 100))
    until(lambda: uploader.problem is not None)
    assert spool.counts().stored == 50
    with pytest.raises(Unavailable):
        PostgresRequestMetrics(ours).ping()
    append(spool, range(100, 120))
    line.mend()
    until(lambda: spool.counts().stored == 120)
    uploader.stop()
    with database.connection() as connection:
        found = connection.execute("SELECT count(*) FROM predictions").fetchone()
    assert found == (120,)
    assert spool.counts().set_aside == 0
    spool.close()


def test_the_server_ending_our_session_is_an_outage_and_no_fault_of_the_rows(
    tmp_path: Path, postgres_dsn: str, database: Database
) -> None:
    spool = Spool(tmp_path / "spool", sync=False)
    uploader = Uploader(
        spool, PostgresRequestLog(Database(postgres_dsn)), rest_s=0.01, longest_wait_s=0.05
    )
    uploader.start()
    for number in range(0, 400, 20):
        append(spool, range(number, number + 20))
        with psycopg.connect(postgres_dsn, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
    until(lambda: spool.counts().stored == 400)
    uploader.stop()
    assert spool.counts().set_aside == 0
    spool.close()
