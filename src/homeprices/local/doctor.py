"""Looks at everything a start leans on, and says what to do about what is wrong."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from homeprices.domain.errors import HomesError, Refused
from homeprices.local import plan, postgres, preflight, processes, state
from homeprices.local.layout import Layout
from homeprices.local.plan import StackPlan


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
        raise Refused("requirements.lock changed since .venv was made; ./homes installs it anew")
    return "installed as locked"


def _disk(layout: Layout) -> str:
    preflight.check_disk(layout.data)
    return f"room enough for {layout.data}"


def _ports(layout: Layout, stack: StackPlan) -> str:
    stack_state = state.read(layout.run / "state.json")
    services = stack_state.services if stack_state else []
    running = {service.name for service in services if processes.is_running(service.mark)}
    others = [service for service in stack.services if service.name not in running]
    preflight.check_ports(plan.StackPlan(others, stack.host))
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
