"""`settings.env` in the data folder: secrets made once, ports that were moved."""

import secrets
from collections.abc import Collection, Mapping
from pathlib import Path

from dotenv import dotenv_values

from homeprices.domain.errors import BadInput, FieldProblem, Refused
from homeprices.local.layout import Layout
from homeprices.local.plan import StackPlan
from homeprices.local.secret_files import new_operator_key
from homeprices.settings import Settings, require_readable

PORTS = {
    "router": "HOMES_ROUTER_PORT",
    "production": "HOMES_PRODUCTION_PORT",
    "candidate": "HOMES_CANDIDATE_PORT",
    "page": "HOMES_PAGE_PORT",
    "postgres": "POSTGRES_PORT",
    "mlflow": "HOMES_MLFLOW_PORT",
    "airflow": "HOMES_AIRFLOW_PORT",
}
# What `up` starts beside the services unless it is told not to, and the setting that says where.
COMPANIONS = {"mlflow": "MLFLOW_TRACKING_URI", "airflow": "HOMES_AIRFLOW_URL"}
_FIELDS = {"mlflow": "tracking_uri", "airflow": "airflow_url"}
# Trains once, behind all of them.
FIRST_CANDIDATE = "first-candidate"
OPTIONAL = (*COMPANIONS, FIRST_CANDIDATE)


def read(path: Path) -> dict[str, str]:
    """The settings kept in `path`, as `Settings` reads them; {} when there is no such file."""
    require_readable(path)
    return {name: value for name, value in dotenv_values(path).items() if value is not None}


def parse_ports(options: tuple[str, ...]) -> dict[str, int]:
    """The ports that `--port NAME=PORT` options move; raises BadInput."""
    moved = {}
    for text in options:
        name, _, number = text.partition("=")
        if name not in PORTS or not number.isdecimal() or not 1 <= int(number) <= 65535:
            expected = f"must be NAME=PORT, NAME one of {', '.join(PORTS)}, PORT 1 to 65535"
            raise BadInput([FieldProblem.with_sentence("--port", f"{expected}; got {text!r}")])
        moved[name] = int(number)
    return moved


def parse_without(text: str) -> set[str]:
    """What `--without NAME,NAME` leaves out; raises BadInput."""
    left_out = {name.strip() for name in text.split(",") if name.strip()}
    if not left_out <= set(OPTIONAL):
        expected = f"must name some of {', '.join(OPTIONAL)}, with commas between"
        raise BadInput([FieldProblem.with_sentence("--without", f"{expected}; got {text!r}")])
    return left_out


def embedded(environment: Settings, without: Collection[str] = ()) -> list[str]:
    """What `up` starts beside the services: not left out, nor named by the `environment`."""
    named = {name for name, field in _FIELDS.items() if getattr(environment, field)}
    return [name for name in OPTIONAL if name not in named.union(without)]


def started(loaded: Settings, environment: Settings) -> list[str]:
    """The companions of the last start: named by what was kept and not by the `environment`."""
    return [n for n in embedded(environment) if n in COMPANIONS and getattr(loaded, _FIELDS[n])]


def require_unchanged(stack: StackPlan, wanted: Collection[str] | None) -> None:
    """Raise Refused where a running stack has other companions than are `wanted`; None is any."""
    known = {service.option for service in stack.services}
    running = [name for name in OPTIONAL if name in known]
    if wanted is not None and set(wanted) != set(running):
        raise Refused(
            f"everything runs already, with {' and '.join(running) or 'no companion'}; to change "
            "that, run ./homes down first"
        )


def keep(
    layout: Layout,
    moved: Mapping[str, int],
    environment: Settings,
    companions: Collection[str] = (),
) -> None:
    """Write what a start needs and is not kept yet; `environment` is what that alone says.

    Secrets are made once. Without a PostgreSQL of the environment's own, the
    embedded one is named. `companions` are named where they will be; others
    that an earlier start had are forgotten. Raises Refused for a port that
    the environment fixes.
    """
    kept = read(layout.settings_file)
    stay = {name: value for name, value in kept.items() if name not in COMPANIONS.values()}
    wanted = {**_made(kept, environment), **stay, **_moved(moved, environment)}
    for name in (known for known in COMPANIONS if known in companions):
        field = f"{name}_port"
        is_fixed = field in environment.model_fields_set
        port = (
            getattr(environment, field)
            if is_fixed
            else wanted.get(PORTS[name], getattr(environment, field))
        )
        wanted[COMPANIONS[name]] = f"http://{environment.host}:{port}"
    if wanted != kept:
        write_private(layout.settings_file, "".join(f"{k}={v}\n" for k, v in wanted.items()))
    key = environment.operator_key.get_secret_value() or wanted["HOMES_OPERATOR_KEY"]
    if not layout.operator_key.exists() or layout.operator_key.read_text().strip() != key:
        write_private(layout.operator_key, key + "\n")


def _made(kept: Mapping[str, str], environment: Settings) -> dict[str, str]:
    made = {"HOMES_SECRET": secrets.token_hex(24), "HOMES_OPERATOR_KEY": new_operator_key()}
    if not environment.has_database and "POSTGRES_HOST" not in kept:
        made |= {
            "POSTGRES_HOST": "127.0.0.1",
            "POSTGRES_PORT": str(environment.postgres_port),
            "POSTGRES_USER": environment.postgres_user,
            "POSTGRES_PASSWORD": environment.postgres_password.get_secret_value()
            or secrets.token_hex(24),
            "POSTGRES_DB": environment.postgres_db,
        }
    return made


def _moved(moved: Mapping[str, int], environment: Settings) -> dict[str, str]:
    for name, port in moved.items():
        field = f"{name}_port"
        if field in environment.model_fields_set and getattr(environment, field) != port:
            raise Refused(
                f"--port {name}={port} has no effect while the environment sets {PORTS[name]} "
                f"to {getattr(environment, field)}; unset it first"
            )
    return {PORTS[name]: str(port) for name, port in moved.items()}


def write_private(path: Path, text: str) -> None:
    """Write `path`, whole or not at all, so that only its owner can read it."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    part.write_text(text)
    part.replace(path)
