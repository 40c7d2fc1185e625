"""What Prometheus reads of this process; a version's series are looked up once, when it loads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psutil
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from homeprices.stores.spool.spool import SpoolCounts

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
LABELS = ("variant", "slot")
NONE = "none"


@dataclass(frozen=True, slots=True)
class VersionMetrics:
    """The series of one model version that every answer touches."""

    predictions: Counter
    seconds: Histogram


class ServiceMetrics:
    """All series of one service; `variant` is the model version, `none` while there is none."""

    def __init__(self, slot: str) -> None:
        self._slot = slot
        self.registry = CollectorRegistry()
        self._predictions = Counter(
            "predictions_total", "Requests answered with a price", LABELS, registry=self.registry
        )
        self._seconds = Histogram(
            "prediction_duration_seconds",
            "From the request to its durable record",
            LABELS,
            buckets=SECONDS,
            registry=self.registry,
        )
        self._errors = Counter(
            "prediction_errors_total",
            "Requests for a price that got none, by code of the error",
            (*LABELS, "code"),
            registry=self.registry,
        )
        self._feedback = Counter(
            "feedback_total",
            "Feedback kept, by type; variant is the version served here when it came",
            (*LABELS, "type"),
            registry=self.registry,
        )

    def of(self, version: str) -> VersionMetrics:
        """The series of `version`."""
        return VersionMetrics(
            self._predictions.labels(version, self._slot),
            self._seconds.labels(version, self._slot),
        )

    def error(self, version: str | None, code: str) -> None:
        """Count a request that got no price."""
        self._errors.labels(version or NONE, self._slot, code).inc()

    def feedback(self, version: str | None, kind: str) -> None:
        """Count one feedback."""
        self._feedback.labels(version or NONE, self._slot, kind).inc()

    def watch(self, version: Callable[[], str | None], spool: Callable[[], SpoolCounts]) -> None:
        """Add what is read at each scrape: the machine and the spool."""
        self.registry.register(_Scraped(self._slot, version, spool))


class _Scraped(Collector):
    def __init__(
        self, slot: str, version: Callable[[], str | None], spool: Callable[[], SpoolCounts]
    ) -> None:
        self._slot = slot
        self._version = version
        self._spool = spool

    def collect(self) -> Iterator[Metric]:
        version = self._version()
        yield self._gauge("system_cpu_percent", "CPU in use", psutil.cpu_percent())
        memory = psutil.virtual_memory().percent
        yield self._gauge("system_memory_percent", "Memory in use", memory)
        yield self._gauge("model_loaded", "1 while a model is served", float(version is not None))
        counts = self._spool()
        records = GaugeMetricFamily(
            "spool_records", "issued = stored + waiting + set_aside", labels=("slot", "state")
        )
        for state in ("issued", "stored", "waiting", "set_aside"):
            records.add_metric([self._slot, state], getattr(counts, state))
        yield records
        sizes = GaugeMetricFamily("spool_bytes", "On disk", labels=("slot", "what"))
        sizes.add_metric([self._slot, "used"], counts.size_bytes)
        sizes.add_metric([self._slot, "budget"], counts.budget_bytes)
        yield sizes

    def _gauge(self, name: str, words: str, value: float) -> GaugeMetricFamily:
        family = GaugeMetricFamily(name, words, labels=LABELS)
        family.add_metric([self._version() or NONE, self._slot], value)
        return family
