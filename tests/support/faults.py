"""A stack whose parts are killed: PostgreSQL, services, router, and clients who count their rows.

The suite is its supervisor: who dies is started again at once, so that a part may die twenty times
in a minute. What is acknowledged to a client is compared with the rows of the real PostgreSQL.
"""

import http.client
import json
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil
import psycopg

from homeprices.local import plan, postgres, probe
from homeprices.local.layout import lay_out
from homeprices.settings import Settings
from homeprices.stores.postgres.database import dsn, migrate
from support import faulty_service, hasty_router
from support.routers import until
from support.stack import HOME, PREDICT, free_ports

# A price is told to two decimals.
_ROUNDED = 0.0051
PARTS = ("postgres", "production", "candidate", "router")
PLACES = ("Whitefield", "Hebbal", "Sarjapur Road", "Nowhere Layout")


def chance(seed: object) -> random.Random:
    """What is chance in a suite, the same in every run."""
    return random.Random(str(seed))  # noqa: S311 - no secret


@dataclass
class Part:
    """A process of the stack and those that it starts: a group of its own."""

    command: list[str]
    environment: dict[str, str]
    log: Path
    is_well: Callable[[], bool]
    account: str | None = None
    process: subprocess.Popen[bytes] | None = None

    def start(self, *words: str, may_die: bool = False) -> None:
        """Start it, with `words` after its command, and wait until it is well.

        One that `may_die` may be dead by then.
        """
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.command, *words],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
                **plan.identity(self.account),
            )
        until(lambda: not self.is_running or self.is_well(), patience_s=60)
        assert may_die or self.is_running, self.log.read_text()[-2_000:]

    @property
    def is_running(self) -> bool:
        """False before the start and after the end."""
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        """Its number; of a part that was started."""
        assert self.process is not None
        return self.process.pid

    def children(self) -> list[psutil.Process]:
        """What it has started."""
        return psutil.Process(self.pid).children(recursive=True)

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it in order."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(30)
            self.clear()

    def clear(self) -> None:
        """End what it has left, as a supervisor does before it starts it again."""
        members = [p for p in psutil.process_iter() if _group(p.pid) == self.pid]
        for member in members:
            member.kill()
        psutil.wait_procs(members, timeout=20)


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0


class Assembly:
    """The parts, in order; `faults` names that of a service (see `faulty_service`)."""

    def __init__(self, folder: Path, objects: Path) -> None:
        self.folder = folder
        shutil.copytree(objects, folder / "objects")
        self.ports = dict(zip(PARTS, free_ports(len(PARTS)), strict=True))
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("HOMES_", "POSTGRES_"))}
        own = {
            "HOMES_DATA_DIR": str(folder),
            "HOMES_POLL_S": "0.2",
            "HOMES_PRICE_RATE": "0",
            "HOMES_FEEDBACK_RATE": "0",
            "HOMES_SECRET": secrets.token_hex(16),
            "POSTGRES_HOST": "127.0.0.1",
            "POSTGRES_PASSWORD": "only for these tests",
            **{f"HOMES_{part.upper()}_PORT": str(self.ports[part]) for part in PARTS[1:]},
        }
        self.environment = kept | own | {"POSTGRES_PORT": str(self.ports["postgres"])}
        settings = {k: v for k, v in self.environment.items() if k.startswith(("HOMES", "POSTGR"))}
        self.settings = Settings(_env_file=None, **settings)  # type: ignore[arg-type]
        self.layout = lay_out(folder)
        self.embedded = postgres.find_postgres(self.layout)
        postgres.prepare(self.embedded, self.layout, self.settings)
        self.parts = {"postgres": self._postgres(), "router": self._router()}
        for slot in ("production", "candidate"):
            self.parts[slot] = self.service(slot, self.ports[slot])

    def start(self) -> None:
        """Start all parts."""
        self.parts["postgres"].start()
        migrate(dsn(self.settings))
        for name in PARTS[1:]:
            self.parts[name].start()

    def end(self) -> None:
        """End what runs."""
        for name in reversed(PARTS):
            if self.parts[name].is_running:
                self.parts[name].end(signal.SIGINT if name == "postgres" else signal.SIGTERM)

    def revive(self, *, patience_s: float = 0) -> list[str]:
        """Start again whoever has died, and name them."""
        if patience_s:
            until(lambda: bool(self.dead()), patience_s)
        dead = self.dead()
        for name in dead:
            self.parts[name].clear()
            if name == "postgres":
                postgres.clear_stale_lock(self.embedded.data)
            self.parts[name].start()
        return dead

    def dead(self) -> list[str]:
        """Parts that do not run."""
        return [name for name in PARTS if not self.parts[name].is_running]

    def replace(self, slot: str, fault: str, *words: str) -> None:
        """Run a service with a fault, or a sound one, in the place of what is there."""
        if self.parts[slot].is_running:
            self.parts[slot].end()
        self.parts[slot] = self.service(slot, self.ports[slot], fault)
        self.parts[slot].start(*words, may_die=bool(words))

    def sql(self, query: str) -> list[tuple]:
        """Rows straight from PostgreSQL, once it has recovered."""
        rows: list[tuple] = []

        def is_read() -> bool:
            try:
                with psycopg.connect(dsn(self.settings)) as connection:
                    rows[:] = connection.execute(query).fetchall()  # type: ignore[arg-type]
            except psycopg.OperationalError:
                return False
            return True

        until(is_read, patience_s=30)
        return rows

    def health(self, slot: str = "production") -> dict[str, Any]:
        """What the service says of itself, once it has time for it."""
        said: list[Any] = []

        def is_told() -> bool:
            status, health = probe.get(f"{self.url(slot)}/api/health")
            said[:] = [health]
            return status == 200

        until(is_told, patience_s=60)
        return dict(said[0])

    def url(self, part: str) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.ports[part]}"

    def service(
        self, slot: str, port: int, fault: str = faulty_service.SOUND, spool: str = ""
    ) -> Part:
        """A service of the slot at a port, with a spool of its own name or the slot's."""
        names = {f"HOMES_{slot.upper()}_PORT": str(port), faulty_service.SPOOL: spool or slot}
        return Part(
            [sys.executable, faulty_service.__file__, slot, fault],
            self.environment | names,
            self.layout.logs / f"{spool or slot}.log",
            lambda: probe.get(f"http://127.0.0.1:{port}/api/health/ready")[0] == 200,
        )

    @contextmanager
    def hasty_router(self) -> Iterator[None]:
        """Has another router in the place of ours, which acknowledges opinions by itself."""
        sound, ports = self.parts["router"], (self.ports["router"], self.ports["production"])
        sound.end()
        command = [sys.executable, hasty_router.__file__, *map(str, ports)]
        self.parts["router"] = replace(sound, command=command, process=None)
        self.parts["router"].start()
        try:
            yield
            time.sleep(2 * hasty_router.LATER_S)
        finally:
            self.parts["router"].end(signal.SIGKILL)
            self.parts["router"] = sound
            sound.start()

    def _postgres(self) -> Part:
        service = self.embedded.service(self.settings)
        check = service.check or []
        return Part(
            service.command,
            dict(os.environ),
            self.layout.log_of("postgres"),
            lambda: subprocess.run(check, check=False, cwd="/").returncode == 0,
            service.account,
        )

    def _router(self) -> Part:
        return Part(
            [sys.executable, "-m", "homeprices", "route"],
            self.environment,
            self.layout.log_of("router"),
            lambda: probe.get(f"{self.url('router')}/router/live")[0] == 200,
        )


@contextmanager
def assembled(objects: Path) -> Iterator[Assembly]:
    """A stack that is started, ended and removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="homes-test-"))
    folder.chmod(0o755)  # PostgreSQL runs as nobody when the suite runs as root
    with ExitStack() as leaving:
        leaving.callback(shutil.rmtree, folder, ignore_errors=True)
        assembly = Assembly(folder, objects)
        leaving.callback(assembly.end)
        assembly.start()
        yield assembly


@dataclass
class Clients:
    """Threads that ask for prices and rate every second one; they keep what is acknowledged."""

    port: int
    seed: int
    threads: int = 4
    prices: dict[str, float] = field(default_factory=dict)
    opinions: set[str] = field(default_factory=set)
    versions: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._over = threading.Event()
        chances = [chance(f"{self.seed} {number}") for number in range(self.threads)]
        self._workers = [threading.Thread(target=self._ask_on, args=[own]) for own in chances]

    def __enter__(self) -> "Clients":
        for worker in self._workers:
            worker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for worker in self._workers:
            worker.join(30)

    def more(self, answers: int) -> None:
        """Wait until so many prices more are acknowledged."""
        enough = len(self.prices) + answers
        until(lambda: len(self.prices) >= enough, patience_s=60)

    def _ask_on(self, own: random.Random) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        while not self._over.is_set():
            try:
                self._ask(connection, own)
            except (OSError, http.client.HTTPException) as error:
                self.failures[type(error).__name__] += 1
                connection.close()
                time.sleep(0.01)
        connection.close()

    def _ask(self, connection: http.client.HTTPConnection, own: random.Random) -> None:
        time.sleep(own.uniform(0, 0.004))
        home = HOME | {"location": own.choice(PLACES), "total_sqft": own.randint(500, 3000)}
        priced = self._post(connection, PREDICT, home)
        if priced is None:
            time.sleep(0.01)
            return
        self.prices[priced["prediction_id"][:36]] = priced["estimated_price"]
        self.versions[priced["model_version"]] += 1
        if own.random() < 0.5:
            opinion = {"feedback_type": "rating", "feedback_value": own.randint(1, 5)}
            opinion["prediction_id"] = priced["prediction_id"]
            kept = self._post(connection, "/api/feedback", opinion)
            if kept is not None:
                self.opinions.add(kept["feedback_id"])

    def _post(
        self, connection: http.client.HTTPConnection, path: str, fields: dict[str, object]
    ) -> dict | None:
        words = {"Content-Type": "application/json"}
        connection.request("POST", path, json.dumps(fields), words)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            self.failures[str(answer.status)] += 1
            return None
        said: dict[str, Any] = json.loads(content)
        if "model_version" in said and answer.headers["X-Model-Version"] != said["model_version"]:
            self.failures["two models in one answer"] += 1
        return said


@dataclass(frozen=True)
class Audit:
    """What became of acknowledged rows: ids that are not stored, and those that are otherwise."""

    lost: set[str]
    doubled: set[str]
    altered: set[str]

    @property
    def is_clean(self) -> bool:
        """True where every row is there once, as it was told."""
        return not (self.lost or self.doubled or self.altered)


def audit(assembly: Assembly, clients: Clients) -> Audit:
    """Compare the tables with what was acknowledged, once all that waits is stored."""
    drained(assembly)
    prices = assembly.sql("SELECT id::text, price FROM predictions")
    opinions = assembly.sql("SELECT id FROM feedback")
    times = Counter(row[0] for row in (*prices, *opinions))
    told = clients.prices
    return Audit(
        lost={name for name in (*told, *clients.opinions) if name not in times},
        doubled={name for name, count in times.items() if count > 1},
        altered={n for n, price in prices if n in told and abs(price - told[n]) > _ROUNDED},
    )


def drained(assembly: Assembly) -> None:
    """Wait until no record waits for PostgreSQL."""
    for slot in ("production", "candidate"):
        until(lambda slot=slot: assembly.health(slot)["spool"]["waiting"] == 0, patience_s=60)  # type: ignore[misc]
