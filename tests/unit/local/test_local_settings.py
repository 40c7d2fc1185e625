from pathlib import Path

import pytest

from homeprices.domain.errors import BadInput, Refused
from homeprices.local import local_settings, services
from homeprices.local.layout import Layout
from homeprices.settings import Settings


def given(**environment: object) -> Settings:
    return Settings(_env_file=None, **environment)  # type: ignore[call-arg, arg-type]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


def test_secrets_are_made_once_and_only_their_owner_reads_them(layout: Layout) -> None:
    local_settings.keep(layout, {}, given())
    first = layout.settings_file.read_text()
    local_settings.keep(layout, {}, given())
    assert layout.settings_file.read_text() == first
    assert layout.settings_file.stat().st_mode & 0o777 == 0o600
    assert layout.operator_key.stat().st_mode & 0o777 == 0o600
    kept = local_settings.read(layout.settings_file)
    assert layout.operator_key.read_text().strip() == kept["HOMES_OPERATOR_KEY"]
    assert len({kept["HOMES_SECRET"], kept["HOMES_OPERATOR_KEY"], kept["POSTGRES_PASSWORD"]}) == 3


def test_the_services_read_what_was_kept(layout: Layout) -> None:
    local_settings.keep(layout, {"router": 7001}, given())
    loaded = Settings(_env_file=layout.settings_file)  # type: ignore[call-arg]
    assert (loaded.router_port, loaded.postgres_host) == (7001, "127.0.0.1")
    assert loaded.require_secret()


def test_a_moved_port_is_remembered(layout: Layout) -> None:
    local_settings.keep(layout, {"router": 7001}, given())
    local_settings.keep(layout, {"page": 6501}, given())
    kept = local_settings.read(layout.settings_file)
    assert (kept["HOMES_ROUTER_PORT"], kept["HOMES_PAGE_PORT"]) == ("7001", "6501")


def test_a_port_that_the_environment_fixes_cannot_be_moved(layout: Layout) -> None:
    with pytest.raises(Refused, match="HOMES_ROUTER_PORT to 7005; unset it first"):
        local_settings.keep(layout, {"router": 7001}, given(HOMES_ROUTER_PORT=7005))


def test_with_a_database_of_the_environments_own_none_is_named(layout: Layout) -> None:
    local_settings.keep(layout, {}, given(POSTGRES_HOST="db.example"))
    assert not any(
        name.startswith("POSTGRES") for name in local_settings.read(layout.settings_file)
    )


@pytest.mark.parametrize("text", ["router", "router=", "router=0", "router=70000", "oven=1", "=1"])
def test_a_port_option_that_cannot_be_read_names_what_is_expected(text: str) -> None:
    with pytest.raises(BadInput, match="must be NAME=PORT, NAME one of router, production"):
        local_settings.parse_ports((text,))


def test_port_options_are_read_by_name() -> None:
    assert local_settings.parse_ports(("router=7001", "page=6501")) == {
        "router": 7001,
        "page": 6501,
    }


def test_a_start_names_the_companions_it_brings_and_the_next_one_forgets_those_left_out(
    layout: Layout,
) -> None:
    local_settings.keep(layout, {"mlflow": 5001}, given(), ["mlflow", "airflow", "first-candidate"])
    kept = local_settings.read(layout.settings_file)
    assert kept["MLFLOW_TRACKING_URI"] == "http://127.0.0.1:5001"
    assert kept["HOMES_AIRFLOW_URL"] == "http://127.0.0.1:8080"
    loaded = Settings(_env_file=layout.settings_file)  # type: ignore[call-arg]
    assert local_settings.started(loaded, given()) == ["mlflow", "airflow"]
    local_settings.keep(layout, {}, given(), ["airflow"])
    assert "MLFLOW_TRACKING_URI" not in local_settings.read(layout.settings_file)


def test_a_companion_that_the_environment_names_is_not_started() -> None:
    named_elsewhere = given(MLFLOW_TRACKING_URI="http://mlflow.example")
    assert local_settings.embedded(named_elsewhere) == ["airflow", "first-candidate"]
    assert local_settings.embedded(given(), {"airflow", "first-candidate"}) == ["mlflow"]


def test_what_is_left_out_is_read_by_name() -> None:
    left_out = {"airflow", "first-candidate"}
    assert local_settings.parse_without("airflow, first-candidate") == left_out
    assert local_settings.parse_without("") == set()
    with pytest.raises(BadInput, match=r"some of mlflow, airflow, first-candidate, .* got 'oven'"):
        local_settings.parse_without("oven")


def test_what_runs_already_is_not_changed_by_another_start() -> None:
    running = services.stack(given(), None, "/data", ["airflow", "first-candidate"])
    local_settings.require_unchanged(running, None)
    local_settings.require_unchanged(running, ["first-candidate", "airflow"])
    with pytest.raises(Refused, match="with airflow and first-candidate; to change that, run"):
        local_settings.require_unchanged(running, ["airflow"])
