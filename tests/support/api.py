"""The API behind a real router: a service over stand-ins in a process and on ports of its own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from support import service as service_module
from support.routers import Router, is_open, until
from support.service import OPERATOR_KEY, SECRET

UNLIMITED = {f"HOMES_{kind}_RATE": "0" for kind in ("PRICE", "FEEDBACK", "ACT", "READ")}
KEY = {"X-API-Key": OPERATOR_KEY}


@dataclass(frozen=True)
class Api:
    """The addresses of the router, of the service behind it and of the page; the logs of all."""

    url: str
    service_url: str
    page_url: str
    logs: tuple[Path, ...]

    def issued(self) -> int:
        """How many records were ever made."""
        health = httpx.get(f"{self.service_url}/api/health", timeout=10)
        return int(health.raise_for_status().json()["spool"]["issued"])


@contextmanager
def api_running(folder: Path, **settings: str) -> Iterator[Api]:
    """The API while it runs in `folder`; nobody asks too often."""
    router = Router(folder, HOMES_SECRET=SECRET, **UNLIMITED, **settings)
    log_path = folder / "service.log"
    command = [sys.executable, service_module.__file__, str(folder / "spool")]
    with log_path.open("ab") as log:
        process = subprocess.Popen(
            [*command, str(router.production_port), "off"],
            env={**os.environ, **settings},
            stdout=log,
            stderr=log,
        )
    try:
        until(lambda: is_open(router.production_port))
        with router.running(), router.page_running():
            service_url = f"http://127.0.0.1:{router.production_port}"
            until(lambda: httpx.get(f"{service_url}/api/health/ready").status_code == 200)
            urls = [f"http://127.0.0.1:{port}" for port in (router.port, router.page_port)]
            yield Api(urls[0], service_url, urls[1], (router.log, log_path))
    finally:
        process.terminate()
        process.wait(15)


def raw(port: int, request: bytes) -> bytes:
    """All that comes back until the connection is closed, however that is."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request)
        with suppress(ConnectionResetError):
            while part := connection.recv(65_536):
                answer += part
    return answer
