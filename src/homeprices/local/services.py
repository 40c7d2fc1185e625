"""The services of the embedded stack, in the order in which they start."""

from __future__ import annotations

import sys

from homeprices.local.plan import Plan, Service
from homeprices.settings import Settings


def stack(settings: Settings, postgres: Service | None, data_dir: str) -> Plan:
    """Everything that `up` starts; `postgres` is None where another one is used."""
    database = [] if postgres is None else [postgres]
    environment = {"HOMES_DATA_DIR": data_dir, "PYTHONUNBUFFERED": "1"}
    host = settings.host

    def ours(command: str, **facts: object) -> Service:
        words = [sys.executable, "-m", "homeprices", *command.split()]
        return Service(command=words, environment=environment, **facts)  # type: ignore[arg-type]

    migrate = ours(
        "migrate",
        name="migrate",
        title=f"tables in {settings.postgres_db} up to date",
        after=[service.name for service in database],
        is_once=True,
    )
    slots = [
        ours(
            f"serve {name}",
            name=name,
            title=f"{name} on {host}:{port}",
            after=["migrate"],
            port=port,
            path="/api/health/live",
        )
        for name, port in (
            ("production", settings.production_port),
            ("candidate", settings.candidate_port),
        )
    ]
    router = ours(
        "route",
        name="router",
        title=f"router on {host}:{settings.router_port}",
        after=["production", "candidate"],
        port=settings.router_port,
        path="/router/live",
    )
    page = ours(
        "page",
        name="page",
        title=f"page on {host}:{settings.page_port}",
        after=["router"],
        port=settings.page_port,
        path="/page/live",
    )
    return Plan([*database, migrate, *slots, router, page], host)


def urls(settings: Settings) -> list[tuple[str, str]]:
    """What people open, and where."""
    at = f"http://{settings.host}"
    return [
        ("page", f"{at}:{settings.page_port}"),
        ("router", f"{at}:{settings.router_port}"),
        ("API reference", f"{at}:{settings.router_port}/docs"),
        ("production", f"{at}:{settings.production_port}"),
        ("candidate", f"{at}:{settings.candidate_port}"),
    ]
