"""A service of stand-ins with the page beside it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from support.paths import REPOSITORY
from support.stack import free_ports


@contextmanager
def served_with_page(app: FastAPI) -> Iterator[str]:
    """The address of a service with the page beside it, as nginx puts them together."""
    app.mount("/", StaticFiles(directory=REPOSITORY / "frontend", html=True))
    (port,) = free_ports(1)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.02)
        while httpx.get(f"http://127.0.0.1:{port}/api/health/ready", timeout=5).is_error:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.should_exit = True
        thread.join()
