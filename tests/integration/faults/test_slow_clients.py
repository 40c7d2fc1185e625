"""A service hangs up on whoever keeps a connection waiting, with no router before it."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import httpx
import pytest

from homeprices.local.doctor import free_port
from homeprices.serving import server
from homeprices.serving.app import create_app
from support.routers import PRICE, until
from support.service import Service

PATIENCE_S = 0.6
HOME = "total_sqft=1200&location=Hebbal&bhk=2&bath=2"
BATCH = b'[%b{"total_sqft":1200,"location":"Hebbal","bhk":2,"bath":2}]' % (
    b'{"total_sqft":1200,"location":"Hebbal","bhk":2,"bath":2},' * 19_999
)


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Where a service of ours listens that has little patience."""
    monkeypatch.setattr(server, "PATIENCE_S", PATIENCE_S)
    monkeypatch.setattr(server, "LEAST_BYTES", 2_000)
    running = server.server(create_app(Service(tmp_path / "spool").dependencies))
    running.config.port = free_port()
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        until(lambda: running.started)
        url = f"http://127.0.0.1:{running.config.port}/api/health/ready"
        until(lambda: httpx.get(url).status_code == 200)
        yield running.config.port
    finally:
        running.should_exit = True
        thread.join()


def posted(path: str, length: int, body: bytes = b"") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: homes\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {length}\r\n\r\n".encode() + body


def connections(port: int) -> int:
    """How many connections the service, which is in this process, has at its port."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    places = [(line.split()[1], line.split()[3]) for line in lines]
    return sum(place.endswith(f":{port:04X}") and state == "01" for place, state in places)


def is_hung_up_on(connection: socket.socket) -> bool:
    """Whether it is over within the service's patience, and some; what was answered is read."""
    connection.settimeout(6 * PATIENCE_S)
    try:
        while connection.recv(1 << 20):
            pass
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True
    return True


SLOW = {
    "asks nothing": b"",
    "half a head": b"POST /api/feedback HTTP/1.1\r\nHost: ho",
    "half a body": posted(PRICE, 90, b"half"),
    "half a batch": posted(f"{PRICE}/batch", 900, b"["),
}


def test_who_asks_nothing_sends_half_or_reads_nothing_is_hung_up_on(port: int) -> None:
    with ExitStack() as held:
        for said in SLOW.values():
            slow = held.enter_context(closing(socket.create_connection(("127.0.0.1", port))))
            slow.sendall(said)
            assert is_hung_up_on(slow), said
        answered = held.enter_context(closing(socket.create_connection(("127.0.0.1", port))))
        answered.settimeout(10)
        answered.sendall(f"GET {PRICE}?{HOME} HTTP/1.1\r\nHost: homes\r\n\r\n".encode())
        assert answered.recv(65_536).startswith(b"HTTP/1.1 200 ")
        answered.sendall(SLOW["half a head"])
        assert is_hung_up_on(answered)
        reads_nothing = socket.socket()
        reads_nothing.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        held.enter_context(closing(reads_nothing)).connect(("127.0.0.1", port))
        reads_nothing.sendall(posted(f"{PRICE}/batch", len(BATCH), BATCH))
        until(lambda: connections(port) == 1)
        until(lambda: connections(port) == 0, patience_s=60)


def test_whoever_is_slow_and_goes_on_is_answered(port: int) -> None:
    body = b'{"location": "Hebbal", "bhk": 2, "bath": 2, "total_sqft": 1200' + b" " * 20_000 + b"}"
    with closing(socket.create_connection(("127.0.0.1", port))) as slow:
        slow.settimeout(10)
        slow.sendall(posted(PRICE, len(body)))
        for start in range(0, len(body), 1_000):
            slow.sendall(body[start : start + 1_000])
            time.sleep(PATIENCE_S / 6)
        assert slow.recv(65_536).startswith(b"HTTP/1.1 200 ")


def test_a_quiet_connection_that_was_answered_is_kept(port: int) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        assert client.get(f"{PRICE}?{HOME}").status_code == 200
        time.sleep(3 * PATIENCE_S)
        assert connections(port) == 1
        assert client.get(f"{PRICE}?{HOME}").status_code == 200


@pytest.mark.parametrize("said", [b"BREW / HTTP/1.1\r\n\r\n", b"hello\r\n\r\n"])
def test_what_is_no_http_is_answered_as_every_other_problem_is(port: int, said: bytes) -> None:
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as connection:
        connection.sendall(said)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ") and b"application/json" in head
    assert json.loads(body)["error"]["code"] == "unreadable"
