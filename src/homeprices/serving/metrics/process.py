"""What is read of the process and its machine at each scrape."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import psutil
from prometheus_client.core import Metric

from homeprices.serving.metrics.gauges import Declared, LabelledValue

LABELS = ("variant", "slot")
NONE = "none"


@dataclass(frozen=True, slots=True)
class ProcessReading:
    """The service now. `version` is None while no model is served, then `made_at` is, too."""

    slot: str
    version: str | None
    made_at: datetime | None
    has_database: bool
    disk_free_bytes: int
    disk_size_bytes: int
    now: datetime

    @property
    def labels(self) -> tuple[str, str]:
        """Its values of LABELS."""
        return (self.version or NONE, self.slot)


def _age(reading: ProcessReading) -> list[LabelledValue]:
    if reading.made_at is None:
        return []
    return [(reading.labels, (reading.now - reading.made_at).total_seconds())]


PROCESS: tuple[Declared[ProcessReading], ...] = (
    Declared(
        "system_cpu_percent", "CPU in use", lambda r: [(r.labels, psutil.cpu_percent())], LABELS
    ),
    Declared(
        "system_memory_percent",
        "Memory in use",
        lambda r: [(r.labels, psutil.virtual_memory().percent)],
        LABELS,
    ),
    Declared(
        "model_loaded",
        "1 while a model is served",
        lambda r: [(r.labels, float(r.version is not None))],
        LABELS,
    ),
    Declared("model_age_seconds", "Since the version that is served was published", _age, LABELS),
    Declared(
        "database_up",
        "1 while PostgreSQL answers this service",
        lambda r: [((r.slot,), float(r.has_database))],
        ("slot",),
    ),
    Declared(
        "disk_free_bytes",
        "Free on the disk of the spool",
        lambda r: [((r.slot,), r.disk_free_bytes)],
        ("slot",),
    ),
    Declared(
        "disk_size_bytes",
        "Size of the disk of the spool",
        lambda r: [((r.slot,), r.disk_size_bytes)],
        ("slot",),
    ),
)


def process_families(reading: ProcessReading) -> Iterator[Metric]:
    """Every series of the process."""
    return (gauge.family(reading) for gauge in PROCESS)
