"""Puts the service together: routes, errors, and what runs beside them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.routing import Route

from homeprices.domain.errors import HomesError
from homeprices.serving import decisions, feedback, predict, problems
from homeprices.serving.access.cors import open_to_origins
from homeprices.serving.access.keys import KeyGate, ServiceKeys
from homeprices.serving.access.targets import Targets
from homeprices.serving.batch import route as batch
from homeprices.serving.decisions import Decisions
from homeprices.serving.dependencies import ServiceDependencies
from homeprices.serving.documentation import document
from homeprices.serving.documentation.document import Documents
from homeprices.serving.estimates import Estimates
from homeprices.serving.feedback import Feedback
from homeprices.serving.fields import FieldPages, LocalityPages
from homeprices.serving.health import DatabaseWatch, HealthPages
from homeprices.serving.metrics import ServiceMetrics
from homeprices.serving.models import Models
from homeprices.serving.polling import attempt
from homeprices.serving.predict import Predict
from homeprices.serving.recorder import Recorder
from homeprices.serving.request_metrics import Logs, MetricsPages
from homeprices.serving.scrape import Scrape
from homeprices.serving.slot import ModelSlot
from homeprices.wording.speech import Speech

TELL_SPOOL_EVERY_S = 1.0
Watching = ModelSlot | DatabaseWatch | ServiceKeys
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
PROBLEMS: dict[int | str, dict[str, Any]] = {
    422: {"model": problems.Problem, "description": "a problem"}
}


def create_app(dependencies: ServiceDependencies) -> FastAPI:
    """The service over `dependencies`; while it runs it follows its slot and uploads its spool.

    A factory: nothing is opened before its lifespan begins, so each worker has its own.
    """
    metrics = ServiceMetrics(dependencies.slot.value, dependencies.shared_metrics)
    slot = ModelSlot(dependencies, metrics)
    database = DatabaseWatch(dependencies)
    keys = ServiceKeys(dependencies)
    actions = Decisions(dependencies)
    recorder = Recorder(dependencies.open_spools)
    prediction = Predict(dependencies, slot, metrics, recorder)
    batches = batch.BatchPrices(dependencies, slot, metrics)
    opinions = Feedback(dependencies, slot, metrics, recorder, database)
    documents = Documents(dependencies)
    app: FastAPI = FastAPIOffline(
        title=f"{dependencies.market.title} API",
        version="1",
        redirect_slashes=False,
        routes=[
            Route(predict.PATH, prediction, methods=["GET", "POST"]),
            Route(batch.PATH, batches, methods=["POST"]),
            Route(feedback.PATH, opinions.post, methods=["POST"]),
            Route(decisions.PATH, actions.post, methods=["POST"]),
            Route(document.PATH, documents.answer, methods=["GET"]),
        ],
        responses=PROBLEMS,
        exception_handlers={
            HomesError: problems.homes_error,
            HTTPException: problems.http_error,
            RequestValidationError: problems.invalid_request,
            Exception: problems.unexpected,
        },
        lifespan=_lifespan(dependencies, (slot, database, keys), recorder, prediction, metrics),
    )
    app.add_middleware(KeyGate, dependencies=dependencies, keys=keys, metrics=metrics)
    for pages in (
        FieldPages(dependencies.market),
        LocalityPages(slot),
        HealthPages(dependencies, slot, database, recorder, keys),
        MetricsPages(dependencies, slot, database),
        Scrape(dependencies, slot, metrics, database, recorder),
        Estimates(dependencies, database),
        Models(dependencies),
    ):
        app.include_router(pages.router)
    for stored in (Logs(dependencies), actions):
        app.include_router(stored.router, dependencies=[Depends(database.require)])
    app.state.speech = speech = Speech(dependencies.market)
    app.openapi = lambda: documents.document(app)  # type: ignore[method-assign]
    app.add_middleware(Targets, speech=speech)
    # Last, so that it is outermost: a preflight bears no key.
    open_to_origins(app, dependencies.origins)
    return app


def _lifespan(
    dependencies: ServiceDependencies,
    watched: Iterable[Watching],
    recorder: Recorder,
    prediction: Predict,
    metrics: ServiceMetrics,
) -> Lifespan:
    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(recorder.open)
        await prediction.open()
        telling = _tell_spool(recorder, metrics, dependencies.clock)
        watches = [
            asyncio.create_task(watch) for watch in (*(part.watch() for part in watched), telling)
        ]
        try:
            yield
        finally:
            for watch in watches:
                watch.cancel()
            await asyncio.gather(*watches, return_exceptions=True)
            prediction.close()
            await asyncio.to_thread(recorder.close)
            await asyncio.to_thread(dependencies.close)

    return running


async def _tell_spool(
    recorder: Recorder, metrics: ServiceMetrics, clock: Callable[[], datetime]
) -> None:
    """Keep the series of this worker's spool fresh for whichever worker is asked."""

    def tell() -> None:
        metrics.spool(recorder.counts(), recorder.hours(), clock())

    trouble: str | None = None
    while True:
        trouble = attempt(tell, trouble)
        await asyncio.sleep(TELL_SPOOL_EVERY_S)
