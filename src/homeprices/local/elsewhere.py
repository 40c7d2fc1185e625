"""Services that are named by their address and that something else has started: containers."""

from collections.abc import Callable
from typing import get_args

from homeprices.domain.errors import Unavailable
from homeprices.local import probe
from homeprices.local.companions import AIRFLOW_HEALTH, MLFLOW_HEALTH
from homeprices.local.doctor import Check
from homeprices.local.status import model_at
from homeprices.settings import Addressed, Settings

HEAD = ("service", "state", "address", "model", "note")
_HEALTH = {
    "production": "/api/health/live",
    "candidate": "/api/health/live",
    "router": "/router/live",
    "page": "/page/live",
    "MLflow": MLFLOW_HEALTH,
    "Airflow": AIRFLOW_HEALTH,
}


def named(environment: Settings) -> dict[str, str]:
    """The services whose address is set in the `environment`, and their addresses."""
    services = {name: getattr(environment, f"{name}_url") for name in get_args(Addressed)}
    companions = {"MLflow": environment.tracking_uri, "Airflow": environment.airflow_url}
    return {name: url for name, url in {**services, **companions}.items() if url}


def rows(environment: Settings) -> list[tuple[str, ...]]:
    """One row for each of them, as it answers now."""
    return [_row(name, address) for name, address in named(environment).items()]


def checks(environment: Settings) -> list[Check]:
    """That each of them answers."""
    return [Check(name, _look(name, address)) for name, address in named(environment).items()]


def _row(name: str, address: str) -> tuple[str, ...]:
    if not _is_live(name, address):
        return name, "away", address, "", ""
    serves = name in ("production", "candidate")
    return name, "healthy", address, *(model_at(address) if serves else ("", ""))


def _look(name: str, address: str) -> Callable[[], str]:
    def look() -> str:
        if not _is_live(name, address):
            raise Unavailable(f"nothing that is well answers at {address}{_HEALTH[name]}")
        return f"answers at {address}"

    return look


def _is_live(name: str, address: str) -> bool:
    return probe.get(address.rstrip("/") + _HEALTH[name])[0] == 200
