"""Talks to an app in this process, with what runs beside it, and no socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any

import httpx
from fastapi import FastAPI


class Client:
    """A running app; use it in a `with`."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self._runner = asyncio.Runner()

    def __enter__(self) -> Client:
        self._lifespan = self.app.router.lifespan_context(self.app)
        self._runner.run(self._lifespan.__aenter__())
        return self

    def __exit__(self, *error: object) -> None:
        self._runner.run(self._lifespan.__aexit__(None, None, None))
        self._runner.close()

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.request(method, path, **more)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self._runner.run(self.ask("GET", path, **more))

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self._runner.run(self.ask("POST", path, **more))

    def run(self, work: Any) -> Any:
        return self._runner.run(work)

    def until(self, true: Callable[[], object]) -> None:
        """Let the app run until `true`, for ten seconds at most."""
        latest = monotonic() + 10
        while not true():
            assert monotonic() < latest, "it did not come true in ten seconds"
            self._runner.run(asyncio.sleep(0.005))
