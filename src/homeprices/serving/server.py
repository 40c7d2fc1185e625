"""Runs the service until it is told to stop."""

from __future__ import annotations

import uvicorn

from homeprices.serving.app import create_app
from homeprices.serving.dependencies import ServiceDependencies

STOP_WITHIN_S = 5


def run(parts: ServiceDependencies, host: str, port: int) -> None:
    """Serve on `host`:`port`; on SIGTERM or SIGINT end what is under way, drain, and return."""
    uvicorn.run(
        create_app(parts),
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=STOP_WITHIN_S,
        log_config=None,
    )
