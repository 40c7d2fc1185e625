"""What a scrape is told: of requests, the process, and the loop without ever waiting for it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from prometheus_client.parser import text_string_to_metric_families

from homeprices.domain.errors import Unavailable
from homeprices.domain.evidence.stakes import Stake
from homeprices.domain.experiments.decision import Verdict
from homeprices.domain.experiments.experiment import Experiment
from homeprices.domain.experiments.policies import policy
from homeprices.domain.loop import (
    DriftStanding,
    ExperimentStanding,
    LoopStanding,
    SaleError,
    ServiceValue,
)
from homeprices.serving.app import create_app
from homeprices.serving.metrics import reading
from homeprices.serving.metrics.gauges import Collected
from homeprices.serving.metrics.loop import STANDING, StandingNow, value_gauges
from homeprices.serving.metrics.reading import KeptReading
from support.client import Client
from support.service import MARKET, Service

PATH = "/api/predict_home_price"
HOME = {"total_sqft": 1000, "location": "Hebbal", "bhk": 2, "bath": 2}
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
EXPERIMENT = ExperimentStanding(
    Experiment("E1", "CO1", "BO1", 0.2, "salt", policy("evidence").document, "2026-11-02T03:00"),
    started_at=NOW - timedelta(hours=6),
    evaluated_at=NOW - timedelta(minutes=30),
    visitors={"candidate": 21, "production": 79},
    stakes=(Stake("better", 1.5, 3.0, Verdict.PROMOTE),),
    sale_prices=40,
    loss_ratio=0.9,
)
STANDING_NOW = LoopStanding(
    EXPERIMENT,
    decided=(Verdict.CONTINUE, NOW - timedelta(minutes=30)),
    dataset_at=NOW - timedelta(days=3),
    backed_up_at=NOW - timedelta(hours=7),
    drift=DriftStanding(True, NOW - timedelta(hours=9), {"area": 0.3}),
    feedback_at=NOW - timedelta(days=1),
)
VALUE = ServiceValue(
    estimates_day=10,
    estimates_week=50,
    estimates_month=200,
    with_feedback=5,
    with_sale_price=2,
    feedback={"rating": 5},
    sale_errors={"production": SaleError(2, 7.5, 0.1)},
)


def series(text: str) -> dict[tuple[str, frozenset], float]:
    """Every sample of a page by name and labels; a name is declared once."""
    families = list(text_string_to_metric_families(text))
    names = [family.name for family in families]
    assert sorted(names) == sorted(set(names))
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def value(text: str, name: str, **labels: str) -> float | None:
    return series(text).get((name, frozenset(labels.items())))


def families(gauges, figures) -> dict[tuple[str, frozenset], float]:
    collected = Collected([gauge.family(figures) for gauge in gauges])
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in collected.collect()
        for sample in family.samples
    }


def test_a_price_is_counted_by_how_sure_it_is_and_by_whether_its_place_is_known(
    client: Client,
) -> None:
    client.post(PATH, json=HOME)
    client.post(PATH, json=HOME | {"location": "Nowhere at all"})
    page = client.get("/metrics").text
    ours = {"variant": "BO1", "slot": "production"}
    assert value(page, "predictions_total", **ours) == 2
    assert value(page, "predictions_by_certainty_total", **ours, certainty="high") == 1
    assert value(page, "predictions_by_certainty_total", **ours, certainty="fair") == 1
    assert value(page, "predictions_by_certainty_total", **ours, certainty="too_few") == 0
    assert value(page, "predictions_unlisted_locality_total", **ours) == 1


@pytest.mark.parametrize("variant", ["BO1", "none"])
def test_errors_of_ours_are_counted_from_nought(client: Client, variant: str) -> None:
    page = client.get("/metrics").text
    counts = [
        value(page, "prediction_errors_total", variant=variant, slot="production", code=code)
        for code in ("internal", "unavailable", "no_model", "corrupt")
    ]
    assert counts == [0, 0, 0, 0]


def test_the_age_of_the_version_served_and_the_room_for_records_are_told(client: Client) -> None:
    page = client.get("/metrics").text
    age = value(page, "model_age_seconds", variant="BO1", slot="production")
    since = (datetime.now(UTC) - datetime(2026, 11, 2, 9, tzinfo=UTC)).total_seconds()
    assert age == pytest.approx(since, abs=60)
    free = value(page, "disk_free_bytes", slot="production")
    size = value(page, "disk_size_bytes", slot="production")
    assert free is not None
    assert size is not None
    assert 0 < free <= size


def test_a_database_that_is_away_is_told(client: Client, service: Service) -> None:
    assert value(client.get("/metrics").text, "database_up", slot="production") == 1
    service.log.away = True
    client.until(lambda: value(client.get("/metrics").text, "database_up", slot="production") == 0)


def test_a_model_that_does_not_load_is_counted_apart_from_a_store_that_does_not_answer(
    client: Client, service: Service
) -> None:
    def failures(step: str) -> float | None:
        page = client.get("/metrics").text
        return value(page, "model_load_failures_total", slot="production", step=step)

    assert (failures("load"), failures("ask")) == (0, 0)
    service.wanted = "no version"  # loading it raises
    client.until(lambda: failures("load") > 0)
    assert failures("ask") == 0


def test_every_series_of_the_loop_has_its_value() -> None:
    told = families(STANDING, StandingNow(STANDING_NOW, NOW))
    assert told[("homes_experiment_open", frozenset())] == 1
    assert told[("homes_experiment_age_seconds", frozenset())] == 6 * 3600
    assert told[("homes_evaluation_age_seconds", frozenset())] == 1800
    assert told[("homes_experiment_planned_ratio", frozenset())] == 0.2
    assert told[("homes_experiment_sessions", frozenset({("arm", "candidate")}))] == 21
    assert told[("homes_experiment_log_e", frozenset({("bet", "better")}))] == 1.5
    assert told[("homes_experiment_log_e_needed", frozenset({("bet", "better")}))] == 3.0
    assert told[("homes_experiment_sale_prices", frozenset())] == 40
    assert told[("homes_experiment_loss_ratio", frozenset())] == 0.9
    assert told[("homes_decision_age_seconds", frozenset({("verdict", "CONTINUE")}))] == 1800
    assert told[("homes_dataset_age_seconds", frozenset())] == 3 * 86_400
    assert told[("homes_drift_detected", frozenset())] == 1
    assert told[("homes_drift_report_age_seconds", frozenset())] == 9 * 3600
    assert told[("homes_drift_psi", frozenset({("feature", "area")}))] == 0.3
    assert told[("homes_feedback_age_seconds", frozenset())] == 86_400
    assert {name for name, _ in told} == {gauge.name for gauge in STANDING}


def test_a_loop_that_has_nothing_yet_tells_that_no_experiment_is_open_and_no_more() -> None:
    told = families(STANDING, StandingNow(LoopStanding(), NOW))
    assert told == {("homes_experiment_open", frozenset()): 0}


def test_what_it_is_worth_is_told_in_rupees_and_in_parts() -> None:
    told = families(value_gauges(MARKET.money), VALUE)
    where = frozenset({("slot", "production"), ("currency", "rupees")})
    assert told[("homes_sale_price_error_median_currency", where)] == 750_000
    assert told[("homes_feedback_ratio", frozenset())] == 0.1
    assert told[("homes_sale_price_ratio", frozenset())] == 0.01
    assert told[("homes_estimates_last_day", frozenset())] == 10


def test_without_a_request_no_share_is_told() -> None:
    told = families(value_gauges(MARKET.money), ServiceValue())
    assert told == {("homes_estimates_last_day", frozenset()): 0}


def test_what_was_read_is_kept_and_not_read_again_before_it_is_due() -> None:
    reads = []
    kept = KeptReading(lambda: reads.append(1) or len(reads))
    assert [kept.value(), kept.value(), kept.value()] == [1, 1, 1]
    assert kept.age_s < 1


def test_a_read_that_takes_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PATIENCE_S", 0.05)
    let_go = Event()
    kept = KeptReading(lambda: let_go.wait(20) and "figures")
    assert kept.value() is None
    let_go.set()
    monkeypatch.setattr(reading, "PATIENCE_S", 10.0)
    assert kept.value() == "figures"


def test_a_read_that_fails_leaves_what_was_read_before_and_its_age(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = iter(["figures"])

    def read() -> str:
        for answer in answers:
            return answer
        raise Unavailable("PostgreSQL does not answer")

    kept = KeptReading(read, least_rest_s=0.0)
    monkeypatch.setattr(reading, "REST_PER_READ", 0)
    assert [kept.value(), kept.value()] == ["figures", "figures"]
    monkeypatch.setattr(reading, "GONE_AFTER_S", 0.0)
    assert kept.value() is None


def test_the_loop_is_told_by_a_service_that_can_read_it_and_by_no_other(
    client: Client, tmp_path: Path
) -> None:
    assert "homes_" not in client.get("/metrics").text
    dependencies = replace(
        Service(tmp_path / "another").dependencies,
        standing=lambda: STANDING_NOW,
        value=lambda: VALUE,
    )
    with Client(create_app(dependencies)) as telling:
        page = telling.get("/metrics").text
    assert value(page, "homes_experiment_open") == 1
    assert value(page, "homes_estimates_last_day") == 10
    ages = [value(page, "homes_read_age_seconds", what=what) for what in ("standing", "value")]
    assert all(age is not None and age < 5 for age in ages)
