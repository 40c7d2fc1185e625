"""GET /metrics: the series of this service, for Prometheus."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import psutil
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.core import Metric
from starlette.responses import Response

from homeprices.serving.dependencies import ServiceDependencies
from homeprices.serving.health import DatabaseWatch
from homeprices.serving.metrics import ServiceMetrics
from homeprices.serving.metrics.gauges import Declared
from homeprices.serving.metrics.loop import STANDING, StandingNow, value_gauges
from homeprices.serving.metrics.process import ProcessReading, process_families
from homeprices.serving.metrics.reading import KeptReading
from homeprices.serving.recorder import Recorder
from homeprices.serving.slot import ModelSlot

READ_AGE: Declared[dict[str, float]] = Declared(
    "homes_read_age_seconds",
    "Since the series of the loop (standing) and of its worth (value) could be read",
    lambda ages: [((name,), age_s) for name, age_s in ages.items()],
    ("what",),
)


class Scrape:
    """The route; what it reads of PostgreSQL and the registry is kept between scrapes."""

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
        self._database = database
        self._recorder = recorder
        self._standing = KeptReading(dependencies.standing) if dependencies.standing else None
        self._value = KeptReading(dependencies.value) if dependencies.value else None
        self._value_gauges = value_gauges(dependencies.market.money)
        self.router = APIRouter(tags=["metrics"])
        text: dict[int | str, dict[str, Any]] = {
            200: {"content": {"text/plain": {"schema": {"type": "string"}}}}
        }
        self.router.add_api_route(
            "/metrics", self.prometheus, response_class=Response, responses=text
        )

    def prometheus(self) -> Response:
        """The series of this service, in the Prometheus text format."""
        recorder, now = self._recorder, self._dependencies.clock()
        self._metrics.spool(recorder.counts(), recorder.hours(), now)
        return Response(self._metrics.page(self._families()), media_type=CONTENT_TYPE_LATEST)

    def _families(self) -> Iterator[Metric]:
        now = self._dependencies.clock()
        yield from process_families(self._reading(now))
        ages = {}
        if self._standing is not None:
            standing = self._standing.value()
            ages["standing"] = self._standing.age_s
            if standing is not None:
                standing_now = StandingNow(standing, now)
                yield from (gauge.family(standing_now) for gauge in STANDING)
        if self._value is not None:
            value = self._value.value()
            ages["value"] = self._value.age_s
            if value is not None:
                yield from (gauge.family(value) for gauge in self._value_gauges)
        if ages:
            yield READ_AGE.family(ages)

    def _reading(self, now: datetime) -> ProcessReading:
        served = self._slot.served
        disk = psutil.disk_usage(str(self._recorder.spool.folder))
        return ProcessReading(
            slot=self._dependencies.slot.value,
            version=served.version if served else None,
            made_at=datetime.fromisoformat(served.manifest.created_at) if served else None,
            has_database=self._database.problem is None,
            disk_free_bytes=disk.free,
            disk_size_bytes=disk.total,
            now=now,
        )
