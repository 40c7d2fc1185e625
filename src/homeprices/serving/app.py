"""Puts the service together: routes, errors, and what runs beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.routing import Route

from homeprices.domain.errors import HomesError
from homeprices.serving import decisions, feedback, predict, problems
from homeprices.serving.decisions import Decisions
from homeprices.serving.dependencies import ServiceDependencies
from homeprices.serving.estimates import Estimates
from homeprices.serving.feedback import Feedback
from homeprices.serving.health import DatabaseWatch, HealthPages
from homeprices.serving.localities import LocalityPages
from homeprices.serving.logs import Logs
from homeprices.serving.metrics import ServiceMetrics
from homeprices.serving.models import Models
from homeprices.serving.openapi import described
from homeprices.serving.operator_key import OperatorKey
from homeprices.serving.predict import Predict
from homeprices.serving.request_metrics import MetricsPages
from homeprices.serving.slot import ModelSlot

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": problems.Problem, "description": "a problem"} for status in ("default", 422)
}


def create_app(parts: ServiceDependencies) -> FastAPI:
    """The service over `parts`; while it runs it follows its slot and drains its spool."""
    meters = ServiceMetrics(parts.slot.value)
    slot = ModelSlot(parts, meters)
    database = DatabaseWatch(parts)
    key = OperatorKey(parts.operator_key)
    acts = Decisions(parts, key)
    meters.watch(lambda: slot.served.version if slot.served else None, parts.spool.counts)
    app: FastAPI = FastAPIOffline(
        title=f"{parts.market.title} API",
        version="1",
        routes=[
            Route(predict.PATH, Predict(parts, slot, meters), methods=["GET", "POST"]),
            Route(feedback.PATH, Feedback(parts, slot, meters).post, methods=["POST"]),
            Route(decisions.PATH, acts.post, methods=["POST"]),
        ],
        responses=PROBLEMS,
        exception_handlers={
            HomesError: problems.homes_error,
            HTTPException: problems.http_error,
            RequestValidationError: problems.invalid_request,
            Exception: problems.unexpected,
        },
        lifespan=_lifespan(parts, slot, database),
    )
    for pages in (
        LocalityPages(slot),
        HealthPages(parts, slot, database),
        MetricsPages(parts, slot, meters, database),
        Estimates(parts, database),
        Models(parts),
    ):
        app.include_router(pages.router)
    for stored in (Logs(parts, key), acts):
        app.include_router(stored.router, dependencies=[Depends(database.require)])
    app.openapi = described(app, parts.market)  # type: ignore[method-assign]
    return app


def _lifespan(parts: ServiceDependencies, slot: ModelSlot, database: DatabaseWatch) -> Lifespan:
    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        parts.drain.start()
        watches = [asyncio.create_task(slot.watch()), asyncio.create_task(database.watch())]
        try:
            yield
        finally:
            for watch in watches:
                watch.cancel()
            await asyncio.gather(*watches, return_exceptions=True)
            await asyncio.to_thread(parts.drain.stop)
            parts.spool.close()

    return running
