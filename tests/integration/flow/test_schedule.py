"""The schedule on a real Airflow and a real MLflow: train, try, promote, roll back, watch."""

import json
from pathlib import Path

import httpx
import pytest

from support.prepared import quick_training
from support.schedule import DRIFT, EVALUATE, PIPELINE, SETTINGS, Schedule
from support.stack import Stack, eventually

pytestmark = [pytest.mark.timeout(900), pytest.mark.schedule]


@pytest.fixture(scope="module")
def stack(airflow_stack: Stack) -> Stack:
    return airflow_stack


def mlflow(stack: Stack, what: str, **query: object) -> dict:
    answer = httpx.get(f"{stack.url('mlflow')}/api/2.0/mlflow/{what}", params=query, timeout=20)
    return answer.raise_for_status().json()


def searched(stack: Stack, text: str) -> list[dict]:
    """The runs of all experiments that a filter finds."""
    known = mlflow(stack, "experiments/search", max_results=100)["experiments"]
    asked = {"filter": text, "experiment_ids": [one["experiment_id"] for one in known]}
    answer = httpx.post(f"{stack.url('mlflow')}/api/2.0/mlflow/runs/search", json=asked, timeout=20)
    return answer.raise_for_status().json().get("runs", [])


def objects(stack: Stack, pattern: str) -> list[Path]:
    return sorted((stack.data_dir / "objects").glob(pattern))


def test_every_dag_is_listed_without_an_import_error_and_runs_on_its_schedule(schedule) -> None:
    assert schedule.get("/importErrors")["import_errors"] == []
    listed = {dag["dag_id"]: dag for dag in schedule.get("/dags")["dags"]}
    assert set(listed) == {PIPELINE, EVALUATE, DRIFT}
    assert not any(dag["is_paused"] for dag in listed.values())
    assert all(dag["next_dagrun_run_after"] for dag in listed.values())


def test_a_training_started_by_hand_ends_with_its_candidate_on_trial_and_on_record(
    stack: Stack, schedule: Schedule
) -> None:
    run = schedule.trigger(PIPELINE)
    states = schedule.ended(PIPELINE, run)
    assert set(states.values()) == {"success"}
    assert "CO1 on trial against BO1" in stack.homes("experiment")
    assert stack.version("candidate") == "CO1"
    training = json.loads(objects(stack, "trainings/T1.json")[0].read_text())
    ending = json.loads(objects(stack, "trainings/T1.closed.json")[0].read_text())
    assert training["order"] == f"airflow:{PIPELINE}/{run}"
    assert (ending["outcome"], ending["model"]) == ("published", "CO1")

    (tracked,) = searched(stack, "tags.`homes.version` = 'CO1'")
    assert tracked["info"]["status"] == "FINISHED"
    (dataset,) = tracked["inputs"]["dataset_inputs"]
    assert dataset["dataset"]["name"].endswith("V1")
    files = mlflow(stack, "artifacts/list", run_id=tracked["info"]["run_id"], path="report")
    names = {Path(file["path"]).name for file in files["files"]}
    assert {"card.html", "residuals.png", "calibration.png", "error_by_locality.png"} <= names
    children = searched(stack, f"tags.`mlflow.parentRunId` = '{tracked['info']['run_id']}'")
    assert len(children) == int(SETTINGS["HOMES_TUNING_TRIALS"])


def test_while_a_trial_is_open_a_run_stops_with_the_reason(schedule: Schedule) -> None:
    run = schedule.trigger(PIPELINE)
    states = schedule.ended(PIPELINE, run)
    assert states["check"] == "skipped"
    assert "E1 is open with CO1 on trial" in schedule.log(PIPELINE, run, "check")


def test_good_feedback_promotes_once_however_often_the_task_runs(
    stack: Stack, schedule: Schedule
) -> None:
    stack.rated("candidate", stars=5)
    stack.rated("production", stars=3)
    stack.drained()
    run = schedule.trigger(EVALUATE)
    states = schedule.ended(EVALUATE, run)
    acts = {name: states[name] for name in ("promote", "roll_back", "hold", "nothing")}
    assert acts == {
        "promote": "success",
        "roll_back": "skipped",
        "hold": "skipped",
        "nothing": "skipped",
    }
    assert states["train_again"] == "skipped"
    assert stack.version("production") == "BO2"
    alias = mlflow(
        stack, "registered-models/alias", name="bangalore_home_prices", alias="production"
    )
    assert {"key": "homes.version", "value": "CO1"} in alias["model_version"]["tags"]

    before = (stack.homes("decisions", "--json"), objects(stack, "models/*/manifest.json"))
    schedule.clear(EVALUATE, run, "promote")
    assert (stack.homes("decisions", "--json"), objects(stack, "models/*/manifest.json")) == before


def test_with_nothing_on_trial_nothing_is_done(schedule: Schedule) -> None:
    states = schedule.run(EVALUATE)
    assert states["nothing"] == "success"
    (run,) = list(schedule.runs(EVALUATE))[-1:]
    noted = schedule.get(f"/dags/{EVALUATE}/dagRuns/{run}")["note"]
    assert "- no trial is open: there was nothing to decide" in noted
    assert "- ask: nothing to do: " in noted
    assert {states["promote"], states["roll_back"], states["ask"]} == {"skipped"}


@pytest.mark.full
def test_a_bad_candidate_is_rolled_back_and_another_training_follows(
    stack: Stack, schedule: Schedule
) -> None:
    stack.homes(*quick_training(seed=2), "--force")
    eventually(lambda: stack.version("candidate") == "CO2", within_s=20)
    stack.rated("candidate", stars=1)
    stack.rated("production", stars=5)
    stack.drained()
    run = schedule.trigger(EVALUATE)
    states = schedule.ended(EVALUATE, run)
    assert (states["roll_back"], states["promote"]) == ("success", "skipped")
    assert states["train_again"] == "success"
    row = json.loads(stack.homes("decisions", "--json"))[0]
    assert (row["verdict"], row["subject"]) == ("ROLL_BACK", "CO2")

    followed = schedule.ended(PIPELINE, f"after_{row['id']}")
    assert followed["check"] == followed["end"] == "success"
    ending = json.loads(objects(stack, "trainings/T2.closed.json")[0].read_text())
    assert (ending["outcome"], ending["model"]) == ("published", "CO3")
    training = json.loads(objects(stack, "trainings/T2.json")[0].read_text())
    assert training["reasons"] == ["CO2 lost its trial and nothing was trained since"]
    assert training["seed"] == 1
    before = stack.homes("decisions", "--json")
    schedule.clear(EVALUATE, run, "roll_back")
    assert stack.homes("decisions", "--json") == before


def test_new_listings_start_the_pipeline_by_themselves(stack: Stack, schedule: Schedule) -> None:
    def by_asset() -> list[str]:
        return [run for run in schedule.runs(PIPELINE) if run.startswith("asset")]

    if "no trial is open" in stack.homes("experiment"):  # beside one, a run ends soon
        stack.homes(*quick_training(seed=3), "--force")
    told = stack.homes("dataset", "simulate", "--rows", "3000", "--seed", "5")
    assert "Airflow was told of V2: the pipeline starts" in told
    assert by_asset() == []
    with schedule.by_itself():
        eventually(by_asset, within_s=120)
    schedule.ended(PIPELINE, by_asset()[0])


def test_the_daily_watch_keeps_its_report_as_a_page_and_keeps_house(
    stack: Stack, schedule: Schedule
) -> None:
    states = schedule.run(DRIFT)
    assert states["watch_drift"] == states["keep_page"] == states["keep_house"] == "success"
    kept = json.loads(stack.homes("drift", "report", "--json"))
    assert kept["report"]["requests"] > 0
    (page,) = searched(stack, f"tags.`homes.page` = 'drift {kept['day']}'")
    files = mlflow(stack, "artifacts/list", run_id=page["info"]["run_id"])["files"]
    assert [file["path"] for file in files] == [f"drift {kept['day']}.html"]
