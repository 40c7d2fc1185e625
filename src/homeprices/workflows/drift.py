"""Compares what visitors ask about with the listings that production was made of, day by day."""

from datetime import datetime, timedelta

from homeprices.domain.drift import (
    MIN_REQUESTS,
    DriftReport,
    FeatureDrift,
    KeptReport,
    Profile,
    compare,
)
from homeprices.domain.locality import locality_key
from homeprices.domain.manifest import DatasetManifest
from homeprices.domain.market import Market
from homeprices.domain.units import counted
from homeprices.domain.versions import DatasetVersion
from homeprices.ports import Tracker
from homeprices.reports.pages import drift_page
from homeprices.workflows.context import DriftPorts

Histograms = dict[str, list[int]]


def drift_report(ports: DriftPorts, days: int = 7) -> DriftReport:
    """The drift of the priced requests of the last `days` days; raises Unavailable.

    They are compared with the dataset that production was trained on.
    """
    dataset = _production_dataset(ports)
    if dataset is None:
        words = "There is no production model yet, so there is nothing to compare with."
        return DriftReport("no model", words, False, 0, days)
    seen = _seen(ports, dataset.profile, ports.clock() - timedelta(days=days))
    return _compared(dataset, seen, days)


def _seen(ports: DriftPorts, profile: Profile, since: datetime) -> Histograms:
    """Counts of requests over the profile's own bins."""
    seen = {
        name: ports.request_metrics.number_counts(name, bins, since)
        for name, bins in profile.numbers.items()
    }
    localities = ports.request_metrics.locality_counts(since)
    total = max((sum(counts) for counts in seen.values()), default=0)
    for name, bins in profile.names.items():
        seen[name] = [0] * len(bins.counts)
        for locality, requests in localities.items():
            seen[name][bins.place(locality_key(locality, ports.market))] += requests
        seen[name][-1] += max(0, total - sum(seen[name]))
    return seen


def watch_drift(ports: DriftPorts, days: int = 7) -> KeptReport:
    """Today's report (UTC) over the last `days` days, made and kept.

    A day has one report: made again, the first is returned and nothing changes.
    Raises Unavailable.
    """
    at = ports.clock()
    kept = ports.drift_log.latest()
    if kept is not None and kept.day == at.date().isoformat():
        return kept
    report = drift_report(ports, days)
    ports.drift_log.keep(at.date(), at, report)
    return ports.drift_log.latest() or KeptReport(at.date().isoformat(), at.isoformat(), report)


def log_drift_page(report: DriftReport, at: datetime, tracker: Tracker, market: Market) -> str:
    """The run that the page of the day is kept as; the first of a day counts.

    Raises Unavailable when the tracking server is away.
    """
    figures = {"requests": float(report.requests)}
    for name, drift in report.drift_indicators.items():
        public = market.fields.get(name, name)
        figures[f"{public}/psi"] = drift.psi
        figures[f"{public}/largest_move_points"] = drift.drift_percentage
    return tracker.keep_page(f"drift {at:%Y-%m-%d}", drift_page(report, market, at), figures)


def _production_dataset(ports: DriftPorts) -> DatasetManifest | None:
    """The dataset that production was trained on; None without production."""
    production = ports.registry.production()
    return ports.datasets.manifest(DatasetVersion.parse(production.dataset)) if production else None


def _compared(dataset: DatasetManifest, seen: Histograms, days: int) -> DriftReport:
    expected = {name: bins.counts for name, bins in dataset.profile.numbers.items()}
    expected |= {name: bins.counts for name, bins in dataset.profile.names.items()}
    requests = max((sum(counts) for counts in seen.values()), default=0)
    if requests < MIN_REQUESTS:
        words = (
            f"Too few requests to tell: {requests} in the last {counted(days, 'day')}, "
            f"{MIN_REQUESTS} are needed."
        )
        return DriftReport("too few requests", words, False, requests, days, dataset.version)
    drifts = {name: compare(expected[name], counts) for name, counts in seen.items()}
    moved = [name for name, drift in drifts.items() if drift.significant_drift]
    return DriftReport(
        status="drift" if moved else "quiet",
        message=_words(moved, drifts, dataset.version),
        overall_drift_detected=bool(moved),
        requests=requests,
        days=days,
        dataset=dataset.version,
        drift_indicators=drifts,
    )


def _words(moved: list[str], drifts: dict[str, FeatureDrift], dataset: str) -> str:
    if not moved:
        return f"Visitors ask about homes like those of dataset {dataset}."
    largest = ", ".join(f"{name} by {drifts[name].drift_percentage} points" for name in moved)
    return f"Visitors ask about other homes than those of dataset {dataset}: {largest}."
