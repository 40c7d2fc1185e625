"""What Prometheus reads of a service; a version's series are looked up once, when it loads.

Several workers of one service share their series through files in the folder that
PROMETHEUS_MULTIPROC_DIR names, so that each of them answers for all.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
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
    """All series of one service; `variant` is the model version, `none` while there is none.

    `shared` is the folder of several workers, None for one alone.
    """

    def __init__(self, slot: str, shared: Path | None = None) -> None:
        self._slot = slot
        self._shared = shared
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
        self._spool_records = Gauge(
            "spool_records",
            "issued = stored + waiting + set_aside",
            ("slot", "state"),
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._spool_bytes = Gauge(
            "spool_bytes",
            "On disk",
            ("slot", "what"),
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._object_requests = Counter(
            "object_store_requests_total",
            "Requests to the object store, by kind: put, get, list, delete",
            ("slot", "kind"),
            registry=self.registry,
        )
        self._told: dict[str, int] = {}
        if shared is not None:
            _forget_dead_workers(shared)

    def for_version(self, version: str) -> VersionMetrics:
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

    def spool(self, counts: SpoolCounts) -> None:
        """Tell where the records of this worker are."""
        for state in ("issued", "stored", "waiting", "set_aside"):
            self._spool_records.labels(self._slot, state).set(getattr(counts, state))
        self._spool_bytes.labels(self._slot, "used").set(counts.size_bytes)
        self._spool_bytes.labels(self._slot, "budget").set(counts.budget_bytes)

    def object_requests(self, totals: Mapping[str, int]) -> None:
        """Tell how often this worker has asked the object store so far, by kind."""
        for kind, total in totals.items():
            self._object_requests.labels(self._slot, kind).inc(total - self._told.get(kind, 0))
            self._told[kind] = total

    def page(self, version: str | None) -> bytes:
        """Every series of all workers, in the Prometheus text format; `version` is served now."""
        registry = self.registry
        if self._shared is not None:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, str(self._shared))  # type: ignore[no-untyped-call]
        machine = CollectorRegistry()
        machine.register(_Machine(self._slot, version))
        return generate_latest(registry) + generate_latest(machine)


class _Machine(Collector):
    """What is read at each scrape."""

    def __init__(self, slot: str, version: str | None) -> None:
        self._labels = [version or NONE, slot]
        self._loaded = float(version is not None)

    def collect(self) -> Iterator[Metric]:
        yield self._gauge("system_cpu_percent", "CPU in use", psutil.cpu_percent())
        memory = psutil.virtual_memory().percent
        yield self._gauge("system_memory_percent", "Memory in use", memory)
        yield self._gauge("model_loaded", "1 while a model is served", self._loaded)

    def _gauge(self, name: str, words: str, value: float) -> GaugeMetricFamily:
        family = GaugeMetricFamily(name, words, labels=LABELS)
        family.add_metric(self._labels, value)
        return family


def _forget_dead_workers(folder: Path) -> None:
    """Leave what killed workers had waiting out of the sums: their successors count it."""
    for path in folder.glob("gauge_live*_*.db"):
        pid = int(path.stem.rpartition("_")[2])
        if pid != os.getpid() and not psutil.pid_exists(pid):
            mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]
