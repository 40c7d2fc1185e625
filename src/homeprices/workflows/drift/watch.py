"""Compares what visitors ask about with the listings that production was made of, day by day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from homeprices import bootstrap, markets
from homeprices.bootstrap import Stores
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
from homeprices.domain.versions import DatasetVersion
from homeprices.ports import Clock, DriftLog, RequestMetrics
from homeprices.settings import Settings

Histograms = dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class DriftWatch:
    """Watches `market` through the tables of predictions."""

    traffic: RequestMetrics
    market: Market
    clock: Clock

    def report(self, dataset: DatasetManifest | None, days: int = 7) -> DriftReport:
        """The drift of the priced requests of the last `days` days; raises Unavailable.

        `dataset` is the one that production was trained on, None without production.
        """
        if dataset is None:
            words = "There is no production model yet, so there is nothing to compare with."
            return DriftReport("no model", words, False, 0, days)
        seen = self._seen(dataset.profile, self.clock() - timedelta(days=days))
        return _compared(dataset, seen, days)

    def _seen(self, profile: Profile, since: datetime) -> Histograms:
        """Counts of requests over the profile's own bins."""
        seen = {
            name: self.traffic.number_counts(name, bins, since)
            for name, bins in profile.numbers.items()
        }
        localities = self.traffic.locality_counts(since)
        total = max((sum(counts) for counts in seen.values()), default=0)
        for name, bins in profile.names.items():
            seen[name] = [0] * len(bins.counts)
            for locality, requests in localities.items():
                seen[name][bins.place(locality_key(locality, self.market))] += requests
            seen[name][-1] += max(0, total - sum(seen[name]))
        return seen


@dataclass(frozen=True, slots=True)
class DriftDesk:
    """What the daily watch needs; `dataset` finds the one that production was trained on."""

    watch: DriftWatch
    log: DriftLog
    dataset: Callable[[], DatasetManifest | None]


def drift_desk(settings: Settings) -> DriftDesk:
    """The desk that `settings` point at; raises Refused when no database is known."""
    stores, database = bootstrap.stores(settings), bootstrap.database(settings)
    return DriftDesk(
        DriftWatch(bootstrap.traffic(database), markets.load(settings.market), bootstrap.clock),
        bootstrap.drift_log(database),
        lambda: production_dataset(stores),
    )


def watch_drift(desk: DriftDesk, days: int = 7) -> KeptReport:
    """Today's report (UTC) over the last `days` days, made and kept.

    A day has one report: made again, the first is returned and nothing changes.
    Raises Unavailable.
    """
    at = desk.watch.clock()
    kept = desk.log.latest()
    if kept is not None and kept.day == at.date().isoformat():
        return kept
    report = desk.watch.report(desk.dataset(), days)
    desk.log.keep(at.date(), at, report)
    return desk.log.latest() or KeptReport(at.date().isoformat(), at.isoformat(), report)


def production_dataset(stores: Stores) -> DatasetManifest | None:
    """The dataset that production was trained on; None without production."""
    production = stores.registry.production()
    return stores.shelf.manifest(DatasetVersion.parse(production.dataset)) if production else None


def _compared(dataset: DatasetManifest, seen: Histograms, days: int) -> DriftReport:
    expected = {name: bins.counts for name, bins in dataset.profile.numbers.items()}
    expected |= {name: bins.counts for name, bins in dataset.profile.names.items()}
    requests = max((sum(counts) for counts in seen.values()), default=0)
    if requests < MIN_REQUESTS:
        words = (
            f"Too few requests to tell: {requests} in the last {days} days, "
            f"{MIN_REQUESTS} are needed."
        )
        return DriftReport("too few requests", words, False, requests, days, dataset.version)
    found = {name: compare(expected[name], counts) for name, counts in seen.items()}
    moved = [name for name, drift in found.items() if drift.significant_drift]
    return DriftReport(
        status="drift" if moved else "quiet",
        message=_words(moved, found, dataset.version),
        overall_drift_detected=bool(moved),
        requests=requests,
        days=days,
        dataset=dataset.version,
        drift_indicators=found,
    )


def _words(moved: list[str], found: dict[str, FeatureDrift], dataset: str) -> str:
    if not moved:
        return f"Visitors ask about homes like those of dataset {dataset}."
    largest = ", ".join(f"{name} by {found[name].drift_percentage} points" for name in moved)
    return f"Visitors ask about other homes than those of dataset {dataset}: {largest}."
