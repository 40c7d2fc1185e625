"""A whole stack of its own for a suite: free ports, a folder of its own, real services."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psutil
import psycopg

SERVICES = ("postgres", "production", "candidate", "router", "page", "mlflow", "airflow")
COMPANIONS = ("mlflow", "airflow", "first-candidate")
HOME = {"total_sqft": 1200, "location": "Whitefield", "bhk": 2, "bath": 2}
PREDICT = "/api/predict_home_price"


class Stack:
    """What `homes` started in `data_dir`, where `objects` are copied first."""

    def __init__(
        self,
        data_dir: Path,
        settings: Mapping[str, str] | None = None,
        objects: Path | None = None,
    ) -> None:
        self.data_dir = data_dir
        if objects is not None:
            shutil.copytree(objects, data_dir / "objects")
        self.settings = dict(settings or {})
        self.ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))

    @property
    def port_options(self) -> list[str]:
        return [word for name, port in self.ports.items() for word in ("--port", f"{name}={port}")]

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"

    def homes(self, *arguments: str, fails: bool = False) -> str:
        """Run one command on this stack; its output. With `fails` it must end red."""
        done = subprocess.run(
            [sys.executable, "-m", "homeprices", *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        output = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, f"homes {' '.join(arguments)}:\n{output}"
        return output

    def up(self, *options: str, companions: Sequence[str] = ()) -> None:
        """Start everything, at its ports."""
        without = ",".join(name for name in COMPANIONS if name not in companions)
        self.homes("up", *options, "--without", without, *self.port_options)

    def environment(self) -> dict[str, str]:
        ours = {
            "HOMES_DATA_DIR": str(self.data_dir),
            "HOMES_POLL_S": "0.5",
            # Tests ask from many addresses.
            "HOMES_TRUSTED_PROXY": "127.0.0.1",
        }
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("HOMES_", "POSTGRES_", "MODEL_", "AIRFLOW_", "MLFLOW_", "AWS_"))
        }
        return kept | ours | self.settings

    def price(self, service: str = "router", **changes: object) -> dict:
        answer = httpx.post(self.url(service) + PREDICT, json=HOME | changes, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def rate(self, prediction_id: str, stars: int) -> None:
        feedback = {"feedback_type": "rating", "feedback_value": stars}
        answer = httpx.post(
            self.url("router") + "/api/feedback", json={"prediction_id": prediction_id, **feedback}
        )
        answer.raise_for_status()

    @contextmanager
    def visitor(self, arm: str, address: str = "127.0.0.1") -> Iterator[httpx.Client]:
        """A visitor whom the router sends to `arm`; the visit is signed, for they were here before.

        The router believes us, who are its page's host, whom we speak for.
        """
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with httpx.Client(
                base_url=self.url("router"), headers={"X-Real-IP": address}, timeout=10
            ) as visitor:
                if visitor.post(PREDICT, json=HOME).headers.get("x-variant") == arm:
                    yield visitor
                    return
        raise AssertionError(f"the router sends nobody to {arm}")

    def rated(self, arm: str, stars: int, requests: int = 60, ratings: int = 12) -> None:
        """A visitor of `arm` asks for prices and rates the first of them."""
        with self.visitor(arm) as visitor:
            ids = [
                visitor.post(PREDICT, json=HOME).raise_for_status().json()["prediction_id"]
                for _ in range(requests)
            ]
            for prediction_id in ids[:ratings]:
                tell(visitor, prediction_id, "rating", stars)

    def health(self, service: str) -> dict:
        return httpx.get(self.url(service) + "/api/health", timeout=10).json()

    def version(self, service: str) -> str | None:
        return self.health(service)["model_version"]

    def pid(self, service: str) -> int:
        """The process that listens at the port of `service`."""
        listeners = {
            connection.laddr.port: connection.pid
            for connection in psutil.net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN
        }
        pid = listeners.get(self.ports[service])
        if pid is not None:
            return pid
        raise AssertionError(f"nothing listens for {service}")

    def sql(self, query: str) -> list[tuple]:
        """Rows straight from PostgreSQL."""
        line = re.compile(r"^(\w+)=['\"]?(.*?)['\"]?$")
        settings = dict(
            line.match(text).groups()
            for text in (self.data_dir / "settings.env").read_text().splitlines()
            if line.match(text)
        )
        with psycopg.connect(
            host="127.0.0.1",
            port=self.ports["postgres"],
            user=settings["POSTGRES_USER"],
            password=settings["POSTGRES_PASSWORD"],
            dbname=settings["POSTGRES_DB"],
        ) as connection:
            return connection.execute(query).fetchall()

    def drained(self) -> None:
        """Wait until every acknowledged row is in PostgreSQL."""
        for service in ("production", "candidate"):
            eventually(lambda s=service: self.health(s)["spool"]["waiting"] == 0, within_s=20)


@contextmanager
def running(
    *up: str,
    objects: Path | None = None,
    companions: Sequence[str] = (),
    settings: Mapping[str, str] | None = None,
    before: Callable[[Stack], None] = lambda _: None,
) -> Iterator[Stack]:
    """A stack that `homes up` has started with some companions, ended and removed afterwards.

    `before` prepares its data folder.
    """
    data_dir = Path(tempfile.mkdtemp(prefix="homes-test-"))
    data_dir.chmod(0o755)  # PostgreSQL runs as nobody when the suite runs as root
    stack = Stack(data_dir, settings, objects)
    with ExitStack() as leaving:
        leaving.callback(shutil.rmtree, data_dir, ignore_errors=True)
        before(stack)
        leaving.callback(stack.homes, "down")
        stack.up(*up, companions=companions)
        yield stack


@contextmanager
def load(stack: Stack, service: str = "router", threads: int = 4) -> Iterator[list[httpx.Response]]:
    """Requests without a pause while the block runs; the list fills with every answer."""
    answers: list[httpx.Response | httpx.HTTPError] = []
    stop = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=stack.url(service), timeout=10) as client:
            while not stop.is_set():
                try:
                    answers.append(client.post(PREDICT, json=HOME))
                except httpx.HTTPError as error:
                    answers.append(error)

    workers = [threading.Thread(target=ask) for _ in range(threads)]
    for worker in workers:
        worker.start()
    try:
        yield answers
    finally:
        stop.set()
        for worker in workers:
            worker.join(20)


def tell(visitor: httpx.Client, prediction_id: str, kind: str, value: float) -> None:
    """What a visitor says of an estimate."""
    feedback = {"feedback_type": kind, "feedback_value": value, "prediction_id": prediction_id}
    visitor.post("/api/feedback", json=feedback).raise_for_status()


def eventually(claim: Callable[[], object], within_s: float, every_s: float = 0.1) -> None:
    """Wait until `claim` holds; fails when it does not `within_s` seconds."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        try:
            if claim():
                return
        except (httpx.HTTPError, OSError, psycopg.OperationalError):
            pass
        time.sleep(every_s)
    raise AssertionError(f"still not so after {within_s} s")


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens at just now."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
