"""The schedule while things break: a killed task, two runs at once, MLflow and PostgreSQL away."""

import json
import os
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import psutil
import pytest

from support.schedule import PIPELINE, Schedule
from support.stack import Stack, eventually

# A killed training is one more training, which takes minutes: in short the schedule has one.
pytestmark = [pytest.mark.timeout(900), pytest.mark.schedule, pytest.mark.full]


@pytest.fixture(scope="module")
def stack(airflow_stack: Stack) -> Stack:
    return airflow_stack


@dataclass(frozen=True)
class TwoRuns:
    """Two runs that were started at once: the one that trained, and the other."""

    trained: str
    other: str
    states: dict[str, dict[str, str]]
    candidates: list[str]

    @property
    def candidate(self) -> str:
        """The one version that came of them."""
        (version,) = self.candidates
        return version


@pytest.fixture(scope="module")
def two_runs(stack: Stack, schedule: Schedule) -> TwoRuns:
    """Two runs at once; MLflow is away meanwhile, and the training task is killed."""
    if "no trial is open" not in (experiment := stack.homes("experiment")):
        stack.homes("roll-back", experiment.split()[1])
    before = set(manifests(stack, "price_check_CO*"))
    runs = [schedule.trigger(PIPELINE), schedule.trigger(PIPELINE)]
    eventually(lambda: any(state(schedule, run, "train") == "running" for run in runs), 600, 0.5)
    trained = next(run for run in runs if state(schedule, run, "train") == "running")
    with away(stack, "mlflow"):
        kill(schedule.get(f"/dags/{PIPELINE}/dagRuns/{trained}/taskInstances/train")["id"])
        states = {run: schedule.ended(PIPELINE, run) for run in runs}
    other = next(run for run in runs if run != trained)
    made = set(manifests(stack, "price_check_CO*")) - before
    return TwoRuns(trained, other, states, sorted(made))


@contextmanager
def away(stack: Stack, service: str) -> Iterator[None]:
    """Kill a service and hold its port, so that the supervisor cannot bring it back."""
    killed = psutil.Process(stack.pid(service))
    killed.kill()
    killed.wait(10)
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", stack.ports[service]))
        held.listen()
        yield


def state(schedule: Schedule, run: str, task: str) -> str | None:
    return schedule.tasks(PIPELINE, run).get(task)


def kill(task: str) -> None:
    """Kill -9 the process that runs the task instance `task`."""

    def found() -> list[int]:
        lines = {p.pid: " ".join(p.info["cmdline"] or ()) for p in psutil.process_iter(["cmdline"])}
        return [pid for pid, line in lines.items() if f"airflow worker -- {task}" in line]

    eventually(found, within_s=30)
    for pid in found():
        os.kill(pid, signal.SIGKILL)


def manifests(stack: Stack, pattern: str) -> list[str]:
    models = (stack.data_dir / "objects" / "models").glob(f"{pattern}/manifest.json")
    return sorted(json.loads(path.read_text())["version"] for path in models)


def test_a_killed_training_is_tried_again_and_makes_exactly_one_version(
    stack: Stack, schedule: Schedule, two_runs: TwoRuns
) -> None:
    assert schedule.tries(PIPELINE, two_runs.trained, "train") == 2
    assert two_runs.states[two_runs.trained]["open_experiment"] == "success"
    assert len(two_runs.candidates) == 1
    assert f"{two_runs.candidate} on trial against BO" in stack.homes("experiment")


def test_of_two_runs_at_once_the_other_says_why_it_does_not_train(
    schedule: Schedule, two_runs: TwoRuns
) -> None:
    assert two_runs.states[two_runs.other]["check"] == "skipped"
    told = schedule.log(PIPELINE, two_runs.other, "check")
    assert re.search(r"T\d+ is under way", told)
    assert two_runs.trained in told


def test_a_version_that_mlflow_was_not_told_of_is_logged_by_housekeeping(
    stack: Stack, schedule: Schedule, two_runs: TwoRuns
) -> None:
    told = schedule.answer(PIPELINE, two_runs.trained, "track")
    version = two_runs.candidate
    assert str(told).startswith(f"{version} is untracked: ")
    note = stack.data_dir / "objects" / "models" / f"price_check_{version}" / "tracked.json"
    assert not note.exists()
    # Its port was held for as long as the run took: the supervisor may wait half a minute by now.
    eventually(lambda: httpx.get(f"{stack.url('mlflow')}/health").is_success, within_s=240)
    assert f"{version} is tracked as run" in stack.homes("keep-house")
    assert note.exists()


def test_a_restart_of_postgresql_in_the_middle_of_a_run_ends_well(
    stack: Stack, schedule: Schedule, two_runs: TwoRuns
) -> None:
    production = stack.version("production")
    stack.homes("roll-back", two_runs.candidate)
    run = schedule.trigger(PIPELINE)
    eventually(lambda: state(schedule, run, "tune") == "running", 120, 0.5)
    os.kill(stack.pid("postgres"), signal.SIGKILL)
    states = schedule.ended(PIPELINE, run)
    assert states["check"] == states["tune"] == states["open_experiment"] == "success"
    assert stack.price("production")["model_version"] == production
