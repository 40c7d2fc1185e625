"""What runs, as data: the supervisor is told nothing else, and no file of it holds a secret."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True)
class Service:
    """One process that is kept running, or, when `is_once`, has to succeed once.

    `title` says what it is and where. It starts when each service in `after`
    is healthy. Healthy means: GET `path` at `port` answers 200, by TLS where it
    `speaks_tls`, or `check` ends with 0, or with neither, it runs. Where another
    service tells of this one, `told_at` is that one's port and `member` the part
    of its answer whose status must be healthy. One that does not answer for
    `silence_s` is started again. A `companion` may arrive after the first priced home. What works
    `behind` is waited for by nobody. `account` is whom root runs it as.
    """

    name: str
    title: str
    command: list[str]
    after: list[str] = field(default_factory=list)
    port: int | None = None
    path: str | None = None
    speaks_tls: bool = False
    told_at: int | None = None
    member: str | None = None
    check: list[str] | None = None
    environment: dict[str, str] = field(default_factory=dict)
    is_once: bool = False
    companion: bool = False
    behind: bool = False
    account: str | None = None
    stop_signal: str = "SIGTERM"
    patience_s: float = 60.0
    silence_s: float = 30.0

    def url(self, host: str, port: int, path: str) -> str:
        """Where `path` of this service is asked for."""
        scheme = "https" if self.speaks_tls else "http"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}{path}"

    @property
    def option(self) -> str:
        """The name by which options of `up` know it: that of all of Airflow is `airflow`."""
        return self.name.removesuffix("-api")


@dataclass(frozen=True, slots=True)
class StackPlan:
    """The services in the order in which they are listed, and the host they listen at."""

    services: list[Service]
    host: str = "127.0.0.1"

    @property
    def names(self) -> list[str]:
        """The services' names."""
        return [service.name for service in self.services]

    @property
    def front(self) -> StackPlan:
        """What a priced home needs."""
        front = [s for s in self.services if not (s.companion or s.behind)]
        return StackPlan(front, self.host)

    @property
    def companions(self) -> StackPlan:
        """What may arrive after it."""
        return StackPlan([service for service in self.services if service.companion], self.host)


def identity(account: str | None) -> dict[str, Any]:
    """The words by which `subprocess` runs a program as `account`; none where we are not root."""
    if account is None or os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(account)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def write(path: Path, plan: StackPlan) -> None:
    """Keep `plan` for the supervisor, whole or not at all."""
    replace(path, msgspec.json.format(msgspec.json.encode(plan), indent=1))


def read(path: Path) -> StackPlan:
    """The plan kept at `path`."""
    return msgspec.json.decode(path.read_bytes(), type=StackPlan)


def replace(path: Path, content: bytes) -> None:
    """Write `path`, whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)
