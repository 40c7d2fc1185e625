"""Services that something else has started are known by their addresses."""

import pytest

from homeprices.local import elsewhere, probe
from homeprices.local.doctor import examine
from homeprices.settings import Settings

SETTINGS = Settings(
    _env_file=None,  # type: ignore[call-arg]
    HOMES_PRODUCTION_URL="http://production:6001",
    HOMES_ROUTER_URL="https://router:7000",
    HOMES_AIRFLOW_URL="http://airflow-api:8080",
)
ANSWERS = {
    "http://production:6001/api/health/live": (200, {}),
    "http://production:6001/api/health": (200, {"model_version": "BO2", "load_failures": 0}),
    "https://router:7000/router/live": (200, {}),
}


@pytest.fixture(autouse=True)
def answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "get", lambda url: ANSWERS.get(url, (0, None)))


def test_each_that_is_named_is_a_row() -> None:
    assert elsewhere.rows(SETTINGS) == [
        ("production", "healthy", "http://production:6001", "BO2", ""),
        ("router", "healthy", "https://router:7000", "", ""),
        ("Airflow", "away", "http://airflow-api:8080", "", ""),
    ]


def test_the_doctor_says_which_does_not_answer_and_where() -> None:
    findings = {finding.name: finding for finding in examine(elsewhere.checks(SETTINGS))}
    assert [name for name, finding in findings.items() if finding.is_well] == [
        "production",
        "router",
    ]
    assert "http://airflow-api:8080/api/v2/monitor/health" in findings["Airflow"].words


def test_what_is_not_named_is_not_asked() -> None:
    assert elsewhere.rows(Settings(_env_file=None)) == []  # type: ignore[call-arg]
