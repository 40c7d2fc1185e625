"""The whole loop in containers; these tests follow one another on one production."""

import random
import shutil
from pathlib import Path

import httpx
import pytest
import yaml
from playwright.sync_api import expect, sync_playwright

from support.production import (
    FRONT,
    HOME,
    MONITORING,
    PREDICT,
    PROJECT,
    ROUTER,
    Production,
    Visitors,
    docker,
    until,
    version,
)

PAGE = "http://127.0.0.1:6500"
PROMETHEUS = "http://127.0.0.1:9090"
AIRFLOW = "http://127.0.0.1:8080"
EVALUATE = "evaluate_ab_dag"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
VISITORS = 240
HOOK = "homes-hook-of-a-test"
# Prints each body that is posted to it: who is told of an alert.
LISTENER = """
import http.server
class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        print(self.rfile.read(int(self.headers["Content-Length"])).decode(), flush=True)
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("", 8000), Hook).serve_forever()
"""
RULE = {
    "groups": [
        {
            "name": "of the test",
            "rules": [{"alert": "OfATest", "expr": 'up{job="postgres"} == 0', "for": "0s"}],
        }
    ]
}


def test_all_that_was_started_is_well(production: Production) -> None:
    until(lambda: not production.unwell(), 300, lambda: f"all healthy, {production.unwell()}")
    assert {"production", "candidate", "router", "frontend", "prometheus", "grafana"} <= set(
        production.containers()
    )


def test_every_port_is_open_to_this_machine_alone(production: Production) -> None:
    published = docker("ps", "--filter", PROJECT, "--format", "{{.Ports}}")
    at = [part for part in published.replace("\n", ", ").split(", ") if "->" in part]
    assert len(at) >= 10
    assert [part for part in at if not part.startswith("127.0.0.1:")] == []


def test_our_own_may_write_nowhere_and_are_nobody(production: Production) -> None:
    for service in ("production", "router", "frontend", "airflow-scheduler", "mlflow"):
        exec_in = (*FRONT, "exec", "-T", service)
        assert production.compose(*exec_in, "id", "-u").strip() == "10001"
        tried = production.compose(*exec_in, "sh", "-c", "touch /app/x 2>&1 || true")
        assert "Read-only file system" in tried


def test_a_home_is_priced_at_the_router_and_on_the_page(production: Production) -> None:
    answer = httpx.post(ROUTER + PREDICT, json=HOME, timeout=20).raise_for_status().json()
    assert answer["low"] < answer["estimated_price"] < answer["high"]
    program = next(path for name in CHROMIUM if (path := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(PAGE)
        for field, value in zip(("locality", "area"), ("Whitefield", "1200"), strict=True):
            page.locator(f"#{field}").fill(value)
        for field in ("bedrooms", "bathrooms"):
            page.locator(f"#{field}").fill("2")
        page.get_by_role("button", name="Estimate the price").click()
        expect(page.locator("#price")).to_contain_text("₹")
        browser.close()


def test_services_know_each_other_by_their_addresses(production: Production) -> None:
    # With the first candidate all that MLflow should know is tracked.
    until(lambda: production.containers()["first-candidate"] == "exited 0", 900, "a candidate")
    told = production.homes("status")
    assert "http://production:6001" in told
    assert "away" not in told
    assert "problem" not in production.homes("doctor")


def test_everything_that_prometheus_asks_answers(production: Production) -> None:
    def down() -> list[str]:
        asked = httpx.get(f"{PROMETHEUS}/api/v1/targets?state=active", timeout=10).json()
        targets = asked["data"]["activeTargets"]
        assert len(targets) >= 9
        return [t["labels"]["instance"] for t in targets if t["health"] != "up"]

    def is_database_seen() -> bool:
        asked = httpx.get(f"{PROMETHEUS}/api/v1/query", params={"query": "pg_up"}, timeout=10)
        return [row["value"][1] for row in asked.json()["data"]["result"]] == ["1"]

    until(lambda: not down(), 120, "every target up")
    # The exporter itself is up also while it gets into no database.
    until(is_database_seen, 120, "PostgreSQL seen by its exporter")


def test_sale_prices_near_the_candidates_estimates_promote_it_and_nobody_is_turned_away(
    production: Production,
) -> None:
    until(lambda: version("candidate") == "CO1", 600, "the first candidate on trial")
    assert version("production") == "BO1"
    until(lambda: "E1" in production.homes("experiment"), 120, "the trial is open")
    sell(VISITORS)
    with Visitors().asking() as visitors:
        tasks = evaluated()
        until(lambda: version("production") == "BO2", 60, f"BO2 serves, {tasks}")
        until(lambda: visitors.served["BO2"] > 20, 60, "visitors meet BO2")
    assert tasks["promote"] == "success"
    assert visitors.turned_away == []
    assert visitors.served["BO1"] > 0


def test_production_is_replaced_one_after_the_other_and_nobody_is_turned_away(
    production: Production,
) -> None:
    with Visitors().asking() as visitors:
        for service in ("production", "production-standby"):
            again = ("up", "-d", "--no-deps", "--force-recreate", "--wait", service)
            production.compose(*FRONT, *again)
    assert visitors.turned_away == []
    assert visitors.answers[200] > 100


def test_an_alert_reaches_whom_it_is_for(production: Production) -> None:
    docker(
        *("run", "--detach", "--rm", "--name", HOOK, "--network", "homes"),
        *("--entrypoint", "python", "homes-api:of-a-test", "-u", "-c", LISTENER),
    )
    try:
        told = production.folder / "monitoring" / "alertmanager.yml"
        receivers = yaml.safe_load(told.read_text())
        receivers["receivers"][0]["webhook_configs"] = [{"url": f"http://{HOOK}:8000/"}]
        receivers["route"]["group_wait"] = "1s"
        told.write_text(yaml.safe_dump(receivers))
        (production.folder / "monitoring" / "rules" / "of-the-test.yml").write_text(
            yaml.safe_dump(RULE)
        )
        production.compose(*MONITORING, "restart", "alertmanager", "prometheus")
        production.compose(*MONITORING, "stop", "postgres-exporter")
        until(lambda: "OfATest" in docker("logs", HOOK), 120, "the webhook is told")
        production.compose(*MONITORING, "start", "postgres-exporter")
    finally:
        docker("stop", "--time", "1", HOOK, check=False)


def test_what_was_there_survives_down_and_up(production: Production) -> None:
    decisions = production.homes("decisions", "--json")
    production.compose(*FRONT, "down")
    production.compose(*FRONT, "up", "-d")
    until(lambda: not production.unwell(), 300, lambda: f"all healthy, {production.unwell()}")
    assert version("production") == "BO2"
    assert production.homes("decisions", "--json") == decisions


def test_what_is_taken_away_comes_back_from_a_backup(production: Production) -> None:
    estimate = httpx.post(ROUTER + PREDICT, json=HOME, timeout=20).raise_for_status().json()
    drained(production)
    until(lambda: alerts("BackupMissing"), 180, "nobody has made a backup, which is seen")
    production.homes("backup", "/backups/monday.backup", "--secrets", "/backups/homes.secrets")
    until(lambda: not alerts("BackupMissing"), 180, "that one was made is seen")
    before = standing(production)

    production.take_away()
    assert docker("volume", "ls", "--quiet", "--filter", PROJECT) == ""
    secrets = ("--no-deps", "-T", "--entrypoint", "cat", SCHEDULER, "/backups/homes.secrets")
    said = production.compose("run", "--rm", *secrets).splitlines()
    kept = [line for line in said if line.startswith("HOMES_")]
    with production.settings_file.open("a") as settings:
        settings.write("\n".join([*kept, ""]))
    production.compose("up", "-d", "--wait", "postgres")
    back = ("--no-deps", "-T", SCHEDULER, "restore", "/backups/monday.backup")
    assert "restored" in production.compose("run", "--rm", *back)
    production.compose("up", "-d")
    production.compose(*FRONT, "up", "-d")
    until(lambda: not production.unwell(), 300, lambda: f"all healthy, {production.unwell()}")
    drained(production)
    assert standing(production) == before
    told = {"prediction_id": estimate["prediction_id"], "feedback_type": "accurate"}
    httpx.post(f"{ROUTER}/api/feedback", json=told, timeout=20).raise_for_status()


SCHEDULER = "airflow-scheduler"
SPOOLS = {"production": 6001, "production-standby": 6001, "candidate": 6002}


def drained(production: Production) -> None:
    """Wait until all that was issued is in PostgreSQL; none of it may be lost on the way."""

    def waiting() -> int:
        spools = [production.health(name, port)["spool"] for name, port in SPOOLS.items()]
        for spool in spools:
            assert spool["issued"] == spool["stored"] + spool["waiting"] + spool["set_aside"]
        return sum(spool["waiting"] for spool in spools)

    until(lambda: not waiting(), 60, "no record waits")


def standing(production: Production) -> list[str | None]:
    """What is served, models, decisions, and the rows of what was asked and answered."""
    count = "SELECT (SELECT count(*) FROM predictions), (SELECT count(*) FROM feedback)"
    query = ("psql", "-U", "homes", "-d", "homes", "-tAc", count)
    return [
        version("production"),
        production.homes("models"),
        production.homes("decisions", "--json"),
        production.compose("exec", "-T", "postgres", *query),
    ]


def alerts(name: str) -> list[dict]:
    """Those of this name that are pending or firing in Prometheus."""
    query = {"query": f'ALERTS{{alertname="{name}"}}'}
    answer = httpx.get(f"{PROMETHEUS}/api/v1/query", params=query, timeout=10).raise_for_status()
    return answer.json()["data"]["result"]


def sell(visitors: int) -> None:
    """Visitors from networks of their own come twice, and tell what their home was sold for.

    It was sold for about what the candidate says, which is asked for itself beside them.
    """
    chance = random.Random(1)  # noqa: S311 - homes, no secrets
    places = httpx.get(f"{ROUTER}/api/get_location_names", timeout=20).json()["locations"]
    for number in range(visitors):
        home = {
            "total_sqft": chance.randint(700, 2400),
            "location": chance.choice(places),
            "bhk": chance.choice([2, 3]),
            "bath": 2,
        }
        sold = httpx.post(f"http://127.0.0.1:6002{PREDICT}", json=home, timeout=20).json()
        price = sold["estimated_price"] * chance.choice([0.98, 1.02])
        address = f"10.{number % 200}.{number // 200}.1"
        with httpx.Client(base_url=ROUTER, headers={"X-Real-IP": address}, timeout=20) as visitor:
            visitor.post(PREDICT, json=home).raise_for_status()
            answer = visitor.post(PREDICT, json=home).raise_for_status().json()
            told = {"feedback_type": "actual_price", "feedback_value": round(price, 2)}
            visitor.post(
                "/api/feedback",
                json={"prediction_id": answer["prediction_id"], "confirmed": True, **told},
            ).raise_for_status()


def evaluated() -> dict[str, str]:
    """The state of each task of an evaluation that is asked for now."""
    login = {"username": "airflow", "password": "airflow"}
    token = httpx.post(f"{AIRFLOW}/auth/token", json=login, timeout=30).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{AIRFLOW}/api/v2", headers=headers, timeout=30) as client:
        until(lambda: client.get(f"/dags/{EVALUATE}").is_success, 120, "Airflow has read the DAG")
        run = client.post(f"/dags/{EVALUATE}/dagRuns", json={"logical_date": None})
        path = f"/dags/{EVALUATE}/dagRuns/{run.raise_for_status().json()['dag_run_id']}"
        ended = ("success", "failed")
        until(lambda: client.get(path).json()["state"] in ended, 480, "the evaluation ended")
        tasks = client.get(f"{path}/taskInstances").json()["task_instances"]
        return {task["task_id"]: task["state"] for task in tasks}


@pytest.fixture(autouse=True, scope="module")
def in_order(production: Production) -> Path:
    """Each test leans on those before it, on the one production."""
    return production.folder
