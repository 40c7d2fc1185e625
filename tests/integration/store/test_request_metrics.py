"""Figures and histograms count what they say, no more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from homeprices.domain.drift import NumberBins
from homeprices.domain.errors import NotFound
from homeprices.domain.requests.records import Client, EvidenceTraffic, FeedbackRecord
from homeprices.stores.postgres.database import Database
from homeprices.stores.postgres.request_log import PostgresRequestLog
from homeprices.stores.postgres.request_metrics import PostgresRequestMetrics
from support.service import prediction

SINCE = datetime.fromtimestamp(prediction(0).at, UTC)


def opinion(number: int, kind: str, value: float | None, on: int) -> FeedbackRecord:
    at = prediction(0).at + 500
    return FeedbackRecord(f"f{number}", at, prediction(on).id, kind, Client(), value)


@pytest.fixture
def traffic(database: Database) -> PostgresRequestMetrics:
    return PostgresRequestMetrics(database)


def test_figures_are_kept_apart_by_the_version_that_answered(
    database: Database, traffic: PostgresRequestMetrics
) -> None:
    PostgresRequestLog(database).store(
        [
            *(prediction(number, latency_ms=float(number)) for number in range(1, 101)),
            prediction(200, model_version="CO1", slot="candidate", latency_ms=7.0),
            prediction(201, status=422, price=None),
            prediction(202, status=503, model_version=None),
            prediction(-5 + 2**40, at=prediction(0).at - 1, latency_ms=1e6),
            opinion(1, "rating", 5.0, on=1),
            opinion(2, "rating", 2.0, on=2),
            opinion(3, "accurate", None, on=3),
            opinion(4, "too_high", None, on=4),
            opinion(5, "actual_price", 90.0, on=5),
            opinion(6, "too_low", None, on=200),
            opinion(7, "rating", 1.0, on=999),
        ]
    )
    figures = traffic.figures(SINCE)
    assert set(figures) == {"BO1", "CO1"}
    ours = figures["BO1"].predictions
    assert (ours.total_count, ours.avg_latency_ms, ours.min, ours.max) == (100, 50.5, 1.0, 100.0)
    assert ours.p95_latency_ms == pytest.approx(95.05)
    assert ours.p99_latency_ms == pytest.approx(99.01)
    said = figures["BO1"].feedback
    assert (said.total_count, said.avg_rating) == (5, 3.5)
    assert (said.accurate_count, said.too_high_count, said.too_low_count) == (1, 1, 0)
    assert figures["CO1"].feedback.too_low_count == 1
    assert figures["CO1"].feedback.avg_rating is None


def test_requests_are_counted_by_the_zone_of_their_home(
    database: Database, traffic: PostgresRequestMetrics
) -> None:
    zones = ["east", "east", "north", None]
    rows = [prediction(number, zone=zone) for number, zone in enumerate(zones)]
    PostgresRequestLog(database).store([*rows, prediction(50, status=422, zone="north")])
    assert traffic.zone_counts(SINCE) == {"east": 2, "north": 1, None: 1}


def test_rows_of_before_zones_were_kept_tell_no_zone(
    database: Database, traffic: PostgresRequestMetrics
) -> None:
    began = prediction(0).at
    before = [prediction(n, at=began + n) for n in range(10)]
    PostgresRequestLog(database).store(before)
    assert traffic.zone_counts(SINCE) == {}
    zones = ["east", None]
    since = [prediction(20 + n, at=began + 20 + n, zone=zone) for n, zone in enumerate(zones)]
    PostgresRequestLog(database).store(since)
    assert traffic.zone_counts(SINCE) == {"east": 1, None: 1}


def test_traffic_is_of_visitors_that_count_and_as_capped_as_they_are(
    database: Database, traffic: PostgresRequestMetrics
) -> None:
    def routed(number: int, network: str = "n") -> Client:
        arm = "production"
        return Client(f"v{number}", True, network_hash=network, assigned_arm=arm)

    def said(number: int, kind: str, client: Client, on: int) -> FeedbackRecord:
        return replace(opinion(number, kind, 5.0, on), caller=client)

    direct, unsigned = Client("v50", True), Client("v51", assigned_arm="production")
    PostgresRequestLog(database).store(
        [
            *(prediction(number, caller=routed(number)) for number in range(8)),
            prediction(20, caller=routed(0)),
            prediction(50, caller=direct),
            prediction(51, caller=unsigned),
            *(said(n, "actual_price", routed(n), n) for n in range(8)),
            said(20, "actual_price", routed(0), 20),
            said(30, "rating", routed(1), 1),
            said(31, "accurate", routed(1), 1),
            said(32, "rating", routed(7, "elsewhere"), 7),
            said(33, "comment", routed(6), 6),
            said(34, "rating", routed(3), 4),
            said(50, "rating", direct, 50),
            said(51, "rating", unsigned, 51),
        ]
    )
    seen = traffic.evidence_traffic(SINCE, 5)
    assert seen == EvidenceTraffic(SINCE, requests=9, opinions=2, prices=5)
    assert traffic.evidence_traffic(SINCE + timedelta(days=1), 5) == EvidenceTraffic()


def test_no_traffic_has_no_figures(traffic: PostgresRequestMetrics) -> None:
    assert traffic.figures(SINCE) == {}
    assert traffic.locality_counts(SINCE) == {}
    assert traffic.zone_counts(SINCE) == {}
    traffic.ping()


def test_bins_open_at_their_edge_and_only_priced_requests_are_counted(
    database: Database, traffic: PostgresRequestMetrics
) -> None:
    areas = [999.0, 1000.0, 1500.0, 2000.0]
    rows = [prediction(number, area=area, bedrooms=2) for number, area in enumerate(areas)]
    PostgresRequestLog(database).store([*rows, prediction(50, status=422)])
    bins = NumberBins([1000.0, 2000.0], [0, 0, 0])
    assert traffic.number_counts("area", bins, SINCE) == [1, 2, 1]
    assert [bins.place(area) for area in areas] == [0, 1, 1, 2]
    rooms = NumberBins([500.0], [0, 0])
    assert traffic.number_counts("area_per_bedroom", rooms, SINCE) == [1, 3]


def test_localities_are_counted_by_name(
    database: Database, traffic: PostgresRequestMetrics
) -> None:
    names = ["Hebbal", "Hebbal", "Whitefield", None]
    PostgresRequestLog(database).store(
        [prediction(number, locality=name) for number, name in enumerate(names)]
    )
    assert traffic.locality_counts(SINCE) == {"Hebbal": 2, "Whitefield": 1}


def test_a_fact_that_requests_have_not_is_refused(traffic: PostgresRequestMetrics) -> None:
    with pytest.raises(NotFound, match="they have area"):
        traffic.number_counts("price; DROP TABLE predictions", NumberBins([1.0], [0, 0]), SINCE)
