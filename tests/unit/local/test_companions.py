"""How Airflow is told of our settings."""

import json
from pathlib import Path

import pytest

from homeprices.domain.errors import Refused
from homeprices.local.companions import prepare
from homeprices.settings import Settings


def given(folder: Path, **environment: object) -> Settings:
    facts = {"HOMES_DATA_DIR": folder, "HOMES_SECRET": "a secret of thirty-two characters"}
    return Settings(_env_file=None, **{**facts, **environment})  # type: ignore[call-arg, arg-type]


def test_all_processes_share_secrets_that_differ_by_purpose(tmp_path: Path) -> None:
    first, second = prepare(given(tmp_path)), prepare(given(tmp_path))
    assert first == second
    secrets = {
        first["AIRFLOW__CORE__FERNET_KEY"],
        first["AIRFLOW__API__SECRET_KEY"],
        first["AIRFLOW__API_AUTH__JWT_SECRET"],
    }
    assert len(secrets) == 3
    other = prepare(given(tmp_path, HOMES_SECRET="another secret"))
    assert secrets.isdisjoint(other.values())


def test_without_a_secret_nothing_is_configured(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="HOMES_SECRET is not set"):
        prepare(given(tmp_path, HOMES_SECRET=""))


def test_the_password_is_changed_with_its_setting_and_only_its_owner_reads_it(
    tmp_path: Path,
) -> None:
    prepare(given(tmp_path))
    path = tmp_path / "airflow" / "passwords.json"
    assert json.loads(path.read_text()) == {"airflow": "airflow"}
    prepare(given(tmp_path, HOMES_AIRFLOW_PASSWORD="better"))
    assert json.loads(path.read_text()) == {"airflow": "better"}
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_password_of_odd_characters_is_quoted_in_the_database_url(tmp_path: Path) -> None:
    told = prepare(given(tmp_path, POSTGRES_HOST="db", POSTGRES_PASSWORD="p@ss/w:rd"))
    wanted = "postgresql+psycopg://homes:p%40ss%2Fw%3Ard@db:5433/airflow"
    assert told["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == wanted


def test_airflow_reads_the_dags_and_a_variable_of_its_own_is_left_to_it(tmp_path: Path) -> None:
    told = prepare(given(tmp_path))
    dags = Path(told["AIRFLOW__CORE__DAGS_FOLDER"])
    assert {"evaluate_ab_dag", "drift_monitoring_dag"} <= {path.stem for path in dags.glob("*.py")}
    assert told["AIRFLOW_HOME"] == str(tmp_path / "airflow")
