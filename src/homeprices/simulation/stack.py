"""The stack that the month runs on: its own folder, PostgreSQL, objects, services and ports."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from socket import socket
from time import monotonic, sleep
from typing import Any, TypeVar

from fastapi import FastAPI
from pydantic import SecretStr
from uvicorn import Server

from homeprices.bootstrap import Homes
from homeprices.domain.errors import Refused, Unavailable
from homeprices.domain.requests.identity import Identity
from homeprices.domain.requests.records import Slot
from homeprices.local.doctor import free_port
from homeprices.local.layout import lay_out
from homeprices.local.postgres import running
from homeprices.ports import Clock
from homeprices.serving.app import create_app
from homeprices.serving.server import server
from homeprices.settings import OwnSettings, Settings
from homeprices.stores.postgres.database import Database, dsn, migrate
from homeprices.stores.postgres.request_log import PostgresRequestLog
from homeprices.stores.spool.spool import Spool, SpoolCounts
from homeprices.stores.spool.uploader import Uploader

# We upload ourselves, between two hours, so that rows arrive in one order whatever runs beside.
NEVER_S = 1e6
POLL_S = 0.1
START_WITHIN_S = 30.0
STOP_WITHIN_S = 30.0
T = TypeVar("T")


class SeededHomes(Homes):
    """As the services and workflows of a stack have it, with nothing left to chance."""

    def __init__(self, settings: Settings, clock: Clock, seed: int) -> None:
        super().__init__(settings, clock)
        self._seed = seed
        self._salts = 0

    def new_salt(self) -> str:
        """What the next experiment splits its visitors by: the same for the same seed."""
        self._salts += 1
        return _drawn(self._seed, f"salt {self._salts}")[:16]


@dataclass(frozen=True, slots=True)
class MonthService:
    """One of the two services: the application, its server and URL, and what it keeps rows in."""

    app: FastAPI
    server: Server
    url: str
    spool: Spool
    uploader: Uploader


class EventLoop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="services", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` comes to, done on the loop."""
        return self.begin(work).result()

    def begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """As `run`, and nobody waits."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        """End the loop and its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@dataclass(frozen=True, slots=True)
class MonthStack:
    """What is there while the month is played."""

    homes: Homes
    identity: Identity
    services: Mapping[Slot, MonthService]
    loop: EventLoop

    def upload(self) -> None:
        """Bring all rows that wait into PostgreSQL, one service's after the other's."""
        for service in self.services.values():
            while service.uploader.once():
                pass

    def counts(self) -> Sequence[SpoolCounts]:
        """Where the rows of each service are."""
        return [service.spool.counts() for service in self.services.values()]


def require_own_folder(folder: Path, running_folder: Path) -> None:
    """Raise Refused unless `folder` is empty, or not there, and no part of `running_folder`.

    `running_folder` is the data folder of the settings in force, whether its stack runs or not.
    """
    wanted, other = folder.resolve(), running_folder.resolve()
    if wanted == other or other in wanted.parents or wanted in other.parents:
        raise Refused(
            f"{folder} is, holds or lies in {running_folder}, the data folder of your own stack, "
            "which a simulated month never touches; name another one by --data"
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} is in use already; a month begins in an empty folder of its own")


@contextmanager
def own_stack(folder: Path, clock: Clock, seed: int, like: Settings) -> Iterator[MonthStack]:
    """A stack in `folder`, ended when the block ends.

    Of the settings in force, `like`, it takes market, policy and share of visitors, and nothing
    that names a place. Raises Refused where the folder is not free.
    """
    require_own_folder(folder, like.data_dir)
    with ExitStack() as leaving:
        sockets = {slot: leaving.enter_context(_listening()) for slot in Slot}
        settings = _settings(folder, sockets, seed, like)
        leaving.enter_context(running(lay_out(folder), settings))
        migrate(dsn(settings))
        homes = SeededHomes(settings, clock, seed)
        leaving.callback(homes.close)
        loop = EventLoop()
        leaving.callback(loop.close)
        services = {
            slot: leaving.enter_context(_serving(slot, settings, clock, sockets[slot], loop))
            for slot in Slot
        }
        yield MonthStack(homes, Identity(settings.require_secret()), services, loop)


def _settings(
    folder: Path, sockets: Mapping[Slot, socket], seed: int, like: Settings
) -> OwnSettings:
    production, candidate = (
        sockets[slot].getsockname()[1] for slot in (Slot.PRODUCTION, Slot.CANDIDATE)
    )
    return OwnSettings(
        HOMES_DATA_DIR=folder.resolve(),
        HOMES_MARKET=like.market,
        HOMES_POLICY=like.policy,
        HOMES_TRIAL_SHARE=like.trial_share,
        POSTGRES_HOST="127.0.0.1",
        POSTGRES_PORT=free_port(),
        POSTGRES_PASSWORD=SecretStr(_drawn(seed, "password")),
        HOMES_SECRET=SecretStr(_drawn(seed, "secret")),
        HOMES_OPERATOR_KEY=SecretStr(_drawn(seed, "key")),
        HOMES_PRODUCTION_PORT=production,
        HOMES_CANDIDATE_PORT=candidate,
        HOMES_POLL_S=POLL_S,
        # It ends with its data: nothing has to outlive a power cut.
        HOMES_SPOOL_SYNC="off",
        # A month of requests comes within minutes.
        HOMES_PRICE_RATE=0,
        HOMES_FEEDBACK_RATE=0,
        HOMES_READ_RATE=0,
    )


def _drawn(seed: int, purpose: str) -> str:
    return blake2b(f"simulated month {seed} {purpose}".encode(), digest_size=24).hexdigest()


def _listening() -> socket:
    listener = socket()
    listener.bind(("127.0.0.1", 0))
    return listener


@contextmanager
def _serving(
    slot: Slot, settings: Settings, clock: Clock, listener: socket, loop: EventLoop
) -> Iterator[MonthService]:
    """The service of `slot` on the loop, until the block ends."""
    with ExitStack() as leaving:
        spool = Spool(settings.data_dir / "spool" / slot.value, sync=False)
        leaving.callback(spool.close)
        database = Database(dsn(settings), most_connections=1)
        leaving.callback(database.close)
        uploader = Uploader(spool, PostgresRequestLog(database), rest_s=NEVER_S)
        dependencies = replace(
            Homes(settings, clock).service(slot), open_spools=lambda: [(spool, uploader)]
        )
        leaving.callback(dependencies.close)
        app = create_app(dependencies)
        service_server = server(app)
        serving = loop.begin(service_server.serve([listener]))
        leaving.callback(_stop, service_server, serving)
        _await_start(service_server, serving)
        host, port = listener.getsockname()
        yield MonthService(app, service_server, f"http://{host}:{port}", spool, uploader)


def _stop(service_server: Server, serving: Future[None]) -> None:
    """End the server, whether it has begun to answer or not."""
    service_server.should_exit = True
    serving.result(STOP_WITHIN_S)


def _await_start(service_server: Server, serving: Future[None]) -> None:
    """Return once it answers; raises Unavailable."""
    deadline = monotonic() + START_WITHIN_S
    while not service_server.started:
        if serving.done() or monotonic() > deadline:
            raise Unavailable("a service of the simulated month did not start")
        sleep(POLL_S)
