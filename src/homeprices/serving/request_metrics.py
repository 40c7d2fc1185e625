"""What the requests say: figures of each version, drift, newest rows."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from homeprices.domain.drift import DriftReport
from homeprices.domain.requests import records
from homeprices.serving.dependencies import ServiceDependencies
from homeprices.serving.health import DatabaseWatch
from homeprices.serving.slot import ModelSlot

MOST_HOURS = 24 * 366
# The last moment that dates can tell, in UNIX seconds.
LATEST = 253_402_300_799


@dataclass(frozen=True, slots=True)
class MetricsReport:
    """Figures of the version served here (`variant`) and of every version that answered."""

    variant: str | None
    slot: str
    time_period_hours: float
    timestamp: str
    predictions: records.PredictionFigures
    feedback: records.FeedbackFigures
    variants: dict[str, records.VersionFigures]


class MetricsPages:
    """GET /api/metrics and /api/drift_report."""

    def __init__(
        self,
        dependencies: ServiceDependencies,
        slot: ModelSlot,
        database: DatabaseWatch,
    ) -> None:
        self._dependencies = dependencies
        self._slot = slot
        self.router = APIRouter(tags=["metrics"])
        stored = [Depends(database.require)]
        self.router.add_api_route("/api/metrics", self.metrics, dependencies=stored)
        self.router.add_api_route("/api/drift_report", self.drift, dependencies=stored)

    def metrics(self, hours: Annotated[float, Query(gt=0, le=MOST_HOURS)] = 24) -> MetricsReport:
        """Latency and feedback over the last hours, for each model version."""
        now = self._dependencies.clock()
        variants = self._dependencies.request_metrics.figures(now - timedelta(hours=hours))
        served = self._slot.served
        variant = served.version if served else None
        figures = variants.get(variant or "", records.VersionFigures())
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


Limit = Annotated[int, Query(ge=1, le=1000, description="how many rows at most")]


class LogKind(StrEnum):
    """Which table."""

    PREDICTIONS = "predictions"
    FEEDBACK = "feedback"


KindQuery = Annotated[LogKind, Query(alias="type")]


@dataclass(frozen=True, slots=True)
class Log:
    """Rows of one table; `after` is the time to ask `tail` from next, in UNIX seconds."""

    type: LogKind
    count: int
    after: float | None
    logs: list[dict[str, Any]]


class Logs:
    """GET /api/logs and /api/logs/tail."""

    def __init__(self, dependencies: ServiceDependencies) -> None:
        self._dependencies = dependencies
        self.router = APIRouter(tags=["operator"])
        self.router.add_api_route("/api/logs", self.newest)
        self.router.add_api_route("/api/logs/tail", self.tail)

    def newest(self, kind: KindQuery = LogKind.PREDICTIONS, limit: Limit = 100) -> Log:
        """The newest rows first."""
        return self._log(kind, records.PageQuery(limit))

    def tail(
        self,
        kind: KindQuery = LogKind.PREDICTIONS,
        limit: Limit = 100,
        after: Annotated[float | None, Query(ge=0, le=LATEST)] = None,
    ) -> Log:
        """Rows asked for after a time, oldest first; what is stored late is in /api/logs alone."""
        log = self._log(kind, records.PageQuery(limit, after))
        return log if after is not None else Log(kind, log.count, log.after, log.logs[::-1])

    def _log(self, kind: LogKind, page: records.PageQuery) -> Log:
        request_metrics = self._dependencies.request_metrics
        rows: list[records.PredictionRecord] | list[records.FeedbackRecord] = (
            request_metrics.predictions(page)
            if kind is LogKind.PREDICTIONS
            else request_metrics.feedback(page)
        )
        newest = max((row.at for row in rows), default=page.after)
        return Log(kind, len(rows), newest, [self._shown(row) for row in rows])

    def _shown(self, row: records.PredictionRecord | records.FeedbackRecord) -> dict[str, Any]:
        shown = asdict(row)
        uuid = row.id if isinstance(row, records.PredictionRecord) else row.prediction_id
        shown["prediction_id"] = self._dependencies.identity.issued(uuid)
        shown["at"] = datetime.fromtimestamp(row.at, UTC).isoformat()
        return shown
