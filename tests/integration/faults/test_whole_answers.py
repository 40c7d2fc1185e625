"""Every request is answered, whole, though the candidate's service is killed under load."""

import random
import socket
import struct
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
from support.routers import PRICE, Load, Router, service, until
from support.service import SECRET

# In full it takes a quarter of an hour.
pytestmark = [pytest.mark.quiet, pytest.mark.timeout(3_600)]

QUESTION = f"{PRICE}?total_sqft=1200&location=Hebbal&bhk=2&bath=2"
# Where Linux keeps how many segments with data have come in (tcp_info, linux/tcp.h).
DATA_SEGMENTS_IN = 152


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    """How often the candidate's service is killed."""
    return 200 if request.config.getoption("full") else 3


@contextmanager
def real_service(folder: Path, port: int, slot: str) -> Iterator[subprocess.Popen[bytes]]:
    """A service of ours over a model of one line, as uvicorn serves it."""
    process = subprocess.Popen(
        [sys.executable, service_module.__file__, str(folder / slot), str(port), "off", slot]
    )
    try:
        until(
            lambda: probe.get(f"http://127.0.0.1:{port}/api/health/ready")[0] == 200, patience_s=60
        )
        yield process
    finally:
        process.kill()
        process.wait()


def killed(router: Router, load: Load, process: subprocess.Popen[bytes]) -> None:
    """Kill the candidate's service at a moment of chance while it answers."""
    before = load.arms["candidate"]
    until(lambda: load.arms["candidate"] > before + 20, patience_s=30)
    time.sleep(random.uniform(0, 0.03))  # noqa: S311 - no secret
    process.kill()
    process.wait()


def test_an_answer_leaves_in_one_piece(tmp_path: Path) -> None:
    """In two, a service that is killed between them would have answered by half."""
    port = free_port()
    with real_service(tmp_path, port, "production"):
        assert segments(port, QUESTION) == 1
        assert segments(port, "/api/fields") == 1
        assert segments(port, PRICE) == 1
    with service(port, "production", "BO1"):
        assert segments(port, "/api/apart") == 2


def segments(port: int, path: str) -> int:
    """In how many segments the second answer of a connection comes."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=20)) as connection:
        counts = []
        for _ in range(2):
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: homes\r\n\r\n".encode())
            time.sleep(0.5)
            assert connection.recv(1 << 20).startswith(b"HTTP/1.1 ")
            known = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
            counts += struct.unpack_from("I", known, DATA_SEGMENTS_IN)
    return counts[1] - counts[0]


def test_no_request_is_lost_or_cut_by_the_deaths_of_a_candidate(tmp_path: Path, kills: int) -> None:
    router = Router(tmp_path / "router", HOMES_SECRET=SECRET, HOMES_PRICE_RATE="0")
    with real_service(tmp_path, router.production_port, "production"), router.running():
        router.open_experiment(share=0.99)
        with Load(router, path=QUESTION, body=None) as load:
            for _ in range(kills):
                with real_service(tmp_path, router.candidate_port, "candidate") as candidate:
                    killed(router, load, candidate)
    assert set(load.statuses) == {200}
    assert load.arms["candidate"] > 20 * kills
    assert load.arms["production"] > 0


def test_answers_whose_body_comes_later_are_cut_by_deaths(tmp_path: Path) -> None:
    """The control: what the test above would find if an answer left in two pieces."""
    router = Router(tmp_path / "router")
    with service(router.production_port, "production", "BO1"), router.running():
        router.open_experiment(share=0.99)
        with Load(router, path="/api/apart", body=None) as load:
            for _ in range(5):
                with service(router.candidate_port, "candidate", "CO1") as candidate:
                    killed(router, load, candidate)
    assert load.statuses.total() > load.statuses[200]
