"""What Prometheus reads of a service; a version's series are looked up once, when it loads.

Several workers of one service share their series through files in the folder that
PROMETHEUS_MULTIPROC_DIR names, so that each of them answers for all.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock

import psutil
from msgspec import structs
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from homeprices.domain.errors import (
    Corrupt,
    KeyEnded,
    KeyMisplaced,
    KeyMissing,
    KeyRefused,
    NoModel,
    ScopeTooSmall,
    Unavailable,
)
from homeprices.domain.explanation import Certainty
from homeprices.serving.access.rate_limit import RequestKind
from homeprices.serving.metrics.gauges import Collected
from homeprices.serving.metrics.process import LABELS, NONE
from homeprices.stores.spool.hours import HOUR_S, NO_HOUR, HourCounts, missing_records, summed
from homeprices.stores.spool.spool import SpoolCounts

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
SPOOL_STATES = ("issued", "stored", "waiting", "set_aside")
# The hours of the spool's records with series of their own, the one that is under way among them.
HOURS_TOLD, OTHER_HOURS = 6, "other"
# What keeps a model from being served: the store does not say which, or its files do not pass.
ASK, LOAD = "ask", "load"
# Errors that no visitor can cause, which alerts go by. A series that begins with its first error
# hides it from rate(): these begin at 0.
OUR_ERRORS = ("internal", Unavailable.code, NoModel.code, Corrupt.code)


@dataclass(frozen=True, slots=True)
class VersionMetrics:
    """The series of one model version that every answer touches."""

    predictions: Counter
    seconds: Histogram
    certainty: Mapping[Certainty, Counter]
    unlisted: Counter


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
        self._limited = Counter(
            "requests_limited_total",
            "Requests over the limit of their client, by kind",
            ("slot", "kind"),
            registry=self.registry,
        )
        for kind in RequestKind:
            self._limited.labels(slot, kind.value)
        self._certainty = Counter(
            "predictions_by_certainty_total",
            "Prices by how wide their range is: high, fair, low, too_few comparables",
            (*LABELS, "certainty"),
            registry=self.registry,
        )
        self._unlisted = Counter(
            "predictions_unlisted_locality_total",
            "Prices of homes in localities that the model has no listings of",
            LABELS,
            registry=self.registry,
        )
        self._batch_rows = Counter(
            "batch_rows_total",
            "Homes of batches, by outcome: priced, failed",
            (*LABELS, "outcome"),
            registry=self.registry,
        )
        self._batches = Counter(
            "batches_total",
            "Batches, by outcome: done, ended (not read to its end), refused, cut_off",
            ("slot", "outcome"),
            registry=self.registry,
        )
        self._batch_seconds = Counter(
            "batch_seconds_total",
            "Time that batches took, those that were refused as well",
            ("slot",),
            registry=self.registry,
        )
        self._load_failures = Counter(
            "model_load_failures_total",
            "Looks for the model to serve that failed: in asking which it is, or in loading it",
            ("slot", "step"),
            registry=self.registry,
        )
        self._begin_errors(NONE)
        for step in (ASK, LOAD):
            self._load_failures.labels(slot, step)
        self._spool_records = Gauge(
            "spool_records",
            "issued = stored + waiting + set_aside",
            ("slot", "state"),
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._spool_hours = Gauge(
            "spool_hour_records",
            "The same of a version (none, feedback, damaged ...) and hour: hours_ago 0 to 5, other",
            ("slot", "variant", "hours_ago", "state"),
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._spool_missing = Gauge(
            "spool_missing_records",
            "Records of any version and hour that are not stored, waiting or set_aside, or twice",
            ("slot",),
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._telling = Lock()
        self._spool_hours_told: dict[tuple[str, str], dict[str, Gauge]] = {}
        self._spool_bytes = Gauge(
            "spool_bytes",
            "On disk",
            ("slot", "what"),
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._keys_refused = Counter(
            "keys_refused_total",
            "Requests that were refused for their key, by code of the error",
            ("slot", "code"),
            registry=self.registry,
        )
        for error in (KeyMissing, KeyMisplaced, KeyRefused, KeyEnded, ScopeTooSmall):
            self._keys_refused.labels(slot, error.code)
        self._key_requests = Counter(
            "key_requests_total",
            "Requests that a key let in, by its id; operator: the operator's key",
            ("slot", "key"),
            registry=self.registry,
        )
        self._used: dict[str, Counter] = {}
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
        self._begin_errors(version)
        return VersionMetrics(
            self._predictions.labels(version, self._slot),
            self._seconds.labels(version, self._slot),
            {kind: self._certainty.labels(version, self._slot, kind.value) for kind in Certainty},
            self._unlisted.labels(version, self._slot),
        )

    def error(self, version: str | None, code: str) -> None:
        """Count a request that got no price."""
        self._errors.labels(version or NONE, self._slot, code).inc()

    def feedback(self, version: str | None, kind: str) -> None:
        """Count one feedback."""
        self._feedback.labels(version or NONE, self._slot, kind).inc()

    def key_refused(self, code: str) -> None:
        """Count a request that was refused for its key."""
        self._keys_refused.labels(self._slot, code).inc()

    def key_used(self, key: str) -> None:
        """Count a request that the key of this id let in."""
        series = self._used.get(key)
        if series is None:
            series = self._used[key] = self._key_requests.labels(self._slot, key)
        series.inc()

    def batch(self, outcome: str, seconds: float) -> None:
        """Count a batch that is over: done, ended, refused or cut_off."""
        self._batches.labels(self._slot, outcome).inc()
        self._batch_seconds.labels(self._slot).inc(seconds)

    def batch_rows(self, version: str | None, priced: int, failed: int) -> None:
        """Count rows of a batch."""
        for outcome, rows in (("priced", priced), ("failed", failed)):
            self._batch_rows.labels(version or NONE, self._slot, outcome).inc(rows)

    def limited(self, kind: RequestKind) -> None:
        """Count a request over the limit of its client."""
        self._limited.labels(self._slot, kind.value).inc()

    def load_failure(self, step: str) -> None:
        """Count a model that is not served for a failure of ASK or LOAD."""
        self._load_failures.labels(self._slot, step).inc()

    def spool(self, counts: SpoolCounts, hours: Sequence[HourCounts], now: datetime) -> None:
        """Tell where the records of this worker are, in all and by version and hour."""
        for state in SPOOL_STATES:
            self._spool_records.labels(self._slot, state).set(getattr(counts, state))
        self._spool_bytes.labels(self._slot, "used").set(counts.size_bytes)
        self._spool_bytes.labels(self._slot, "budget").set(counts.budget_bytes)
        self._spool_missing.labels(self._slot).set(missing_records(hours))
        sums = _by_age(hours, int(now.timestamp() // HOUR_S))
        # A scrape tells them from a thread of its own, beside whoever tells them each second.
        with self._telling:
            for labels in sums.keys() - self._spool_hours_told.keys():
                self._spool_hours_told[labels] = {
                    state: self._spool_hours.labels(self._slot, *labels, state)
                    for state in SPOOL_STATES
                }
            # What is told no more is 0: workers are summed, and what one has told once stays.
            for labels, series in self._spool_hours_told.items():
                row = sums.get(labels)
                for state, gauge in series.items():
                    gauge.set(getattr(row, state) if row else 0)

    def object_requests(self, totals: Mapping[str, int]) -> None:
        """Tell how often this worker has asked the object store so far, by kind."""
        for kind, total in totals.items():
            self._object_requests.labels(self._slot, kind).inc(total - self._told.get(kind, 0))
            self._told[kind] = total

    def _begin_errors(self, version: str) -> None:
        for code in OUR_ERRORS:
            self._errors.labels(version, self._slot, code)

    def page(self, read: Iterable[Metric] = ()) -> bytes:
        """Every series of all workers, and those that were `read`, in Prometheus' text format."""
        registry = self.registry
        if self._shared is not None:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, str(self._shared))  # type: ignore[no-untyped-call]
        now = CollectorRegistry(auto_describe=False)
        now.register(Collected(list(read)))
        return generate_latest(registry) + generate_latest(now)


def _by_age(rows: Iterable[HourCounts], hour: int) -> dict[tuple[str, str], HourCounts]:
    """Sums by version and how many hours ago, which `other` stands for beyond those told."""
    told = range(hour - HOURS_TOLD + 1, hour + 1)
    sums = summed(
        [[row if row.hour in told else structs.replace(row, hour=NO_HOUR) for row in rows]]
    )
    return {
        (row.model_version, str(hour - row.hour) if row.hour in told else OTHER_HOURS): row
        for row in sums
    }


def _forget_dead_workers(folder: Path) -> None:
    """Leave what killed workers had waiting out of the sums: their successors count it."""
    for path in folder.glob("gauge_live*_*.db"):
        pid = int(path.stem.rpartition("_")[2])
        if pid != os.getpid() and not psutil.pid_exists(pid):
            mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]
