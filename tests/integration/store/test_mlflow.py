"""A real MLflow server keeps each training once, and loads the bundle as it was published."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

import homeprices
from homeprices import markets
from homeprices.bootstrap import Homes
from homeprices.datasets.clean import clean
from homeprices.datasets.read import read
from homeprices.datasets.simulate import simulate
from homeprices.domain.errors import NotFound, Unavailable
from homeprices.domain.listing import Listing
from homeprices.domain.training import DatasetFacts, TrainingRecord, TuningTrial, TuningTrialState
from homeprices.settings import Settings
from homeprices.stores.tracking.mlflow import MlflowTracker
from homeprices.valuation.train.fit import FitConfig, fit
from homeprices.valuation.train.recipes import RECIPES
from support.stack import free_ports
from support.tracking_server import tracking_server

MARKET = markets.load("bangalore")
MODEL = "bangalore_home_prices"
TRIALS = [
    TuningTrial(0, {"rounds": 60.0}, TuningTrialState.FINISHED, 0.21, [0.2, 0.22], 1.5),
    TuningTrial(1, {"rounds": 90.0}, TuningTrialState.PRUNED, None, [0.3], 0.5),
]
FACTS = DatasetFacts("V4", "a1" * 32, "listings.csv", 9538, simulated=False)
LOADS = """
import sys, json, mlflow, pandas as pd
model = mlflow.pyfunc.load_model(sys.argv[1])
golden = json.load(open(sys.argv[2]))
fields = json.loads(sys.argv[3])
homes = [row["home"] for row in golden]
homes = pd.DataFrame([home | home.pop("facts") for home in homes]).rename(columns=fields)
told = model.predict(homes.dropna(axis="columns", how="all"))
told = told[["price", "low", "high"]].values.tolist()
assert told == [[row["price"], row["low"], row["high"]] for row in golden], told
import homeprices
print(len(told), homeprices.__file__)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="homes-test-"))
    try:
        with tracking_server(folder) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def bundle_files() -> dict[str, bytes]:
    listings: list[Listing] = clean(read(simulate(MARKET, 1500, 1), MARKET), MARKET).listings
    return fit(FitConfig("booster", RECIPES["booster"].quick), listings, MARKET, lambda _: None)


@pytest.fixture
def tracker(server: str) -> MlflowTracker:
    mirror = Homes(Settings(tracking_uri=server)).tracking
    assert mirror is not None
    assert isinstance(mirror.tracker, MlflowTracker)
    return mirror.tracker


@pytest.fixture
def client(server: str, tracker: MlflowTracker):
    tracker.aliases()  # imports MLflow without its warnings
    from mlflow import MlflowClient

    return MlflowClient(server, server)


def record(
    version: str, files: dict[str, bytes] | None = None, **changes: object
) -> TrainingRecord:
    made = TrainingRecord(
        version=version,
        digest=f"digest of {version}",
        recipe="booster",
        parameters={"rounds": 60.0, "learning_rate": 0.1},
        metrics={"mdape_percent": 15.5, "mae_lakh": 27.5, "bedrooms 5 and more/rows": 70.0},
        tags={"homes.code": "0123456789ab"},
        dataset=FACTS,
        home_facts=MARKET.facts,
        files=files or {"market.json": b"{}"},
        report={"card.html": b"<p>the card</p>", "residuals.png": b"\x89PNG"},
        trials=TRIALS,
    )
    return replace(made, **changes)


def runs(client, version: str) -> list:
    experiment = client.get_experiment_by_name(MARKET.title).experiment_id
    return list(client.search_runs([experiment], f"tags.`homes.version` = '{version}'"))


def test_a_training_is_one_run_with_everything_it_was_told(tracker, client) -> None:
    run_id = tracker.log(record("CO1"))
    assert tracker.log(record("CO1")) == run_id
    assert [run.info.run_id for run in runs(client, "CO1")] == [run_id]
    run = client.get_run(run_id)
    assert (run.info.status, run.info.run_name) == ("FINISHED", "CO1 booster")
    assert run.data.params == {"rounds": "60", "learning_rate": "0.1"}
    assert run.data.metrics["mae_lakh"] == 27.5
    assert run.data.metrics["bedrooms 5 and more/rows"] == 70
    assert run.data.metrics["search_best_mean_abs_log_error"] == 0.21
    assert run.data.tags["homes.code"] == "0123456789ab"
    dataset = run.inputs.dataset_inputs[0].dataset
    assert (dataset.name, dataset.digest) == ("train_V4", FACTS.sha256[:32])
    assert msgspec.json.decode(dataset.source)["sha256"] == FACTS.sha256
    kept = {file.path for file in client.list_artifacts(run_id, "report")}
    assert kept == {"report/card.html", "report/residuals.png"}


def test_every_trial_is_a_child_of_its_training(tracker, client) -> None:
    parent = client.get_run(tracker.log(record("CO2")))
    children = client.search_runs(
        [parent.info.experiment_id], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'"
    )
    told = {child.info.run_name: child for child in children}
    assert set(told) == {"trial 1", "trial 2"}
    first, second = told["trial 1"].data, told["trial 2"].data
    assert (first.tags["homes.trial"], second.tags["homes.trial"]) == ("finished", "pruned")
    assert first.params == {"rounds": "60"}
    assert (first.metrics["mean_abs_log_error"], first.metrics["fold_mean_abs_log_error"]) == (
        0.21,
        0.22,
    )
    assert "mean_abs_log_error" not in second.metrics
    assert second.metrics["fold_mean_abs_log_error"] == 0.3


@pytest.mark.parametrize("breaks_at", ["log_artifacts", "create_logged_model", "set_terminated"])
def test_a_run_that_broke_off_half_way_is_replaced(tracker, client, monkeypatch, breaks_at) -> None:
    import mlflow

    version = f"CO3{len(breaks_at)}"

    def away(*_arguments: object, **_options: object) -> None:
        raise mlflow.exceptions.MlflowException("the line is dead")

    whole = mlflow.MlflowClient.set_terminated

    def ends_children(self, run_id: str, *arguments: object) -> None:
        if "homes.version" in self.get_run(run_id).data.tags:
            away()
        whole(self, run_id, *arguments)

    with monkeypatch.context() as broken:
        broken.setattr(
            mlflow.MlflowClient, breaks_at, ends_children if breaks_at == "set_terminated" else away
        )
        with pytest.raises(Unavailable, match="failed"):
            tracker.log(record(version))
    run_id = tracker.log(record(version))
    assert [run.info.run_id for run in runs(client, version)] == [run_id]
    numbered = client.search_model_versions(f"tags.`homes.version` = '{version}'")
    assert [one.run_id for one in numbered] == [run_id]
    tracker.point("candidate", version)
    assert tracker.aliases()["candidate"] == version


def test_an_alias_names_one_version_another_or_nothing(tracker) -> None:
    for version in ("CO4", "CO5"):
        tracker.log(record(version))
    tracker.point("champion", "CO4")
    tracker.point("champion", "CO5")
    assert tracker.aliases()["champion"] == "CO5"
    tracker.point("champion", None)
    tracker.point("champion", None)
    assert "champion" not in tracker.aliases()
    with pytest.raises(NotFound, match="CO99"):
        tracker.point("champion", "CO99")


def test_the_same_number_of_another_registry_is_another_model(tracker) -> None:
    first = tracker.log(record("CO6"))
    tracker.point("veteran", "CO6")
    assert tracker.log(record("CO6", digest="another")) != first
    assert tracker.aliases()["veteran"] == "CO6 of another registry"
    tracker.point("veteran", "CO6")
    assert tracker.aliases()["veteran"] == "CO6"


def test_the_model_is_loaded_anywhere_and_scores_the_golden_rows_equally(
    tracker, server: str, bundle_files: dict[str, bytes], tmp_path: Path
) -> None:
    tracker.log(record("CO7", bundle_files))
    tracker.point("candidate", "CO7")
    (tmp_path / "golden.json").write_bytes(bundle_files["golden.json"])
    fields = msgspec.json.encode(MARKET.fields).decode()
    done = subprocess.run(
        [sys.executable, "-c", LOADS, f"models:/{MODEL}@candidate", "golden.json", fields],
        cwd=tmp_path,
        env={"MLFLOW_TRACKING_URI": server, "MLFLOW_DISABLE_TELEMETRY": "true", "HOME": "/"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows, package = done.stdout.split()
    assert int(rows) >= 20
    assert str(Path(homeprices.__file__).parent) not in package


def test_a_page_is_kept_once_for_its_name(tracker, client) -> None:
    first = tracker.keep_page("drift 2026-11-02", b"<p>quiet</p>", {"psi area": 0.02})
    assert tracker.keep_page("drift 2026-11-02", b"<p>quiet</p>", {"psi area": 0.02}) == first
    assert client.get_run(first).data.metrics == {"psi area": 0.02}
    assert [file.path for file in client.list_artifacts(first)] == ["drift 2026-11-02.html"]


def test_a_server_that_is_away_is_told_at_once() -> None:
    nobody = f"http://127.0.0.1:{free_ports(1)[0]}"
    tracker = Homes(Settings(tracking_uri=nobody)).tracking.tracker
    begun = time.monotonic()
    for call in (tracker.aliases, lambda: tracker.log(record("CO8"))):
        with pytest.raises(Unavailable, match=f"the MLflow server at {nobody} is away"):
            call()
    assert time.monotonic() - begun < 5


def test_a_server_that_hangs_is_told_within_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        tracker = Homes(Settings(tracking_uri=address)).tracking.tracker
        begun = time.monotonic()
        with pytest.raises(Unavailable, match="is away"):
            tracker.aliases()
        assert time.monotonic() - begun < 6


def test_without_a_server_there_is_no_tracker() -> None:
    assert Homes(Settings()).tracking is None


@pytest.mark.full
def test_a_training_while_the_server_is_away_is_published_and_the_doctor_logs_it_later(
    tracker, server: str, tmp_path: Path
) -> None:
    nobody = f"http://127.0.0.1:{free_ports(1)[0]}"

    def homes(*arguments: str, uri: str = nobody) -> str:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("HOMES_", "POSTGRES_"))}
        ours = {"HOMES_DATA_DIR": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-m", "homeprices", *arguments],
            env={**kept, **ours, "MLFLOW_TRACKING_URI": uri},
            capture_output=True,
            text=True,
            timeout=200,
            check=arguments[0] != "doctor",  # ends red: no stack runs here
        )
        return done.stdout + done.stderr

    homes("dataset", "simulate", "--rows", "4000", "--seed", "5")
    told = homes("train", "--recipe", "linear")
    assert f"the MLflow server at {nobody} is away" in told
    assert "BO1 is untracked; housekeeping logs it later" in told
    assert f"problem  tracking: the MLflow server at {nobody} is away" in homes("doctor")
    for _ in range(2):  # a doctor looks and changes nothing
        words = homes("doctor", uri=server)
        assert "problem  tracking: MLflow differs: BO1 is not tracked" in words
        assert "`homes keep-house` mends it" in words
    assert "BO1 is tracked as run " in homes("train", "--recipe", "linear", "--force", uri=server)
    assert tracker.aliases()["production"] == "BO1"
    assert "ok       tracking: MLflow follows the registry" in homes("doctor", uri=server)
