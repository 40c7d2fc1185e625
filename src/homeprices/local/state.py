"""What the supervisor tells: one small file, replaced at each change."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from homeprices.local.plan import replace
from homeprices.local.processes import ProcessIdentity


class Phase(StrEnum):
    """Where a service is in its life."""

    WAITING = "waiting"
    STARTING = "starting"
    WORKING = "working"
    HEALTHY = "healthy"
    SILENT = "silent"
    RESTARTING = "restarting"
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class ServiceState:
    """One service now: `since` is when the phase began, `took_s` how long it took to be healthy.

    `note` says why it last ended; `restarts` counts how often it was started again.
    """

    name: str
    phase: Phase
    since: float
    mark: ProcessIdentity | None = None
    restarts: int = 0
    took_s: float | None = None
    note: str = ""

    @property
    def is_up(self) -> bool:
        """True when nobody has to wait for it."""
        return self.phase in (Phase.HEALTHY, Phase.WORKING, Phase.DONE)


@dataclass(frozen=True, slots=True)
class StackState:
    """The supervisor and its services."""

    supervisor: ProcessIdentity
    services: list[ServiceState]


def write(path: Path, state: StackState) -> None:
    """Replace the state file."""
    replace(path, msgspec.json.encode(state))


def read(path: Path) -> StackState | None:
    """The last state that was written; None when there is none that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=StackState)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
