"""A router on a real nginx with stand-ins behind it, for tests that ask it."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from homeprices.bootstrap import Homes
from homeprices.domain.experiments.experiment import (
    ClosedExperiment,
    ExperimentConfig,
    PolicyDocument,
)
from homeprices.local import probe
from homeprices.local.doctor import free_port
from homeprices.settings import Settings
from support import stand_in_service

PRICE = "/api/predict_home_price"


class Router:
    """A router under test; its ports differ from those of a stack that may run beside it."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.port, self.page_port, self.production_port, self.candidate_port = (
            free_port() for _ in range(4)
        )
        self.environment = {
            "HOMES_POLL_S": "0.5",
            # Tests ask from many addresses.
            "HOMES_TRUSTED_PROXY": "127.0.0.1",
            **{k: v for k, v in os.environ.items() if not k.startswith(("HOMES_", "MLFLOW_"))},
            "HOMES_DATA_DIR": str(folder),
            "HOMES_ROUTER_PORT": str(self.port),
            "HOMES_PAGE_PORT": str(self.page_port),
            "HOMES_PRODUCTION_PORT": str(self.production_port),
            "HOMES_CANDIDATE_PORT": str(self.candidate_port),
            **environment,
        }
        self.scheme = "https" if "HOMES_TLS_CERTIFICATE" in environment else "http"
        self.log = folder / "router.log"
        self.experiments = Homes(Settings(HOMES_DATA_DIR=folder)).experiments

    @contextmanager
    def running(self) -> Iterator[Router]:
        with self._running("route", self.is_live):
            yield self

    @contextmanager
    def page_running(self) -> Iterator[Router]:
        with self._running("page", lambda: self._answers(self.page_port, "/page/live")):
            yield self

    def is_live(self) -> bool:
        return self._answers(self.port, "/router/live")

    def _answers(self, port: int, path: str) -> bool:
        # `nginx -t` listens for a moment too: only an answer tells that it runs.
        return probe.get(f"{self.scheme}://127.0.0.1:{port}{path}")[0] == 200

    @contextmanager
    def _running(self, command: str, is_live: Callable[[], bool]) -> Iterator[None]:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "homeprices", command],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            until(is_live)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(15) == 0

    def open_experiment(self, share: float = 0.2, zone: str | None = None) -> None:
        config = ExperimentConfig(
            share,
            secrets.token_hex(8),
            PolicyDocument("composite"),
            "2026-11-02T09:00:00+00:00",
            scope=zone,
        )
        self.experiments.open("CO1", "BO1", config)

    def close_experiment(self) -> None:
        experiment = self.experiments.open_now()
        assert experiment is not None
        self.experiments.close(
            ClosedExperiment(experiment.id, "ROLL_BACK", [], None, "2026-11-02T10:00:00+00:00")
        )

    def ask(
        self, path: str = PRICE, body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, object], http.client.HTTPMessage]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        return ask_on(connection, path, body, headers, close=True)

    def split_is_in(self, name: str) -> bool:
        return name in (self.log.parent / "router" / "split.conf").read_text()

    def goes_by_experiment(self) -> bool:
        """True once nginx has read the split; workers of before accept for a moment beside."""
        experiment = self.experiments.open_now()
        answers = [self.ask("/api/anything")[1]["headers"] for _ in range(100)]
        told = {headers.get("x-experiment") for headers in answers}  # type: ignore[attr-defined]
        return experiment is not None and told == {experiment.id}


def ask_on(
    connection: http.client.HTTPConnection,
    path: str,
    body: bytes | None,
    headers: dict[str, str],
    *,
    close: bool = False,
) -> tuple[int, dict[str, object], http.client.HTTPMessage]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request("POST" if body is not None else "GET", path, body, named)
        answer = connection.getresponse()
        with closing(answer):
            told = json.loads(answer.read())
    finally:
        if close:
            connection.close()
    return answer.status, told, answer.headers


def until(is_so: Callable[[], bool], patience_s: float = 15) -> None:
    deadline = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.05)


@contextmanager
def service(port: int, name: str, version: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, stand_in_service.__file__, str(port), name, version],
    )
    until(lambda: is_open(port))
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def is_open(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.connect()
    except OSError:
        return False
    finally:
        connection.close()
    return True


class Load:
    """Threads that ask all the time, on fresh connections; each answer's status is counted.

    An answer that does not come whole is counted by what was wrong with it.
    """

    def __init__(
        self, router: Router, threads: int = 4, path: str = PRICE, body: bytes | None = b"{}"
    ) -> None:
        self._path, self._body = path, body
        self.statuses = Counter[object]()
        self.arms = Counter[str]()
        self._router = router
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(threads)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        while not self._over.is_set():
            try:
                status, _, headers = self._router.ask(self._path, self._body)
            except (OSError, ValueError, http.client.HTTPException) as error:
                self.statuses[repr(error)] += 1
                continue
            self.statuses[status] += 1
            self.arms[headers["X-Variant"]] += 1


def served(answer: tuple[int, dict[str, object], http.client.HTTPMessage]) -> str:
    assert answer[0] == 200
    return str(answer[2]["X-Variant"])
