"""Runs the service until it is told to stop."""

from __future__ import annotations

from typing import Any

import uvicorn
from starlette.types import ASGIApp

STOP_WITHIN_S = 5
_OPTIONS: dict[str, Any] = {
    "loop": "uvloop",
    "http": "httptools",
    "ws": "none",
    "access_log": False,
    "server_header": False,
    "proxy_headers": False,
    "timeout_keep_alive": 75,
    "timeout_graceful_shutdown": STOP_WITHIN_S,
    "log_config": None,
}


def run(app: ASGIApp, host: str, port: int) -> None:
    """Serve on `host`:`port`; on SIGTERM or SIGINT end what is under way, upload, and return."""
    uvicorn.run(app, host=host, port=port, **_OPTIONS)


def run_workers(factory: str, host: str, port: int, workers: int) -> None:
    """As `run`, in so many processes; each imports `factory` ("module:name") and calls it."""
    uvicorn.run(factory, host=host, port=port, factory=True, workers=workers, **_OPTIONS)
