"""Thousands of connections that say nothing, or speak slowly, keep nobody from a price."""

import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from homeprices.local import probe
from homeprices.local.doctor import free_port
from support import service as service_module
from support.routers import PRICE, Router, is_open, service, until

QUESTION = f"{PRICE}?total_sqft=1200&location=Hebbal&bhk=2&bath=2"
HALF = b"POST /api/feedback HTTP/1.1\r\nHost: homes\r\nContent-Le"


@pytest.fixture
def many(request: pytest.FixtureRequest) -> int:
    """How many connections are held; this process may have so many."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return 10_000 if request.config.getoption("full") else 1_500


@contextmanager
def idle(port: int, count: int, said: bytes = b"") -> Iterator[list[socket.socket]]:
    """So many connections from here, on each of which `said` was said, and no more comes."""
    connections = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(count)]
    try:
        for connection in connections:
            connection.sendall(said)
        yield connections
    finally:
        for connection in connections:
            connection.close()


def seconds(port: int, path: str) -> float:
    """How long a price takes that somebody else asks for."""
    began = time.monotonic()
    assert probe.get(f"http://127.0.0.1:{port}{path}")[0] == 200
    return time.monotonic() - began


@pytest.fixture
def router(tmp_path: Path) -> Iterator[Router]:
    router = Router(tmp_path)
    with service(router.production_port, "production", "BO1"), router.running():
        yield router


@pytest.mark.parametrize("said", [b"", HALF], ids=["silent", "half a request"])
def test_idle_connections_to_the_router_do_not_stop_a_price(
    router: Router, many: int, said: bytes
) -> None:
    with idle(router.port, many, said):
        assert max(seconds(router.port, PRICE) for _ in range(20)) < 5


def test_idle_connections_to_a_service_do_not_stop_a_price(tmp_path: Path, many: int) -> None:
    port = free_port()
    command = [sys.executable, service_module.__file__, str(tmp_path), str(port), "off"]
    with subprocess.Popen(command) as process:
        try:
            until(lambda: is_open(port), patience_s=60)
            until(lambda: probe.get(f"http://127.0.0.1:{port}{QUESTION}")[0] == 200)
            with idle(port, many):
                assert max(seconds(port, QUESTION) for _ in range(20)) < 5
        finally:
            process.terminate()


def test_whoever_says_half_a_request_is_hung_up_on(router: Router) -> None:
    whole = b"POST /api/feedback HTTP/1.1\r\nHost: homes\r\nContent-Length: 90\r\n\r\nhalf"
    for said in (HALF, whole):
        with closing(socket.create_connection(("127.0.0.1", router.port), timeout=40)) as slow:
            began = time.monotonic()
            slow.sendall(said)
            try:
                answer = slow.recv(65_536)
            except ConnectionResetError:
                answer = b""
            assert b" 200 " not in answer
            assert 10 < time.monotonic() - began < 30


@pytest.mark.parametrize("size", [9_000, 40_000])
def test_headers_that_are_too_large_are_refused(router: Router, size: int) -> None:
    status, told, _ = router.ask(**{"X-Long": "x" * size})
    assert (status, told["error"]["code"]) == (431, "too_large")  # type: ignore[index]
