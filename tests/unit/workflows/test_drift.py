"""Drift is told only when enough was asked, and named feature by feature."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from conftest import StoppedClock
from homeprices.domain.drift import DriftReport, FeatureDrift, NameBins, NumberBins, Profile
from homeprices.domain.manifest import DatasetManifest
from homeprices.workflows.drift import drift_report, log_drift_page, watch_drift
from support.fakes import MemoryHomes, MemoryTracker
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


@pytest.fixture
def watched(homes: MemoryHomes, traffic: MemoryTraffic, monkeypatch) -> MemoryHomes:
    """Production was trained on DATASET."""
    homes.request_metrics = traffic
    monkeypatch.setattr(homes.datasets, "manifest", lambda _: DATASET)
    return homes


def test_traffic_like_the_listings_is_quiet(traffic: MemoryTraffic, watched: MemoryHomes) -> None:
    traffic.counts = {"area": [500, 500]}
    traffic.localities = {"Hebbal": 300, "Whitefield": 700}
    report = drift_report(watched)
    assert (report.status, report.overall_drift_detected, report.requests) == ("quiet", False, 1000)
    assert set(report.drift_indicators) == {"area", "locality"}
    assert report.dataset == "V3"


def test_a_feature_that_moved_is_named(traffic: MemoryTraffic, watched: MemoryHomes) -> None:
    traffic.counts = {"area": [900, 100]}
    traffic.localities = {"Hebbal": 300, "Whitefield": 700}
    report = drift_report(watched)
    assert (report.status, report.overall_drift_detected) == ("drift", True)
    assert report.drift_indicators["area"].significant_drift
    assert not report.drift_indicators["locality"].significant_drift
    assert "area by 40.0 points" in report.message


@pytest.mark.parametrize(("requests", "status"), [(199, "too few requests"), (200, "quiet")])
def test_below_two_hundred_requests_nothing_is_told(
    traffic: MemoryTraffic, watched: MemoryHomes, requests: int, status: str
) -> None:
    traffic.counts = {"area": [requests // 2, requests - requests // 2]}
    traffic.localities = {"hebbal": requests * 3 // 10, "x": requests - requests * 3 // 10}
    report = drift_report(watched)
    assert (report.status, report.requests) == (status, requests)
    assert not report.overall_drift_detected


def test_without_production_there_is_nothing_to_compare_with(clock: StoppedClock) -> None:
    assert drift_report(MemoryHomes(clock)).status == "no model"


def test_a_day_keeps_its_first_report(
    traffic: MemoryTraffic, watched: MemoryHomes, clock: StoppedClock
) -> None:
    traffic.counts = {"area": [900, 100]}
    traffic.localities = {"Hebbal": 300, "Whitefield": 700}
    first = watch_drift(watched)
    assert (first.day, first.report.status) == ("2026-11-02", "drift")
    traffic.counts = {"area": [500, 500]}
    clock.advance(hours=2)
    assert watch_drift(watched) == first
    clock.advance(hours=24)
    assert watch_drift(watched).report.status == "quiet"
    assert watched.drift_log.flagged_since(NOW) == first


def test_the_days_drift_is_kept_as_a_page_once() -> None:
    tracker = MemoryTracker()
    moved = {"area": FeatureDrift(0.41, 21.5, True)}
    report = DriftReport("drift", "They ask otherwise.", True, 1500, 7, "V1", moved)
    assert log_drift_page(report, NOW, tracker, MARKET) == "run of drift 2026-11-02"
    page = tracker.pages["drift 2026-11-02"]
    assert b"They ask otherwise." in page
    assert tracker.figures == {
        "requests": 1500.0,
        "total_sqft/psi": 0.41,
        "total_sqft/largest_move_points": 21.5,
    }
    log_drift_page(replace(report, message="Later."), NOW, tracker, MARKET)
    assert tracker.pages["drift 2026-11-02"] == page
