"""Airflow as this project runs it: its configuration, made of our settings, and its four processes.

`homes airflow ARGUMENTS` is Airflow's own command line in this configuration.
What the environment says by AIRFLOW__... of its own wins: another executor is
one variable away.
"""

import json
from pathlib import Path

from homeprices import assets
from homeprices.local.local_settings import write_private
from homeprices.settings import Settings

AIRFLOW_HEALTH = "/api/v2/monitor/health"
# Each is a process that waits: two are what two cores can use. More: AIRFLOW__CORE__PARALLELISM.
MOST_TASKS = 2
# Name, what `homes airflow` is told, and the part of Airflow's health that tells of it.
PROCESSES = (
    ("airflow-api", "api-server", "metadatabase"),
    ("airflow-scheduler", "scheduler --skip-serve-logs", "scheduler"),
    ("airflow-dag-processor", "dag-processor", "dag_processor"),
    ("airflow-triggerer", "triggerer --skip-serve-logs", "triggerer"),
)


def prepare(settings: Settings) -> dict[str, str]:
    """The environment of every Airflow process, its folder and user made; raises Refused.

    All four processes share the secrets, which are made of ours: nothing is
    kept but the password file that Airflow's simple login reads.
    """
    home = settings.data_dir.resolve() / "airflow"
    home.mkdir(parents=True, exist_ok=True)
    passwords = home / "passwords.json"
    wanted = json.dumps({settings.airflow_user: settings.airflow_password.get_secret_value()})
    if not passwords.exists() or passwords.read_text().strip() != wanted:
        write_private(passwords, wanted + "\n")
    return {"AIRFLOW_HOME": str(home), **_variables(_configuration(settings, home, passwords))}


def _configuration(settings: Settings, home: Path, passwords: Path) -> dict[str, dict[str, str]]:
    """Section, option, value; what is not named keeps Airflow's default."""
    address = settings.airflow_url or f"http://{settings.host}:{settings.airflow_port}"
    return {
        "core": {
            "dags_folder": str(assets.folder("dags")),
            "load_examples": "False",
            "executor": "LocalExecutor",
            "parallelism": str(MOST_TASKS),
            "dags_are_paused_at_creation": "False",
            "execution_api_server_url": f"{address}/execution/",
            "simple_auth_manager_users": f"{settings.airflow_user}:admin",
            "simple_auth_manager_passwords_file": str(passwords),
            "fernet_key": settings.secret_for("airflow fernet"),
        },
        "database": {
            "sql_alchemy_conn": settings.database_url(settings.airflow_db),
            "sql_alchemy_conn_async": settings.database_url(settings.airflow_db, "psycopg_async"),
        },
        "api": {
            "host": settings.host,
            "port": str(settings.airflow_port),
            "base_url": address,
            "workers": "1",
            "secret_key": settings.secret_for("airflow sessions"),
        },
        "api_auth": {"jwt_secret": settings.secret_for("airflow tokens")},
        "logging": {"base_log_folder": str(home / "logs")},
        # An hourly schedule needs no pulse by the second.
        "scheduler": {"scheduler_idle_sleep_time": "2", "job_heartbeat_sec": "10"},
        "triggerer": {"job_heartbeat_sec": "10"},
        # A DAG file changes with a release.
        "dag_processor": {
            "parsing_processes": "1",
            "min_file_process_interval": "120",
            "refresh_interval": "120",
        },
        "usage_data_collection": {"enabled": "False"},
    }


def _variables(configuration: dict[str, dict[str, str]]) -> dict[str, str]:
    return {
        f"AIRFLOW__{section.upper()}__{option.upper()}": value
        for section, options in configuration.items()
        for option, value in options.items()
    }


MLFLOW_HEALTH = "/health"


def environment(settings: Settings) -> dict[str, str]:
    """What `mlflow server` reads; not its arguments, which every account could see."""
    return {
        "MLFLOW_BACKEND_STORE_URI": settings.database_url(settings.mlflow_db),
        "MLFLOW_ARTIFACTS_DESTINATION": f"{settings.objects.rstrip('/')}/mlflow",
        "MLFLOW_SERVE_ARTIFACTS": "true",
        "MLFLOW_HOST": settings.host,
        "MLFLOW_PORT": str(settings.mlflow_port),
        "MLFLOW_WORKERS": "1",
        # Its jobs are eight more processes and twice the memory, for nothing that is used here.
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
