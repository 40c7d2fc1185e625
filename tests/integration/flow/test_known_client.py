"""Clients that were written for the first services of this kind go on unchanged.

They are pages that post a form by jQuery from another port, and scripts that post JSON by
requests: both are spoken here as they speak, through a real router to a service of ours. Decision
record 0035 has the contract as a table.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests

from homeprices.serving.app import create_app
from homeprices.serving.server import server
from support.routers import Router, until
from support.service import KNOWN, OPERATOR_KEY, SECRET, Service

PREDICT, NAMES, FEEDBACK = "/api/predict_home_price", "/api/get_location_names", "/api/feedback"
# A page that a web server shows at a port of its own, as the tutorials have it.
PAGE = "http://localhost:5500"
# What $.post() of jQuery 3 sends beside what a browser adds.
BY_JQUERY = {
    "Accept": "*/*",
    "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
    "Origin": PAGE,
    "Referer": f"{PAGE}/",
}
# `parseFloat(sqft.value)` and the numbers of radio buttons, as jQuery writes them.
FORM = "total_sqft=1000&bhk=2&bath=2&location=hebbal"
HOME = {"total_sqft": 1000, "location": "Hebbal", "bhk": 2, "bath": 2}
AT_1_LAKH_A_HUNDRED_SQFT = 10.0


@contextmanager
def answering(service: Service, port: int) -> Iterator[None]:
    """The service at `port`, opened to `PAGE`, by uvicorn as `homes serve` runs it."""
    running = server(create_app(replace(service.dependencies, origins=(PAGE,))))
    running.config.port = port
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        until(lambda: running.started)
        yield
    finally:
        running.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """The addresses of a router and of production's service behind it."""
    folder: Path = tmp_path_factory.mktemp("known")
    router = Router(folder, HOMES_CORS_ORIGINS=PAGE, HOMES_SECRET=SECRET)
    service = Service(folder / "spool")
    with answering(service, router.production_port), router.running():
        urls = SimpleNamespace(
            router=f"http://127.0.0.1:{router.port}",
            service=f"http://127.0.0.1:{router.production_port}",
        )
        until(lambda: requests.get(f"{urls.router}/api/health/ready", timeout=5).ok)
        yield urls


@pytest.fixture(params=["router", "service"])
def api(request: pytest.FixtureRequest, there: SimpleNamespace) -> str:
    """Where such clients ask: at the router, or at the service, as they did without one."""
    return str(getattr(there, request.param))


def test_a_page_fills_its_list_of_localities(api: str) -> None:
    answer = requests.get(api + NAMES, headers={"Origin": PAGE}, timeout=10)
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert answer.json() == {"locations": list(KNOWN)}


def test_a_page_of_another_origin_posts_a_form_and_reads_the_price(api: str) -> None:
    answer = requests.post(api + PREDICT, data=FORM, headers=BY_JQUERY, timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert answer.headers["Content-Type"].startswith("application/json")
    price = answer.json()["estimated_price"]
    assert isinstance(price, float)
    assert price == AT_1_LAKH_A_HUNDRED_SQFT


def test_a_browser_asks_first_for_json_and_is_let_in(api: str) -> None:
    asks = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    preflight = requests.options(api + PREDICT, headers=asks, timeout=10)
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == PAGE
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert "content-type" in preflight.headers["Access-Control-Allow-Headers"].lower()
    answer = requests.post(api + PREDICT, json=HOME, headers={"Origin": PAGE}, timeout=10)
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE


@pytest.mark.parametrize(
    "sent",
    [
        {"json": HOME},
        {"json": {name: str(value) for name, value in HOME.items()}},
        {"data": HOME},
        {"files": {name: (None, str(value)) for name, value in HOME.items()}},
    ],
    ids=["JSON", "JSON of text", "form", "multipart form"],
)
def test_a_script_posts_a_home_in_any_form(api: str, sent: dict[str, object]) -> None:
    answer = requests.post(api + PREDICT, timeout=10, **sent)  # type: ignore[arg-type]
    answer.raise_for_status()
    assert answer.json()["estimated_price"] == AT_1_LAKH_A_HUNDRED_SQFT


def test_a_home_is_asked_for_by_its_address(api: str) -> None:
    answer = requests.get(api + PREDICT, params=HOME, timeout=10)
    assert answer.json()["estimated_price"] == AT_1_LAKH_A_HUNDRED_SQFT


@pytest.mark.parametrize(
    "changes",
    [
        {"location": "hebbal"},
        {"location": "  HEBBAL "},
        {"location": "other"},
        {"total_sqft": "900 - 1100"},
        {"total_sqft": "1000.0", "bhk": "2.0", "bath": "2.0"},
        {"balcony": "1", "area_type": "Super built-up  Area", "availability": "Ready To Move"},
        {"price": "", "csrf": "of another framework"},
    ],
    ids=" ".join,
)
def test_what_the_first_services_took_is_taken(there: SimpleNamespace, changes: dict) -> None:
    answer = requests.post(there.router + PREDICT, data=HOME | changes, timeout=10)
    assert (answer.status_code, answer.json().get("estimated_price")) == (
        200,
        AT_1_LAKH_A_HUNDRED_SQFT,
    )


@pytest.mark.parametrize("way", ["json", "data"])
def test_an_opinion_is_given_by_the_id_of_the_price(api: str, way: str) -> None:
    session = requests.Session()
    price = session.post(api + PREDICT, json=HOME, timeout=10).json()
    assert price["response_time_ms"] >= 0
    assert price["model_version"] == "BO1"
    for kind, value in (("rating", 4), ("too_high", None), ("actual_price", 11.5)):
        said = {"prediction_id": price["prediction_id"], "feedback_type": kind}
        said |= {} if value is None else {"feedback_value": value}
        answer = session.post(api + FEEDBACK, timeout=10, **{way: said})
        assert (answer.status_code, answer.json()["status"]) == (200, "kept")


def test_a_visitor_meets_the_same_model_by_the_cookies_of_a_session(there: SimpleNamespace) -> None:
    session = requests.Session()
    answers = [session.post(there.router + PREDICT, json=HOME, timeout=10) for _ in range(3)]
    assert set(session.cookies.keys()) == {"visitor", "visit"}
    assert "Set-Cookie" not in answers[-1].headers
    assert {answer.headers["X-Variant"] for answer in answers} == {"production"}


def test_health_and_figures_have_the_fields_that_are_read(api: str) -> None:
    health = requests.get(api + "/api/health", timeout=10).json()
    assert {"status", "timestamp", "model_variant", "system", "database"} <= health.keys()
    figures = requests.get(api + "/api/metrics", params={"hours": 24}, timeout=10).json()
    assert {"variant", "time_period_hours", "timestamp", "predictions", "feedback"} <= set(figures)
    latencies = {"total_count", "avg_latency_ms", "p95_latency_ms", "p99_latency_ms"}
    assert latencies <= figures["predictions"].keys()
    counts = {"total_count", "avg_rating", "accurate_count", "too_high_count", "too_low_count"}
    assert counts <= figures["feedback"].keys()
    drift = requests.get(api + "/api/drift_report", timeout=10).json()
    assert {"overall_drift_detected", "drift_indicators"} <= drift.keys()


def test_logs_are_read_with_the_operators_key(api: str) -> None:
    requests.post(api + PREDICT, json=HOME, timeout=10).raise_for_status()
    operator = {"Authorization": f"Bearer {OPERATOR_KEY}"}
    for path in ("/api/logs", "/api/logs/tail"):
        query = {"type": "predictions", "limit": 5}
        answer = requests.get(api + path, params=query, headers=operator, timeout=10)
        assert answer.status_code == 200
        assert requests.get(api + path, params=query, timeout=10).status_code == 401


def test_prometheus_reads_the_series_it_knows(there: SimpleNamespace) -> None:
    text = requests.get(there.service + "/metrics", timeout=10).text
    for series in (
        "predictions_total",
        "prediction_duration_seconds",
        "prediction_errors_total",
        "feedback_total",
        "system_cpu_percent",
        "system_memory_percent",
    ):
        assert f"# TYPE {series} " in text


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"json": {}}, 422),
        ({"data": "total_sqft=-5&bhk=2&bath=2&location=hebbal", "headers": BY_JQUERY}, 422),
        ({"data": "{", "headers": {"Content-Type": "application/json"}}, 400),
    ],
    ids=["nothing", "form", "broken JSON"],
)
def test_what_cannot_be_priced_is_told_in_json_and_never_a_failure(
    api: str, sent: dict, status: int
) -> None:
    answer = requests.post(api + PREDICT, timeout=10, **sent)
    assert answer.status_code == status
    assert set(json.loads(answer.text)["error"]) == {"code", "message", "fields"}
