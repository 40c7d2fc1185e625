"""Compares what visitors ask about with the listings that production was made of."""

from __future__ import annotations

from datetime import datetime, timedelta

from homeprices.domain.drift import MIN_REQUESTS, DriftReport, FeatureDrift, compare
from homeprices.domain.manifest import DatasetManifest
from homeprices.ports import Traffic

NUMBERS = ("area", "bedrooms", "bathrooms")
NAMES = ("locality",)


def watch_drift(
    dataset: DatasetManifest | None, traffic: Traffic, now: datetime, days: int = 7
) -> DriftReport:
    """The drift of the priced requests of the last `days` days; raises Unavailable.

    `dataset` is the one that production was trained on, None without production.
    """
    if dataset is None:
        words = "There is no production model yet, so there is nothing to compare with."
        return DriftReport("no model", words, False, 0, days)
    expected, seen = _histograms(dataset, traffic, now - timedelta(days=days))
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


def _histograms(
    dataset: DatasetManifest, traffic: Traffic, since: datetime
) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """Counts of listings and of requests over the same bins, for each fact that both know."""
    profile = dataset.profile
    numbers = {name: profile.numbers[name] for name in NUMBERS if name in profile.numbers}
    names = {name: profile.names[name] for name in NAMES if name in profile.names}
    expected = {name: bins.counts for name, bins in {**numbers, **names}.items()}
    seen = {name: traffic.number_counts(name, bins, since) for name, bins in numbers.items()}
    seen |= {name: traffic.name_counts(name, bins, since) for name, bins in names.items()}
    return expected, seen


def _words(moved: list[str], found: dict[str, FeatureDrift], dataset: str) -> str:
    if not moved:
        return f"Visitors ask about homes like those of dataset {dataset}."
    largest = ", ".join(f"{name} by {found[name].drift_percentage} points" for name in moved)
    return f"Visitors ask about other homes than those of dataset {dataset}: {largest}."
