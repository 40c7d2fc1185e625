from pathlib import Path

import pytest

from homeprices.local import plan, services, state
from homeprices.local.local_settings import PORTS
from homeprices.local.processes import ProcessIdentity
from homeprices.local.state import Phase, ServiceState, StackState
from homeprices.settings import Settings


def stack(postgres: plan.Service | None = None, *companions: str) -> plan.StackPlan:
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    return services.stack(settings, postgres, "/data", companions)


def in_order(services: list[plan.Service]) -> bool:
    """True when every service stands behind all those it waits for."""
    names = [service.name for service in services]
    return all(set(service.after) <= set(names[:place]) for place, service in enumerate(services))


def test_what_was_told_is_read_again(tmp_path: Path) -> None:
    told = StackState(
        ProcessIdentity(7, 1.5),
        [ServiceState("router", Phase.HEALTHY, 2.0, ProcessIdentity(8, 1.6), took_s=0.4)],
    )
    state.write(tmp_path / "state.json", told)
    assert state.read(tmp_path / "state.json") == told


@pytest.mark.parametrize("content", ["", "{", "[]", '{"services": []}'])
def test_a_state_that_cannot_be_read_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "state.json").write_text(content)
    assert state.read(tmp_path / "state.json") is None


def test_a_plan_is_kept_whole(tmp_path: Path) -> None:
    plan.write(tmp_path / "plan.json", stack())
    assert plan.read(tmp_path / "plan.json") == stack()


def test_services_start_behind_those_they_wait_for() -> None:
    database = plan.Service("postgres", "PostgreSQL", ["postgres"])
    assert in_order(stack(database).services)
    assert stack(database).names == [
        "postgres",
        "migrate",
        "production",
        "candidate",
        "router",
        "page",
    ]
    assert stack().names[0] == "migrate"


def test_companions_wait_until_production_has_a_model_and_airflow_starts_in_its_order() -> None:
    whole = stack(None, "mlflow", "airflow")
    assert in_order(whole.services)
    assert whole.front == stack()
    assert whole.companions.names == [
        "first-model",
        "mlflow",
        "airflow-migrate",
        "airflow-api",
        "airflow-scheduler",
        "airflow-dag-processor",
        "airflow-triggerer",
    ]
    after = {service.name: service.after for service in whole.services}
    assert after["mlflow"] == after["airflow-migrate"] == ["first-model"]
    assert stack(None, "airflow").companions.names[:2] == ["first-model", "airflow-migrate"]
    assert stack(None, "mlflow").companions.names == ["first-model", "mlflow"]


def test_what_works_behind_them_waits_for_no_companion_and_nobody_waits_for_it() -> None:
    whole = stack(None, "mlflow", "airflow", "first-candidate")
    (behind,) = [service for service in whole.services if service.behind]
    assert (behind.name, behind.after) == ("first-candidate", ["first-model"])
    assert "first-candidate" not in whole.front.names + whole.companions.names
    assert not any("first-candidate" in service.after for service in whole.services)


def test_mlflow_and_airflow_are_asked_for_their_health_where_each_tells_it() -> None:
    paths = {service.name: service.path for service in stack(None, "mlflow", "airflow").services}
    assert paths["mlflow"] == "/health"
    assert {path for name, path in paths.items() if name.startswith("airflow-") and path} == {
        "/api/v2/monitor/health"
    }


def test_every_port_is_moved_by_a_name_that_up_knows() -> None:
    with_ports = [s for s in stack(None, "mlflow", "airflow").services if s.port is not None]
    assert {service.option for service in with_ports} <= PORTS.keys()


def test_no_secret_is_in_the_plan() -> None:
    settings = Settings(_env_file=None, HOMES_SECRET="s3cr3t", POSTGRES_PASSWORD="pa55")  # type: ignore[call-arg]
    told = repr(services.stack(settings, None, "/data", ["mlflow", "airflow"]))
    assert "s3cr3t" not in told
    assert "pa55" not in told
