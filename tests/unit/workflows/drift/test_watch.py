"""Drift is told only when enough was asked, and named feature by feature."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from conftest import StoppedClock
from homeprices.domain.drift import NameBins, NumberBins, Profile
from homeprices.domain.manifest import DatasetManifest
from homeprices.workflows.drift.watch import DriftDesk, DriftWatch, watch_drift
from support.fakes import MemoryDrift
from support.service import MARKET, MemoryLog, MemoryTraffic

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
DATASET = DatasetManifest(
    version="V3",
    market="bangalore",
    source="listings.csv",
    simulated=False,
    rows=1000,
    rejected={},
    created_at=NOW.isoformat(),
    files={},
    profile=Profile(
        numbers={"area": NumberBins([1000.0], [500, 500])},
        names={"locality": NameBins(["hebbal"], [300, 700])},
    ),
)


@pytest.fixture
def traffic() -> MemoryTraffic:
    return MemoryTraffic(MemoryLog())


def watch(traffic: MemoryTraffic) -> DriftWatch:
    return DriftWatch(traffic, MARKET, lambda: NOW)


def test_traffic_like_the_listings_is_quiet(traffic: MemoryTraffic) -> None:
    traffic.counts = {"area": [500, 500]}
    traffic.localities = {"Hebbal": 300, "Whitefield": 700}
    report = watch(traffic).report(DATASET)
    assert (report.status, report.overall_drift_detected, report.requests) == ("quiet", False, 1000)
    assert set(report.drift_indicators) == {"area", "locality"}
    assert report.dataset == "V3"


def test_a_feature_that_moved_is_named(traffic: MemoryTraffic) -> None:
    traffic.counts = {"area": [900, 100]}
    traffic.localities = {"Hebbal": 300, "Whitefield": 700}
    report = watch(traffic).report(DATASET)
    assert (report.status, report.overall_drift_detected) == ("drift", True)
    assert report.drift_indicators["area"].significant_drift
    assert not report.drift_indicators["locality"].significant_drift
    assert "area by 40.0 points" in report.message


@pytest.mark.parametrize(("requests", "status"), [(199, "too few requests"), (200, "quiet")])
def test_below_two_hundred_requests_nothing_is_told(
    traffic: MemoryTraffic, requests: int, status: str
) -> None:
    traffic.counts = {"area": [requests // 2, requests - requests // 2]}
    traffic.localities = {"hebbal": requests * 3 // 10, "x": requests - requests * 3 // 10}
    report = watch(traffic).report(DATASET)
    assert (report.status, report.requests) == (status, requests)
    assert not report.overall_drift_detected


def test_without_production_there_is_nothing_to_compare_with(traffic: MemoryTraffic) -> None:
    assert watch(traffic).report(None).status == "no model"


def test_a_day_keeps_its_first_report(traffic: MemoryTraffic, clock: StoppedClock) -> None:
    traffic.counts = {"area": [900, 100]}
    traffic.localities = {"Hebbal": 300, "Whitefield": 700}
    desk = DriftDesk(DriftWatch(traffic, MARKET, clock), MemoryDrift(), lambda: DATASET)
    first = watch_drift(desk)
    assert (first.day, first.report.status) == ("2026-11-02", "drift")
    traffic.counts = {"area": [500, 500]}
    clock.advance(hours=2)
    assert watch_drift(desk) == first
    clock.advance(hours=24)
    assert watch_drift(desk).report.status == "quiet"
    assert desk.log.flagged_since(NOW) == first
