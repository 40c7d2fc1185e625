"""The rare endpoints: health, figures, localities, logs, decisions, the description."""

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from homeprices.domain.experiments.decision import Action, Verdict
from homeprices.domain.requests.records import FeedbackFigures, PredictionFigures, VersionFigures
from homeprices.serving.decisions import as_csv
from homeprices.serving.metrics import ServiceMetrics
from homeprices.stores.spool.hours import HourCounts
from homeprices.stores.spool.spool import SpoolCounts
from support.client import Client
from support.service import IDENTITY, OPERATOR_KEY, Service, a_decision, trial_status

HOME: dict[str, Any] = {"total_sqft": 1200, "location": "Hebbal", "bhk": 2, "bath": 2}
BEARER = {"authorization": f"Bearer {OPERATOR_KEY}"}
API_KEY = {"x-api-key": OPERATOR_KEY}


def test_health_says_what_it_knows(client: Client) -> None:
    client.until(lambda: client.get("/api/health").json()["database"] == "connected")
    health = client.get("/api/health").json()
    assert (health["status"], health["reasons"]) == ("healthy", [])
    assert (health["model_variant"], health["model_version"]) == ("production", "BO1")
    assert set(health["system"]) == {"cpu_percent", "memory_percent"}
    assert health["spool"]["issued"] == 0


def test_with_postgresql_away_predictions_go_on_and_the_rest_says_why(
    client: Client, service: Service
) -> None:
    service.log.away = True
    assert client.post("/api/predict_home_price", json=HOME).status_code == 200
    client.until(lambda: client.get("/api/health").json()["status"] == "degraded")
    health = client.get("/api/health")
    assert health.status_code == 200
    assert "PostgreSQL does not answer" in health.json()["reasons"][0]
    for path in ("/api/metrics", "/api/logs"):
        answer = client.get(path, headers=BEARER)
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "unavailable"
    service.log.away = False
    client.until(lambda: client.get("/api/health").json()["status"] == "healthy")


def test_figures_are_those_of_the_served_version_and_of_every_other(
    client: Client, service: Service
) -> None:
    ours = VersionFigures(PredictionFigures(9, 1.0, 2.0, 3.0, 0.5, 4.0), FeedbackFigures(2, 4.5))
    service.traffic.seen = {"BO1": ours, "CO1": VersionFigures()}
    answer = client.get("/api/metrics?hours=48").json()
    assert (answer["variant"], answer["time_period_hours"]) == ("BO1", 48)
    assert answer["predictions"] == {
        "total_count": 9,
        "avg_latency_ms": 1.0,
        "p95_latency_ms": 2.0,
        "p99_latency_ms": 3.0,
        "min": 0.5,
        "max": 4.0,
    }
    assert answer["feedback"]["avg_rating"] == 4.5
    assert answer["variants"]["CO1"]["predictions"]["total_count"] == 0


def test_the_scrape_shows_the_spool_and_the_machine(client: Client, service: Service) -> None:
    client.post("/api/predict_home_price", json=HOME)
    client.until(lambda: service.spool.counts().stored == 1)
    text = client.get("/metrics").text
    assert 'spool_records{slot="production",state="issued"} 1.0' in text
    assert 'spool_records{slot="production",state="stored"} 1.0' in text
    assert 'system_memory_percent{slot="production",variant="BO1"}' in text
    hour = 'spool_hour_records{hours_ago="0",slot="production",state="stored",variant="BO1"} 1.0'
    assert hour in text
    assert 'spool_missing_records{slot="production"} 0.0' in text


def test_health_tells_where_the_records_of_every_version_and_hour_are(
    client: Client, service: Service
) -> None:
    moment = datetime(2026, 11, 2, 9, 59, tzinfo=UTC)
    service.now = lambda: moment
    prediction_id = client.post("/api/predict_home_price", json=HOME).json()["prediction_id"]
    service.now = lambda: moment + timedelta(minutes=2)
    client.post("/api/predict_home_price", json={**HOME, "total_sqft": 1500})
    opinion = {"prediction_id": prediction_id, "feedback_type": "too_high"}
    client.post("/api/feedback", json=opinion)
    client.until(lambda: service.spool.counts().stored == 3)
    counts = {"issued": 1, "stored": 1, "waiting": 0, "set_aside": 0}
    assert client.get("/api/health").json()["spool_hours"] == [
        {"model_version": "BO1", "hour": "2026-11-02T09:00:00+00:00", **counts},
        {"model_version": "BO1", "hour": "2026-11-02T10:00:00+00:00", **counts},
        {"model_version": "feedback", "hour": "2026-11-02T10:00:00+00:00", **counts},
    ]


def test_hours_of_the_spool_grow_old_on_few_series() -> None:
    metrics = ServiceMetrics("production")
    rows = [HourCounts("BO1", 100, 3, 2, 1, 0), HourCounts("BO1", 99, 1, 1, 0, 0)]
    counts = SpoolCounts(4, 3, 1, 0, 0, 0, 0)
    told = {}
    for hour in (100, 101, 106, 99):
        metrics.spool(counts, rows, datetime.fromtimestamp(hour * 3600 + 5, UTC))
        text = metrics.page().decode()
        series = re.findall(r'hours_ago="(\w+)".*state="issued".* ([1-9])\.0', text)
        told[hour] = dict(series)
    assert told == {
        100: {"0": "3", "1": "1"},
        101: {"1": "3", "2": "1"},
        106: {"other": "4"},
        99: {"0": "1", "other": "3"},
    }


def test_records_that_are_missing_make_health_degraded_and_are_told_to_prometheus(
    client: Client, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = [HourCounts("BO1", 100, 3, 2, 0, 0), HourCounts("CO1", 100, 3, 4, 0, 0)]
    monkeypatch.setattr(service.spool, "hours", lambda: lost)
    (reason,) = client.get("/api/health").json()["reasons"]
    assert reason.startswith("2 records of BO1, CO1 are neither stored nor waiting nor set aside")
    assert 'spool_missing_records{slot="production"} 2.0' in client.get("/metrics").text


def test_localities_are_listed_and_completed(client: Client) -> None:
    assert client.get("/api/get_location_names").json() == {"locations": ["Hebbal", "Whitefield"]}
    assert client.get("/api/localities?q=he").json()["localities"] == ["Hebbal"]
    assert client.get("/api/localities").status_code == 422


def test_drift_is_reported_as_it_was_found(client: Client) -> None:
    report = client.get("/api/drift_report?days=3").json()
    assert (report["overall_drift_detected"], report["days"]) == (False, 3)
    assert report["drift_indicators"] == {}


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 401, "key_missing"),
        ({"authorization": "Bearer wrong"}, 403, "key_refused"),
        ({"x-api-key": "wrong"}, 403, "key_refused"),
    ],
)
def test_logs_and_acts_are_the_operators_alone(
    client: Client, service: Service, headers: dict[str, str], status: int, code: str
) -> None:
    act = {"action": "hold", "reason": "a look first"}
    answers = [
        client.get("/api/logs", headers=headers),
        client.get("/api/logs/tail", headers=headers),
        client.post("/api/decisions", json=act, headers=headers),
    ]
    for answer in answers:
        assert answer.status_code == status
        assert answer.json()["error"]["code"] == code
    assert service.acts.asked == []


def test_a_service_without_a_key_lets_nobody_pass(tmp_path: Any) -> None:
    from homeprices.serving.app import create_app

    service = Service(tmp_path / "spool", operator_key="")
    with Client(create_app(service.dependencies)) as client:
        assert client.get("/api/logs", headers={"x-api-key": ""}).status_code == 401
        assert client.get("/api/logs", headers={"x-api-key": "x"}).status_code == 403


@pytest.mark.parametrize("headers", [BEARER, API_KEY])
def test_the_operator_reads_the_newest_rows_first(
    client: Client, service: Service, headers: dict[str, str]
) -> None:
    ids = [
        client.post("/api/predict_home_price", json=HOME).json()["prediction_id"] for _ in range(3)
    ]
    client.until(lambda: service.spool.counts().stored == 3)
    log = client.get("/api/logs?type=predictions&limit=2", headers=headers).json()
    assert [row["prediction_id"] for row in log["logs"]] == [ids[2], ids[1]]
    tail = client.get("/api/logs/tail?limit=2", headers=headers).json()
    assert [row["prediction_id"] for row in tail["logs"]] == [ids[1], ids[2]]
    assert client.get(f"/api/logs/tail?after={tail['after']}", headers=headers).json()["count"] == 0
    assert client.get("/api/logs?type=feedback", headers=headers).json()["count"] == 0
    assert client.get("/api/logs?type=secrets", headers=headers).status_code == 422
    assert IDENTITY.uuid_of(ids[0])


def test_decisions_and_the_trial_are_open_to_read(client: Client) -> None:
    page = client.get("/api/decisions?limit=1").json()
    assert page["count"] == 1
    assert page["decisions"][0]["id"] == page["before"] == "D-0001"
    assert client.get("/api/decisions?limit=9").json()["before"] is None
    undone = client.get("/api/decisions?verdict=UNDO&before=D-0007").json()["decisions"]
    assert [row["verdict"] for row in undone] == ["UNDO"]
    assert client.get("/api/decisions?verdict=MAYBE").status_code == 422
    assert client.get("/api/decisions?before=seven").status_code == 400
    assert client.get("/api/decisions?experiment=zzz").status_code == 400
    assert client.get("/api/decisions?experiment=e1").status_code == 200


def test_without_a_trial_every_field_of_it_is_empty(client: Client) -> None:
    assert client.get("/api/experiment").json() == {
        "experiment": None,
        "evidence": None,
        "history": [],
        "figures": {},
        "set_aside": {},
        "stakes": [],
        "expected": None,
        "competition": None,
        "zones": [],
        "held_by": None,
    }


def test_a_trial_is_told_with_its_history_and_drawn(client: Client, service: Service) -> None:
    service.acts.status = trial_status()
    told = client.get("/api/experiment").json()
    assert told["experiment"]["id"] == "E1"
    assert told["set_aside"] == {"unsigned": 88}
    (point,) = told["history"]
    assert point["labels"] == told["figures"]["labels"] == 40
    assert {"at", "log_e", "labels", "loss_ratio", "reduction_band"} <= set(point)
    assert told["stakes"][0]["name"] == "better"
    drawn = client.get("/api/experiment?format=svg")
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert "E1: CO1 against BO1" in drawn.text
    assert client.get("/api/experiment?format=png").status_code == 422


def test_decisions_are_a_table_that_no_spreadsheet_takes_for_formulas(client: Client) -> None:
    answer = client.get("/api/decisions?format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    head, first, *_ = csv.reader(io.StringIO(answer.text))
    assert dict(zip(head, first, strict=True))["id"] == "D-0001"
    row = replace(a_decision(Verdict.HOLD), reasons=['=cmd|"x"', "and more"])
    _, (*_, reasons, _undo) = csv.reader(io.StringIO(as_csv([row])))
    assert reasons == '\'=cmd|"x"; and more'


def test_the_operator_acts_and_says_why(client: Client, service: Service) -> None:
    act = {"action": "undo", "reason": "prices  look\nwrong", "of": "D-0001"}
    answer = client.post("/api/decisions", json=act, headers=BEARER)
    assert answer.status_code == 200
    assert answer.json()["verdict"] == "UNDO"
    assert service.acts.asked == [(Action.UNDO, "prices look wrong", "D-0001", "operator (API)")]


@pytest.mark.parametrize(
    ("act", "status", "fields"),
    [
        ({}, 422, ["action", "reason"]),
        ({"action": "delete", "reason": "x"}, 422, ["action"]),
        ({"action": "undo", "reason": "x"}, 422, ["of"]),
        ({"action": "promote", "reason": "x"}, 422, ["of"]),
        ({"action": "promote", "reason": "x", "of": "CO9"}, 409, []),
        ({"action": "undo", "reason": "x", "of": "D-9999"}, 404, []),
    ],
)
def test_an_act_that_is_not_possible_says_so(
    client: Client, act: dict[str, str], status: int, fields: list[str]
) -> None:
    answer = client.post("/api/decisions", json=act, headers=API_KEY)
    assert answer.status_code == status
    assert [one["field"] for one in answer.json()["error"]["fields"]] == fields


def test_it_is_described_what_every_act_is_on_as_its_refusal_says(client: Client) -> None:
    acts = client.get("/openapi.json").json()["components"]["schemas"]["Act"]
    told = acts["properties"]["of"]["description"]
    for action in (Action.PROMOTE, Action.ROLL_BACK, Action.UNDO):
        act = {"action": action, "reason": "x"}
        refused = client.post("/api/decisions", json=act, headers=API_KEY).json()
        (problem,) = refused["error"]["fields"]
        needed = problem["problem"].removeprefix("must name ")
        assert f"to {action}, {needed}" in told


def test_every_endpoint_is_described_and_the_page_loads_nothing_from_elsewhere(
    client: Client,
) -> None:
    document = client.get("/openapi.json").json()
    described = {(path, verb) for path, verbs in document["paths"].items() for verb in verbs}
    expected = {
        ("/api/predict_home_price", "get"),
        ("/api/predict_home_price", "post"),
        ("/api/predict_home_price/batch", "post"),
        ("/api/feedback", "post"),
        ("/api/decisions", "get"),
        ("/api/decisions", "post"),
        *(
            (path, "get")
            for path in (
                "/api/fields",
                "/api/get_location_names",
                "/api/localities",
                "/api/health",
                "/api/health/live",
                "/api/health/ready",
                "/api/metrics",
                "/metrics",
                "/api/logs",
                "/api/logs/tail",
                "/api/drift_report",
                "/api/estimates/{prediction_id}",
                "/api/experiment",
                "/api/models",
                "/api/models/{version}",
                "/docs",
                "/redoc",
                "/openapi.json",
            )
        ),
    }
    assert described == expected
    answer = document["components"]["schemas"]["Answer"]["properties"]
    assert {"estimated_price", "low", "high", "prediction_id"} <= set(answer)
    page = client.get("/docs").text
    assert "//" not in "".join(part.split('"')[0] for part in page.split('src="')[1:])


def test_every_reference_of_the_description_leads_somewhere(client: Client) -> None:
    text = client.get("/openapi.json").text
    document = client.get("/openapi.json").json()
    wanted = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert wanted <= set(document["components"]["schemas"])


@pytest.mark.parametrize("path", ["/api/health", "/api/models", "/api/predict_home_price", "/docs"])
def test_a_slash_at_the_end_changes_nothing_and_no_redirect_names_a_host(
    client: Client, path: str
) -> None:
    query = "?total_sqft=1200&location=Hebbal&bhk=2&bath=2"
    for written in (path, f"{path}/", f"{path}//"):
        answer = client.get(written + query, headers={"host": "elsewhere.example"})
        assert (answer.status_code, answer.headers.get("location")) == (200, None)
