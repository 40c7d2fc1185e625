"""The services of the embedded stack, in the order in which they start."""

import sys
from collections.abc import Collection

from homeprices.local import companions
from homeprices.local.local_settings import FIRST_CANDIDATE
from homeprices.local.plan import Service, StackPlan
from homeprices.settings import Settings

# Migrations of an empty database and a first import on a busy machine of two cores.
_FIRST_START_S = 300.0
# An Airflow that PostgreSQL left for a while goes on by itself; a restart would end its tasks.
_AIRFLOW_SILENCE_S = 180.0


def stack(
    settings: Settings, postgres: Service | None, data_dir: str, companions: Collection[str] = ()
) -> StackPlan:
    """Everything that `up` starts; `postgres` is None where another one is used."""
    ours = _Ours(data_dir)
    database = [] if postgres is None else [postgres]
    services = [*database, *_front(settings, ours, [service.name for service in database])]
    if companions:
        services.append(
            ours(
                "await-model",
                "first-model",
                "production serves a model",
                "page",
                is_once=True,
                companion=True,
            )
        )
    if "mlflow" in companions:
        services.append(_mlflow(settings, ours))
    if "airflow" in companions:
        services += _airflow(settings, ours)
    if FIRST_CANDIDATE in companions:
        # Not behind Airflow: it is to train also where that never comes up.
        services.append(
            ours(
                "first-candidate",
                FIRST_CANDIDATE,
                "a candidate for the first model",
                "first-model",
                is_once=True,
                behind=True,
            )
        )
    return StackPlan(services, settings.host)


class _Ours:
    """Makes services that run a `homes` command."""

    def __init__(self, data_dir: str) -> None:
        self._environment = {"HOMES_DATA_DIR": data_dir, "PYTHONUNBUFFERED": "1"}

    def __call__(
        self, command: str, name: str, title: str, *after: str, **facts: object
    ) -> Service:
        return Service(
            name=name,
            title=title,
            command=[sys.executable, "-m", "homeprices", *command.split()],
            after=list(after),
            environment=self._environment,
            **facts,  # type: ignore[arg-type]
        )


def _front(settings: Settings, ours: _Ours, database: list[str]) -> list[Service]:
    """What a priced home needs."""
    host = settings.host
    production, candidate = settings.production_port, settings.candidate_port
    router, page = settings.router_port, settings.page_port
    live, tables = "/api/health/live", f"tables in {settings.postgres_db} up to date"
    return [
        ours("migrate", "migrate", tables, *database, is_once=True),
        *(
            ours(f"serve {n}", n, f"{n} on {host}:{port}", "migrate", port=port, path=live)
            for n, port in (("production", production), ("candidate", candidate))
        ),
        ours(
            "route",
            "router",
            f"router on {host}:{router}",
            "production",
            "candidate",
            port=router,
            path="/router/live",
            speaks_tls=settings.has_certificate,
        ),
        ours(
            "page",
            "page",
            f"page on {host}:{page}",
            "router",
            port=page,
            path="/page/live",
            speaks_tls=settings.has_certificate,
        ),
    ]


def _mlflow(settings: Settings, ours: _Ours) -> Service:
    return ours(
        "mlflow",
        "mlflow",
        f"MLflow on {settings.host}:{settings.mlflow_port}",
        "first-model",
        port=settings.mlflow_port,
        path=companions.MLFLOW_HEALTH,
        companion=True,
        patience_s=_FIRST_START_S,
    )


def _airflow(settings: Settings, ours: _Ours) -> list[Service]:
    """Its tables, then its processes one after the other: all at once, a first run can die."""
    host, port = settings.host, settings.airflow_port
    tables = f"tables in {settings.airflow_db} up to date"
    migrate, last = "airflow-migrate", "airflow-migrate"
    services = [
        ours("airflow db migrate", migrate, tables, "first-model", is_once=True, companion=True)
    ]
    for name, command, member in companions.PROCESSES:
        is_first = last == migrate
        services.append(
            ours(
                f"airflow {command}",
                name,
                f"Airflow on {host}:{port}" if is_first else f"Airflow's {command.split()[0]}",
                last,
                port=port if is_first else None,
                told_at=port,
                path=companions.AIRFLOW_HEALTH,
                member=member,
                companion=True,
                patience_s=_FIRST_START_S,
                silence_s=_AIRFLOW_SILENCE_S,
            )
        )
        last = name
    return services


def urls(settings: Settings) -> list[tuple[str, str]]:
    """What people open, and where."""
    front = [
        ("page", settings.address("page")),
        ("router", settings.address("router")),
        ("API reference", f"{settings.address('router')}/docs"),
        ("production", settings.address("production")),
        ("candidate", settings.address("candidate")),
    ]
    companions = [("MLflow", settings.tracking_uri), ("Airflow", settings.airflow_url)]
    return front + [(name, url) for name, url in companions if url]
