"""Airflow's REST API, as an operator's script would use it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from support.stack import Stack, eventually

PIPELINE, EVALUATE, DRIFT = (
    "bangalore_home_prices_pipeline",
    "evaluate_ab_dag",
    "drift_monitoring_dag",
)
ENDED = ("success", "failed")
# Nothing begins by the clock, so no full hour meets what a test has begun. Two trials are
# enough to choose between; the blend, which takes minutes to tune, has a test of its own.
# Whoever waits for a schedule may be idle for two seconds; a suite may not.
SETTINGS = {
    "HOMES_TUNING_TRIALS": "2",
    "HOMES_RECIPES": "booster,linear",
    # A day is what the default rule waits for at least.
    "HOMES_POLICY": "composite",
    "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
}
# Each look costs Airflow's API more than it costs us.
ASK_EVERY_S = 1.0


@contextmanager
def scheduled(stack: Stack) -> Iterator[Schedule]:
    """The schedule of `stack`, once Airflow has read every DAG."""
    url, login = stack.url("airflow"), {"username": "airflow", "password": "airflow"}
    token = httpx.post(f"{url}/auth/token", json=login, timeout=30).raise_for_status().json()
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    with httpx.Client(base_url=f"{url}/api/v2", headers=headers, timeout=30) as client:
        schedule = Schedule(client, stack)
        eventually(lambda: len(schedule.get("/dags")["dags"]) == 3, within_s=60)
        yield schedule


class Schedule:
    """Airflow by its API, logged in."""

    def __init__(self, client: httpx.Client, stack: Stack) -> None:
        self._client = client
        self._stack = stack

    @contextmanager
    def by_itself(self) -> Iterator[None]:
        """Meanwhile runs begin by clock and by asset, too; those that did have ended afterwards."""
        by_default = {"AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "True"}
        scheduler = subprocess.Popen(
            [sys.executable, "-m", "homeprices", "airflow", "scheduler", "--skip-serve-logs"],
            env=self._stack.environment() | by_default,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield
        finally:
            os.killpg(scheduler.pid, signal.SIGTERM)
            scheduler.wait(60)
        eventually(self.is_idle, within_s=300, every_s=ASK_EVERY_S)

    def is_idle(self) -> bool:
        """True when every run of every DAG has ended."""
        runs = (state for dag in (PIPELINE, EVALUATE, DRIFT) for state in self.runs(dag).values())
        return all(state in ENDED for state in runs)

    def get(self, path: str, **query: object) -> dict:
        return self._client.get(path, params=query).raise_for_status().json()

    def trigger(self, dag: str) -> str:
        """Start a run by hand; its id."""
        answer = self._client.post(f"/dags/{dag}/dagRuns", json={"logical_date": None})
        return answer.raise_for_status().json()["dag_run_id"]

    def runs(self, dag: str) -> dict[str, str]:
        """The state of every run by its id, oldest first."""
        found = self.get(f"/dags/{dag}/dagRuns", order_by="run_after", limit=100)["dag_runs"]
        return {run["dag_run_id"]: run["state"] for run in found}

    def ended(self, dag: str, run: str, within_s: float = 480) -> dict[str, str]:
        """Wait until a run has ended well; the state of each of its tasks."""
        eventually(lambda: self.runs(dag).get(run) in ENDED, within_s, ASK_EVERY_S)
        states = self.tasks(dag, run)
        assert self.runs(dag)[run] == "success", f"{run}: {states}"
        return states

    def run(self, dag: str) -> dict[str, str]:
        """Trigger a run and wait until it has ended well; the state of each task."""
        return self.ended(dag, self.trigger(dag))

    def tasks(self, dag: str, run: str) -> dict[str, str]:
        """State by task; a mapped task once, with the state of its last."""
        found = self.get(f"/dags/{dag}/dagRuns/{run}/taskInstances")["task_instances"]
        return {task["task_id"]: task["state"] for task in found}

    def tries(self, dag: str, run: str, task: str) -> int:
        found = self.get(f"/dags/{dag}/dagRuns/{run}/taskInstances/{task}")
        return int(found["try_number"])

    def log(self, dag: str, run: str, task: str, attempt: int = 1) -> str:
        """What a task has said."""
        path = f"/dags/{dag}/dagRuns/{run}/taskInstances/{task}/logs/{attempt}"
        return self._client.get(path).raise_for_status().text

    def answer(self, dag: str, run: str, task: str) -> object:
        """What a task has returned."""
        path = f"/dags/{dag}/dagRuns/{run}/taskInstances/{task}/xcomEntries/return_value"
        return self.get(path, deserialize=True)["value"]

    def clear(self, dag: str, run: str, task: str) -> None:
        """Let a task that has ended run again, and wait until the run has ended well."""
        what = {"dry_run": False, "dag_run_id": run, "task_ids": [task], "only_failed": False}
        self._client.post(f"/dags/{dag}/clearTaskInstances", json=what).raise_for_status()
        time.sleep(1)
        self.ended(dag, run)
