"""Looks at everything a start leans on, and says what to do about what is wrong."""

import errno
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from homeprices.domain.errors import HomesError, Refused, Unavailable
from homeprices.local import plan, postgres, processes, state
from homeprices.local.layout import Layout
from homeprices.local.plan import StackPlan

LEAST_FREE_MB = 300


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at.

    `look` returns what it found, or raises a HomesError that says what is
    wrong and what to do.
    """

    name: str
    look: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found."""

    name: str
    is_well: bool
    words: str


def examine(checks: Sequence[Check]) -> list[Finding]:
    """The findings of all checks; one that fails does not stop the others."""
    findings = []
    for check in checks:
        try:
            findings.append(Finding(check.name, True, check.look()))
        except HomesError as error:
            findings.append(Finding(check.name, False, error.message))
    return findings


def machine_checks(layout: Layout, stack: StackPlan) -> list[Check]:
    """The checks that need no store: Python, lock, programs, disk, ports, keys."""
    return [
        Check("python", _python),
        Check("lock", lambda: lock_stamp(Path(sys.prefix))),
        Check("postgresql", lambda: str(postgres.binaries(layout))),
        Check("disk", lambda: _disk(layout)),
        Check("ports", lambda: _ports(layout, stack)),
        Check("operator key", lambda: private(layout.operator_key)),
        Check("settings", lambda: private(layout.settings_file)),
    ]


def _python() -> str:
    return ".".join(str(part) for part in sys.version_info[:3])


def lock_stamp(environment: Path) -> str:
    """Raises Refused when `environment` was not made from the lock beside it."""
    lock, stamp = environment.parent / "requirements.lock", environment / "homes.stamp"
    if not stamp.exists() or not lock.exists():
        return "installed by other means than ./homes: versions are not checked"
    sum_now = subprocess.run(["cksum"], input=lock.read_bytes(), capture_output=True, check=True)
    if sum_now.stdout.decode().split()[0] not in stamp.read_text().split():
        raise Refused("requirements.lock changed since .venv was made; `./homes` installs it anew")
    return "installed as locked"


def _disk(layout: Layout) -> str:
    check_disk(layout.data)
    return f"room enough for {layout.data}"


def _ports(layout: Layout, stack: StackPlan) -> str:
    stack_state = state.read(layout.run / "state.json")
    services = stack_state.services if stack_state else []
    running = {service.name for service in services if processes.is_running(service.mark)}
    others = [service for service in stack.services if service.name not in running]
    check_ports(plan.StackPlan(others, stack.host))
    ports = ", ".join(str(service.port) for service in stack.services if service.port)
    return f"{ports} are ours" if running else f"{ports} are free"


def private(path: Path) -> str:
    """Raises Refused when others than its owner may read `path`."""
    if not path.exists():
        raise Refused(f"{path} does not exist yet; ./homes up makes it")
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise Refused(f"{path} has mode {mode:03o}, others may read it; run: chmod 600 '{path}'")
    return f"{path} is readable by its owner alone"


def check_ports(plan: StackPlan) -> None:
    """Raises Refused for a port that two of our services or another program wants."""
    owners: dict[int, str] = {}
    for service in plan.services:
        if service.port is None:
            continue
        if service.port in owners:
            raise Refused(
                f"{owners[service.port]} and {service.name} both want port {service.port}; move "
                f"one: ./homes up --port {service.option}={free_port(plan.host)}"
            )
        owners[service.port] = service.name
        if not is_free(plan.host, service.port):
            raise Refused(
                f"port {service.port}, which {service.name} needs, is taken{_by(service.port)}; "
                "stop that, or move ours: "
                f"./homes up --port {service.option}={free_port(plan.host)}"
            )


def is_free(host: str, port: int) -> bool:
    """True when a server could listen at `port`; raises Unavailable where it never could."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise Unavailable(f"no service can listen at {host}:{port}: {error.strerror}") from None
    return True


def free_port(host: str = "127.0.0.1") -> int:
    """A port that is free now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        listener.bind((host, 0))
        return int(listener.getsockname()[1])


def check_disk(folder: Path, least_mb: int = LEAST_FREE_MB) -> None:
    """Raises Unavailable when the disk that holds `folder` has too little room left."""
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free_mb = shutil.disk_usage(existing).free // 1_000_000
    if free_mb < least_mb:
        raise Unavailable(
            f"the disk that holds {folder} has {free_mb} MB left and a start needs {least_mb}; "
            "make room, or set HOMES_DATA_DIR to a folder on another disk"
        )


def _by(port: int) -> str:
    """By whom, as far as this account may know."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
                pid = connection.pid
                return f" by {psutil.Process(pid).name()} (process {pid})" if pid else ""
    except psutil.Error:
        return ""
    return ""
