"""Who takes part: how each is started, asked, and where it keeps its rows."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from peers import CONNECTIONS

Command = Callable[[str, int], list[str]]
PREDICT = "/predict"
QUIET_UVICORN = {"UVICORN_ACCESS_LOG": "0", "UVICORN_LOG_LEVEL": "warning"}


@dataclass(frozen=True)
class Contestant:
    """A service of the model.

    `command` makes of a Python and a port what starts it, `lock` names its environment (this one
    without), `table` is where it keeps a row of each answer, `prepare` is run once before. `body`
    makes a request of the fields of a home, `price_field` has the price in an answer, unless it
    is of another thing.
    """

    title: str
    command: Command
    lock: str | None = None
    table: str | None = None
    path: str = PREDICT
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: tuple[str, ...] = ()
    body: Callable[[Mapping[str, Any]], object] = dict
    price_field: str | None = "estimated_price"


def _module(name: str) -> Command:
    return lambda python, port: [python, "-m", f"peers.{name}", str(port)]


def _ours(_python: str, _port: int) -> list[str]:
    return [sys.executable, "-m", "homeprices", "serve", "production"]


def _gunicorn(python: str, port: int) -> list[str]:
    threads = ["--workers", "1", "--worker-class", "gthread", "--threads", str(CONNECTIONS)]
    app = "peers.flask_psycopg:create_app('gunicorn_predictions')"
    return [python, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", *threads, app]


def _bentoml(python: str, port: int) -> list[str]:
    where = ["--host", "127.0.0.1", "--port", str(port)]
    return [python, "-m", "bentoml", "serve", "peers.bentoml_service:Price", *where]


def _mlflow(python: str, port: int) -> list[str]:
    where = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    served = ["models", "serve", "--model-uri", "model", "--env-manager", "local"]
    return [python, "-m", "mlflow", *served, *where]


def _record(fields: Mapping[str, Any]) -> object:
    return {"dataframe_records": [dict(fields)]}


OURS, ECHO = "ours", "echo"
CONTESTANTS: Mapping[str, Contestant] = {
    OURS: Contestant(
        "ours: spool with fdatasync, drained into PostgreSQL",
        _ours,
        table="predictions",
        path="/api/predict_home_price",
    ),
    ECHO: Contestant(
        "bare echo: raw ASGI and msgspec on uvicorn", _module("echo"), price_field=None
    ),
    "fastapi": Contestant(
        "FastAPI and asyncpg on uvicorn",
        _module("fastapi_asyncpg"),
        "fastapi",
        "fastapi_predictions",
    ),
    "gunicorn": Contestant(
        "Flask and psycopg under gunicorn (gthread)", _gunicorn, "flask", "gunicorn_predictions"
    ),
    "flask": Contestant(
        "Flask's development server and psycopg",
        _module("flask_psycopg"),
        "flask",
        "flask_predictions",
    ),
    "litserve": Contestant("LitServe", _module("litserve_api"), "litserve"),
    "bentoml": Contestant(
        "BentoML", _bentoml, "bentoml", environment={"BENTOML_DO_NOT_TRACK": "True"}
    ),
    "mlflow": Contestant(
        "`mlflow models serve`",
        _mlflow,
        "mlflow",
        path="/invocations",
        environment={**QUIET_UVICORN, "MLFLOW_DISABLE_TELEMETRY": "true"},
        prepare=("-m", "peers.mlflow_model", "model"),
        body=_record,
        price_field="price",
    ),
}


def bodies(contestant: Contestant, homes: list[Mapping[str, Any]]) -> bytes:
    """The requests for homes, a line each."""
    return b"\n".join(json.dumps(contestant.body(home)).encode() for home in homes)


def told_price(contestant: Contestant, answer: str) -> float | None:
    """The price in an answer; None where it tells none."""
    if contestant.price_field is None:
        return None
    told = json.loads(answer)
    row = told["predictions"][0] if "predictions" in told else told
    return float(row[contestant.price_field])
