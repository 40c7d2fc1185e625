"""Trainings, model versions and pages on an MLflow server."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from homeprices.domain.errors import NotFound, Unavailable
from homeprices.domain.training import TrainingRecord, best_so_far
from homeprices.stores.tracking import entries
from homeprices.stores.tracking.entries import Loader

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run
    from mlflow.entities.model_registry import ModelVersion as Registered

VERSION, DIGEST, PAGE = "homes.version", "homes.digest", "homes.page"
_PAGES = "drift"
_PING_S = 3.0
# MLflow takes these from the environment alone; its own values would keep a caller waiting for
# minutes when the server goes away half-way.
_PATIENCE = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}


@dataclass(frozen=True, slots=True)
class Names:
    """What our things are called on a server that others may use too."""

    experiment: str
    model: str


class MlflowTracker:
    """`ports.Tracker` on the MLflow server at `uri`."""

    def __init__(self, uri: str, names: Names, loader: Loader) -> None:
        self._uri = uri.rstrip("/")
        self._names = names
        self._loader = loader

    def log(self, record: TrainingRecord) -> str:
        """The run that `record` is kept as; one that broke off half-way is replaced."""
        with self._client() as client:
            experiment = entries.experiment(client, self._names.experiment)
            for run in entries.runs(client, experiment, VERSION, record.version):
                if run.data.tags.get(DIGEST) != record.digest:
                    continue
                if run.info.status == "FINISHED":
                    return str(run.info.run_id)
                self._forget(client, run)
            run = client.create_run(
                experiment,
                run_name=f"{record.version} {record.recipe}",
                tags={**record.tags, VERSION: record.version, DIGEST: record.digest},
            )
            self._fill(client, run, record)
            client.set_terminated(run.info.run_id)
            return str(run.info.run_id)

    def point(self, alias: str, version: str | None) -> None:
        """Let `alias` name our `version`, or nothing; raises NotFound for one never logged."""
        with self._client() as client:
            if version is None:
                if alias in self._aliases(client):
                    client.delete_registered_model_alias(self._names.model, alias)
                return
            models = self._registered(client, version)
            if not models:
                raise NotFound(f"MLflow knows no model {version}")
            newest = max(models, key=lambda model: int(model.version))
            client.set_registered_model_alias(self._names.model, alias, newest.version)

    def aliases(self) -> dict[str, str]:
        """Our version by the alias that names it; of a model that is not ours, its number."""
        with self._client() as client:
            versions = {}
            for alias, number in self._aliases(client).items():
                model = client.get_model_version(self._names.model, number)
                versions[alias] = model.tags.get(VERSION, f"number {number}")
            return versions

    def keep_page(self, name: str, page: bytes, figures: Mapping[str, float]) -> str:
        """The run that a page about the traffic is kept as; one for each `name`."""
        with self._client() as client:
            experiment = entries.experiment(client, _PAGES)
            kept = entries.runs(client, experiment, PAGE, name)
            finished = next((run for run in kept if run.info.status == "FINISHED"), None)
            if finished is not None:
                return str(finished.info.run_id)
            run = client.create_run(experiment, run_name=name, tags={PAGE: name})
            client.log_text(run.info.run_id, page.decode(), f"{name}.html")
            entries.measure(client, run.info.run_id, figures)
            client.set_terminated(run.info.run_id)
            return str(run.info.run_id)

    def _fill(self, client: MlflowClient, run: Run, record: TrainingRecord) -> None:
        run_id = run.info.run_id
        entries.describe(client, run_id, record.parameters)
        entries.measure(client, run_id, record.metrics)
        for step, best in enumerate(best_so_far(record.trials)):
            entries.measure(client, run_id, {"search_best_mean_abs_log_error": best}, step)
        client.log_inputs(run_id, datasets=[entries.dataset(record.dataset)])
        with tempfile.TemporaryDirectory() as folder:
            entries.write(Path(folder), record.report)
            client.log_artifacts(run_id, folder, "report")
        for trial in record.trials:
            entries.log_trial(client, run, trial)
        self._register(client, run, record)

    def _register(self, client: MlflowClient, run: Run, record: TrainingRecord) -> None:
        """Log the bundle as a model that `mlflow.pyfunc` loads, and number it."""
        from mlflow.entities import LoggedModelOutput
        from mlflow.exceptions import MlflowException

        logged = client.create_logged_model(
            run.info.experiment_id,
            name=record.version,
            source_run_id=run.info.run_id,
            tags={VERSION: record.version},
            params={name: f"{value:g}" for name, value in record.parameters.items()},
        )
        with tempfile.TemporaryDirectory() as folder:
            self._loader.lay_out(Path(folder), record, run.info.run_id, logged.model_id)
            client.log_model_artifacts(logged.model_id, f"{folder}/model")
        client.finalize_logged_model(logged.model_id, "READY")
        client.log_outputs(run.info.run_id, [LoggedModelOutput(logged.model_id, 0)])
        try:
            client.get_registered_model(self._names.model)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            client.create_registered_model(self._names.model)
        for other in self._registered(client, record.version):
            # Numbers begin anew with a new object store: only one model is this version.
            client.set_model_version_tag(
                self._names.model, other.version, VERSION, f"{record.version} of another registry"
            )
        client.create_model_version(
            self._names.model,
            source=f"models:/{logged.model_id}",
            run_id=run.info.run_id,
            tags={VERSION: record.version, DIGEST: record.digest},
            model_id=logged.model_id,
            await_creation_for=0,
        )

    def _forget(self, client: MlflowClient, run: Run) -> None:
        """Delete what an attempt that broke off has left."""
        run_id = run.info.run_id
        for model in self._registered(client, run.data.tags[VERSION]):
            if model.run_id == run_id:
                client.delete_model_version(self._names.model, model.version)
        for child in entries.runs(client, run.info.experiment_id, entries.PARENT, run_id):
            client.delete_run(child.info.run_id)
        client.delete_run(run_id)

    def _registered(self, client: MlflowClient, version: str) -> list[Registered]:
        query = f"name = '{self._names.model}' and tags.`{VERSION}` = '{version}'"
        return list(client.search_model_versions(query))

    def _aliases(self, client: MlflowClient) -> dict[str, str]:
        """MLflow's number by alias; none before the first model was logged."""
        from mlflow.exceptions import MlflowException

        try:
            return dict(client.get_registered_model(self._names.model).aliases)
        except MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return {}
            raise

    @contextmanager
    def _client(self) -> Iterator[MlflowClient]:
        """A client that gives up soon; what the server refuses or misses is Unavailable."""
        self._ping()
        with _environment(_PATIENCE):
            _import_quietly()
            import requests
            from mlflow import MlflowClient
            from mlflow.exceptions import MlflowException

            try:
                yield MlflowClient(self._uri, self._uri)
            except (MlflowException, requests.RequestException) as error:
                raise Unavailable(f"the MLflow server at {self._uri} failed") from error

    def _ping(self) -> None:
        """Raise Unavailable unless the server answers at once."""
        try:
            answer = httpx.get(f"{self._uri}/health", timeout=_PING_S)
        except httpx.HTTPError as error:
            raise Unavailable(f"the MLflow server at {self._uri} is away") from error
        if answer.status_code >= 500:
            raise Unavailable(f"the MLflow server at {self._uri} answers {answer.status_code}")


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """The environment with `values` where it says nothing itself, while the block runs."""
    added = {name: value for name, value in values.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def _import_quietly() -> None:
    """Import MLflow without what it warns of about its own modules."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mlflow.pyfunc  # noqa: F401 - imported for what it warns of
