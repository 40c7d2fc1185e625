"""What runs, as a table."""

import time
from collections.abc import Sequence

from homeprices.local import plan, probe, processes, state
from homeprices.local.layout import Layout
from homeprices.local.logs import last_line
from homeprices.local.state import Phase, ServiceState
from homeprices.local.supervisor import is_held

HEAD = ("service", "state", "pid", "port", "for", "restarts", "model", "note")


def rows(layout: Layout) -> list[tuple[str, ...]]:
    """One row for each service; [] where no stack was started from this data folder."""
    stack_state = state.read(layout.run / "state.json")
    if stack_state is None or not (layout.run / "plan.json").exists():
        return []
    stack = plan.read(layout.run / "plan.json")
    watched = is_held(layout)
    services = {service.name: service for service in stack.services}
    return [
        _row(service, services[service.name], layout, stack.host, is_watched=watched)
        for service in stack_state.services
        if service.name in services
    ]


def is_up(layout: Layout) -> bool:
    """True when a supervisor runs and every service that anybody waits for is healthy."""
    stack_state = state.read(layout.run / "state.json")
    if stack_state is None or not is_held(layout):
        return False
    planned = plan.read(layout.run / "plan.json").services
    behind = {service.name for service in planned if service.behind}
    return all(service.is_up for service in stack_state.services if service.name not in behind)


def _row(
    service: ServiceState, planned: plan.Service, layout: Layout, host: str, *, is_watched: bool
) -> tuple[str, ...]:
    runs = processes.is_running(service.mark)
    model, problem = served_model(planned, host) if runs else ("", "")
    phase: str = service.phase.value
    if not is_watched and service.phase is not Phase.DONE:
        phase = "unwatched" if runs else "stopped"
    return (
        service.name,
        phase,
        str(service.mark.pid) if service.mark and runs else "",
        str(planned.port or ""),
        duration(time.time() - service.since),
        str(service.restarts),
        model,
        problem or _note(service, planned, layout),
    )


def _note(service: ServiceState, planned: plan.Service, layout: Layout) -> str:
    """Why it last ended; of what works behind the others, the last it has said."""
    says = planned.behind and service.phase in (Phase.WORKING, Phase.DONE)
    return last_line(layout, service.name) if says else service.note


def served_model(service: plan.Service, host: str) -> tuple[str, str]:
    """The model that a service serves, and what it says is wrong; both empty for the others."""
    if service.path != "/api/health/live" or service.port is None:
        return "", ""
    return model_at(service.url(host, service.port, ""))


def model_at(address: str) -> tuple[str, str]:
    """The model that the service at `address` serves, and what it says is wrong."""
    _, health = probe.get(f"{address}/api/health")
    if not isinstance(health, dict):
        return "none yet", ""
    version, failures = health.get("model_version"), health.get("load_failures")
    problem = "; ".join(map(str, health.get("reasons", []))) if failures or version else ""
    return str(version or "none yet"), problem


def duration(seconds: float) -> str:
    """Seconds as people say them.

    >>> duration(42), duration(7320), duration(200_000)
    ('42 s', '2 h 2 min', '2 d 7 h')
    """
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 86_400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86_400} d {whole % 86_400 // 3600} h"


def table(lines: Sequence[Sequence[str]]) -> str:
    """`lines` in columns, two spaces apart."""
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
