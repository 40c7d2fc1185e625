"""The newest predictions and feedback, for the operator."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from homeprices.domain.requests.records import FeedbackRecord, PredictionRecord
from homeprices.domain.requests.request_metrics import PageQuery
from homeprices.serving.client import OperatorKey
from homeprices.serving.dependencies import ServiceDependencies

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

    def __init__(self, dependencies: ServiceDependencies, key: OperatorKey) -> None:
        self._dependencies = dependencies
        self.router = APIRouter(tags=["operator"], dependencies=[Depends(key)])
        self.router.add_api_route("/api/logs", self.newest)
        self.router.add_api_route("/api/logs/tail", self.tail)

    def newest(self, kind: KindQuery = LogKind.PREDICTIONS, limit: Limit = 100) -> Log:
        """The newest rows first."""
        return self._log(kind, PageQuery(limit))

    def tail(
        self,
        kind: KindQuery = LogKind.PREDICTIONS,
        limit: Limit = 100,
        after: Annotated[float | None, Query(description="UNIX seconds")] = None,
    ) -> Log:
        """Rows asked for after a time, oldest first; what is stored late is in /api/logs alone."""
        log = self._log(kind, PageQuery(limit, after))
        return log if after is not None else Log(kind, log.count, log.after, log.logs[::-1])

    def _log(self, kind: LogKind, page: PageQuery) -> Log:
        request_metrics = self._dependencies.request_metrics
        rows: list[PredictionRecord] | list[FeedbackRecord] = (
            request_metrics.predictions(page)
            if kind is LogKind.PREDICTIONS
            else request_metrics.feedback(page)
        )
        newest = max((row.at for row in rows), default=page.after)
        return Log(kind, len(rows), newest, [self._shown(row) for row in rows])

    def _shown(self, row: PredictionRecord | FeedbackRecord) -> dict[str, Any]:
        shown = asdict(row)
        uuid = row.id if isinstance(row, PredictionRecord) else row.prediction_id
        shown["prediction_id"] = self._dependencies.identity.issued(uuid)
        shown["at"] = datetime.fromtimestamp(row.at, UTC).isoformat()
        return shown
