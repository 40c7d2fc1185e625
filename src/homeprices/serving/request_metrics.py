"""What the requests say: figures of each model version, drift, and the page for Prometheus."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from homeprices.domain.drift import DriftReport
from homeprices.domain.requests.request_metrics import (
    FeedbackFigures,
    PredictionFigures,
    VersionFigures,
)
from homeprices.serving.dependencies import ServiceDependencies
from homeprices.serving.health import DatabaseWatch
from homeprices.serving.metrics import ServiceMetrics
from homeprices.serving.recorder import Recorder
from homeprices.serving.slot import ModelSlot

MOST_HOURS = 24 * 366


@dataclass(frozen=True, slots=True)
class MetricsReport:
    """Figures of the version served here (`variant`) and of every version that answered."""

    variant: str | None
    slot: str
    time_period_hours: float
    timestamp: str
    predictions: PredictionFigures
    feedback: FeedbackFigures
    variants: dict[str, VersionFigures]


class MetricsPages:
    """GET /api/metrics, /api/drift_report and /metrics."""

    def __init__(
        self,
        dependencies: ServiceDependencies,
        slot: ModelSlot,
        metrics: ServiceMetrics,
        database: DatabaseWatch,
        recorder: Recorder,
    ) -> None:
        self._dependencies = dependencies
        self._slot = slot
        self._metrics = metrics
        self._recorder = recorder
        self.router = APIRouter(tags=["figures"])
        stored = [Depends(database.require)]
        self.router.add_api_route("/api/metrics", self.metrics, dependencies=stored)
        self.router.add_api_route("/api/drift_report", self.drift, dependencies=stored)
        self.router.add_api_route("/metrics", self.prometheus, response_class=Response)

    def metrics(self, hours: Annotated[float, Query(gt=0, le=MOST_HOURS)] = 24) -> MetricsReport:
        """Latency and feedback over the last hours, for each model version."""
        now = self._dependencies.clock()
        variants = self._dependencies.request_metrics.figures(now - timedelta(hours=hours))
        served = self._slot.served
        variant = served.version if served else None
        figures = variants.get(variant or "", VersionFigures())
        return MetricsReport(
            variant=variant,
            slot=self._dependencies.slot.value,
            time_period_hours=hours,
            timestamp=now.isoformat(),
            predictions=figures.predictions,
            feedback=figures.feedback,
            variants=variants,
        )

    def drift(self, days: Annotated[int, Query(ge=1, le=365)] = 7) -> DriftReport:
        """The requests of the last days against the listings that production was made of."""
        return self._dependencies.drift(days)

    def prometheus(self) -> Response:
        """The series of this service, in the Prometheus text format."""
        served = self._slot.served
        self._metrics.spool(self._recorder.counts())
        return Response(
            self._metrics.page(served.version if served else None), media_type=CONTENT_TYPE_LATEST
        )
