"""Is the service well? Degraded is said, with the reason; the database is asked in the back."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

import psutil
from fastapi import APIRouter

from homeprices.domain.errors import Unavailable
from homeprices.serving.access.keys import ServiceKeys
from homeprices.serving.dependencies import ServiceDependencies
from homeprices.serving.recorder import Recorder
from homeprices.serving.slot import ModelSlot
from homeprices.stores.spool.hours import HOUR_S, NO_HOUR, HourCounts, newest_apart
from homeprices.stores.spool.spool import SpoolCounts

HOURS_SHOWN = 6
PING_EVERY_S = 2.0
PING_WITHIN_S = 4.0


@dataclass(frozen=True, slots=True)
class System:
    """The machine, in percent."""

    cpu_percent: float
    memory_percent: float


@dataclass(frozen=True, slots=True)
class SpoolHour:
    """Where the records of a model version and hour are: issued = stored + waiting + set_aside.

    `model_version` is none for requests that no model answered, feedback for opinions and sale
    prices, unreadable and damaged for bytes that do not tell, earlier for what is older than 48
    hours with records. `hour` is its beginning (ISO 8601, UTC), None for all that came before the
    last six.
    """

    model_version: str
    hour: str | None
    issued: int
    stored: int
    waiting: int
    set_aside: int

    @classmethod
    def from_counts(cls, row: HourCounts) -> Self:
        """As `row` has it."""
        began = datetime.fromtimestamp(row.hour * HOUR_S, UTC)
        return cls(
            model_version=row.model_version,
            hour=None if row.hour == NO_HOUR else began.isoformat(),
            issued=row.issued,
            stored=row.stored,
            waiting=row.waiting,
            set_aside=row.set_aside,
        )


@dataclass(frozen=True, slots=True)
class Health:
    """`status` is healthy or degraded, and then `reasons` say why.

    `simulated` is True when the model was made of a simulated market.
    `model_variant` is the slot that this service answers for, `database` is
    connected, unknown (not asked yet) or the reason why it does not answer.
    """

    status: str
    timestamp: str
    model_variant: str
    model_version: str | None
    simulated: bool
    load_failures: int
    reasons: list[str]
    system: System
    database: str
    spool: SpoolCounts
    spool_hours: list[SpoolHour]


@dataclass(frozen=True, slots=True)
class Alive:
    """The process answers."""

    status: str


@dataclass(frozen=True, slots=True)
class Ready:
    """The service answers for this model."""

    status: str
    model_version: str


class DatabaseWatch:
    """Asks the database now and then whether it answers, so that no request waits to find out."""

    def __init__(self, dependencies: ServiceDependencies) -> None:
        self._ping = dependencies.request_metrics.ping
        self._was_asked = False
        self.problem: str | None = None

    @property
    def state(self) -> str:
        """See `Health.database`."""
        return self.problem or ("connected" if self._was_asked else "unknown")

    async def watch(self) -> None:
        """Ask again and again until cancelled; a ping that hangs is reported, and waited for."""
        while True:
            asking = asyncio.ensure_future(asyncio.to_thread(self._ping))
            await asyncio.wait([asking], timeout=PING_WITHIN_S)
            if not asking.done():
                self.problem = f"PostgreSQL does not answer within {PING_WITHIN_S:.0f} s"
                await asyncio.wait([asking])
            error = asking.exception()
            self.problem = None if error is None else str(error) or type(error).__name__
            self._was_asked = True
            await asyncio.sleep(PING_EVERY_S)

    def require(self) -> None:
        """Raises Unavailable at once while the database is known to be away."""
        if self.problem is not None:
            raise Unavailable(self.problem)


class HealthPages:
    """GET /api/health, /api/health/live and /api/health/ready."""

    def __init__(
        self,
        dependencies: ServiceDependencies,
        slot: ModelSlot,
        database: DatabaseWatch,
        recorder: Recorder,
        keys: ServiceKeys,
    ) -> None:
        self._dependencies = dependencies
        self._slot = slot
        self._database = database
        self._recorder = recorder
        self._keys = keys
        self.router = APIRouter(tags=["health"])
        self.router.add_api_route("/api/health", self.health)
        self.router.add_api_route("/api/health/live", self.live)
        self.router.add_api_route("/api/health/ready", self.ready)

    async def health(self) -> Health:
        """How the service is; 200 also when degraded."""
        reasons = self._reasons()
        served = self._slot.served
        hours = newest_apart(self._recorder.hours(), HOURS_SHOWN)
        return Health(
            status="degraded" if reasons else "healthy",
            timestamp=self._dependencies.clock().isoformat(),
            model_variant=self._dependencies.slot.value,
            model_version=served.version if served else None,
            simulated=served is not None and served.manifest.simulated,
            load_failures=self._slot.failures,
            reasons=reasons,
            system=System(psutil.cpu_percent(), psutil.virtual_memory().percent),
            database=self._database.state,
            spool=self._recorder.counts(),
            spool_hours=[SpoolHour.from_counts(row) for row in hours],
        )

    async def live(self) -> Alive:
        """The process answers."""
        return Alive("alive")

    async def ready(self) -> Ready:
        """A model is loaded; 503 while none is."""
        return Ready("ready", self._slot.require().version)

    def _reasons(self) -> list[str]:
        reasons = []
        if self._slot.served is None:
            reasons.append(self._slot.why_empty)
        elif self._slot.problem:
            reasons.append(f"{self._slot.problem}; {self._slot.served.version} is served on")
        away = self._database.problem
        if away is not None:
            reasons.append(f"{away}; records wait in the spool")
        if self._keys.problem is not None:
            reasons.append(f"{self._keys.problem}; those read last are gone by")
        return reasons + self._recorder.problems(is_database_away=away is not None)
