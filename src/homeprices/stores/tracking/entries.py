"""What is written to MLflow, entry by entry, and a bundle as it lays models out."""

from __future__ import annotations

import json
import shutil
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from homeprices.domain.market import FactSpec
from homeprices.domain.training import DatasetFacts, TrainingRecord, TuningTrial

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput, Run
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, TensorSpec

PARENT = "mlflow.parentRunId"
MOST_AT_ONCE = 1000


def experiment(client: MlflowClient, name: str) -> str:
    """The id of the experiment `name`, made or brought back where it is missing."""
    from mlflow.exceptions import MlflowException

    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        try:
            return str(client.create_experiment(name))
        except MlflowException:
            # Another process has made it meanwhile; if not, the error stands.
            experiment = client.get_experiment_by_name(name)
            if experiment is None:
                raise
    if experiment.lifecycle_stage == "deleted":
        client.restore_experiment(experiment.experiment_id)
    return str(experiment.experiment_id)


def runs(client: MlflowClient, experiment: str, tag: str, value: str) -> list[Run]:
    """The runs, at most a thousand, whose `tag` has this value."""
    return list(
        client.search_runs([experiment], f"tags.`{tag}` = '{value}'", max_results=MOST_AT_ONCE)
    )


def log_trial(client: MlflowClient, parent: Run, trial: TuningTrial) -> None:
    """One trial as a child of its training."""
    child = client.create_run(
        parent.info.experiment_id,
        run_name=f"trial {trial.number + 1}",
        tags={PARENT: parent.info.run_id, "homes.trial": trial.state.value},
    )
    run_id = child.info.run_id
    describe(client, run_id, trial.parameters)
    for fold, error in enumerate(trial.folds):
        measure(client, run_id, {"fold_mean_abs_log_error": error}, fold)
    whole = {} if trial.value is None else {"mean_abs_log_error": trial.value}
    measure(client, run_id, {**whole, "duration_seconds": trial.seconds})
    client.set_terminated(run_id)


def describe(client: MlflowClient, run_id: str, parameters: Mapping[str, float]) -> None:
    """Log the parameters of a run."""
    from mlflow.entities import Param

    client.log_batch(run_id, params=[Param(name, f"{v:g}") for name, v in parameters.items()])


def measure(client: MlflowClient, run_id: str, figures: Mapping[str, float], step: int = 0) -> None:
    """Log figures of a run as of now."""
    from mlflow.entities import Metric

    at = int(time.time() * 1000)
    client.log_batch(run_id, metrics=[Metric(name, v, at, step) for name, v in figures.items()])


def dataset(facts: DatasetFacts) -> DatasetInput:
    """The dataset as an input of a run; MLflow's digest holds the first half of the sha256."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    source = {"uri": f"data/raw/train_{facts.version}.csv", "made_from": facts.source}
    dataset_entry = Dataset(
        name=f"train_{facts.version}",
        digest=facts.sha256[:32],
        source_type="homes",
        source=json.dumps({**source, "sha256": facts.sha256}),
        profile=json.dumps({"num_rows": facts.rows, "simulated": facts.simulated}),
    )
    return DatasetInput(dataset_entry, [InputTag("mlflow.data.context", "training")])


def signature(facts: Mapping[str, FactSpec]) -> ModelSignature:
    """The columns of a home request and of an estimate."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema
    from mlflow.types.schema import AnyType

    # MLflow refuses whole numbers in a column of fractions; tables of homes have both.
    number, words = AnyType(), "string"  # type: ignore[no-untyped-call]
    inputs: list[ColSpec | TensorSpec] = [
        ColSpec(number if spec.bounds else words, spec.field, required=spec.required)
        for spec in facts.values()
    ]
    outputs: list[ColSpec | TensorSpec] = [ColSpec("double", n) for n in ("price", "low", "high")]
    return ModelSignature(Schema(inputs), Schema(outputs))


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write `files` into `folder`."""
    for name, content in files.items():
        (folder / name).write_bytes(content)


@dataclass(frozen=True, slots=True)
class Loader:
    """What lets MLflow load a bundle anywhere.

    `model_file` is what it runs, `rooms` the parts of our package that this
    needs, `requirements` the libraries.
    """

    model_file: Path
    package: Path
    rooms: Sequence[str]
    requirements: Sequence[str]

    def lay_out(self, folder: Path, record: TrainingRecord, run_id: str, model_id: str) -> None:
        """Write the model as MLflow lays it out to `folder`/model."""
        import mlflow

        bundle, code = folder / "bundle", folder / self.package.name
        bundle.mkdir()
        code.mkdir()
        shutil.copy(self.package / "__init__.py", code)
        for room in self.rooms:
            compiled = shutil.ignore_patterns("__pycache__")
            shutil.copytree(self.package / room, code / room, ignore=compiled)
        write(bundle, record.files)
        with warnings.catch_warnings():
            # The signature is ours: an example would only be there to check it.
            warnings.filterwarnings("ignore", ".*input example was not provided", UserWarning)
            mlflow.pyfunc.save_model(
                folder / "model",
                python_model=str(self.model_file),
                artifacts={"bundle": str(bundle)},
                code_paths=[str(code)],
                pip_requirements=list(self.requirements),
                signature=signature(record.home_facts),
                mlflow_model=mlflow.models.Model(run_id=run_id, model_id=model_id),
            )
