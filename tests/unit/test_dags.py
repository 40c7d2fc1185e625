"""The DAG files: short, quick to parse, and nothing is touched before a task runs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.paths import REPOSITORY

DAGS = REPOSITORY / "dags"
FILES = sorted(DAGS.glob("*_dag.py"))
# Parses each file as Airflow would, with no socket to be had, and tells what that took and loaded.
PARSE = """
import json, socket, sys, time
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import Asset, dag, task
from airflow.timetables.assets import AssetOrTimeSchedule
def refused(*_, **__):
    raise RuntimeError("a DAG file has opened a socket")
socket.socket.connect = socket.create_connection = refused
sys.path.insert(0, sys.argv[1])
told = {}
for name in sys.argv[2:]:
    begun = time.process_time()
    __import__(name)
    told[name] = time.process_time() - begun
heavy = {"homeprices", "mlflow", "obstore"}
loaded = [name for name in sys.modules if name.partition(".")[0] in heavy]
print(json.dumps([told, loaded]))
"""


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, float], list[str]]:
    home = tmp_path_factory.mktemp("airflow")
    names = [path.stem for path in FILES]
    done = subprocess.run(
        [sys.executable, "-c", PARSE, str(DAGS), *names],
        env={"AIRFLOW_HOME": str(home), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    times, loaded = json.loads(done.stdout.splitlines()[-1])
    return times, loaded


def test_every_dag_file_is_parsed_in_under_a_second_of_cpu(parsed) -> None:
    times, _ = parsed
    assert len(times) == 3
    assert max(times.values()) < 1.0, times


def test_parsing_loads_nothing_of_ours_and_opens_no_socket(parsed) -> None:
    assert parsed[1] == []


@pytest.mark.parametrize("path", [*FILES, DAGS / "steps.py"], ids=lambda path: path.name)
def test_a_dag_file_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 60
