"""The DAG files: short, quick to parse, and nothing is touched before a task runs."""

import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from homeprices.workflows.scheduled import deciding
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
tasks = {}
for name in sys.argv[2:]:
    module = sys.modules[name]
    for make in list(vars(module).values()):
        if getattr(make, "__module__", "") == name:
            schedule = make()
            tasks[schedule.dag_id] = {t.task_id: t.doc_md for t in schedule.tasks}
            tasks[schedule.dag_id][""] = schedule.doc_md
heavy = {"homeprices", "mlflow", "obstore"}
loaded = [name for name in sys.modules if name.partition(".")[0] in heavy]
print(json.dumps([told, loaded, tasks]))
"""


class Parsed(NamedTuple):
    """Seconds by file, what was loaded, and each task's documentation by DAG; a DAG's own at ""."""

    seconds: dict[str, float]
    loaded: list[str]
    documents: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Parsed:
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
    return Parsed(*json.loads(done.stdout.splitlines()[-1]))


def test_every_dag_file_is_parsed_in_under_a_second_of_cpu(parsed) -> None:
    assert len(parsed.seconds) == 3
    assert max(parsed.seconds.values()) < 1.0, parsed.seconds


def test_parsing_loads_nothing_of_ours_and_opens_no_socket(parsed) -> None:
    assert parsed.loaded == []


def test_every_task_says_what_it_does_for_whom_and_what_to_do_when_it_fails(parsed) -> None:
    documents = {
        f"{dag}.{task}": document
        for dag, tasks in parsed.documents.items()
        for task, document in tasks.items()
        if task
    }
    assert len(documents) == 28
    assert [n for n, words in documents.items() if not words or "For: " not in words] == []
    assert [n for n, words in documents.items() if "When it fails: " not in words] == []
    own = deciding.promote.__doc__
    assert inspect.cleandoc(own) == documents["evaluate_ab_dag.promote"]


def test_a_dag_says_in_words_when_it_runs_and_where_its_links_are(parsed) -> None:
    said = {dag: tasks[""] for dag, tasks in parsed.documents.items()}
    assert said["evaluate_ab_dag"].startswith("Every full hour (UTC)")
    assert said["bangalore_home_prices_pipeline"].startswith("Mondays at 03:00 in Bengaluru")
    assert said["drift_monitoring_dag"].startswith("Every day at 02:30 in Bengaluru")
    links = "links to model card, trial and decision, stand in its note"
    assert all(links in words for words in said.values())


@pytest.mark.parametrize("path", [*FILES, DAGS / "steps.py"], ids=lambda path: path.name)
def test_a_dag_file_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 60
