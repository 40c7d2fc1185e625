"""A bundle as MLflow lays models out: code, data and requirements that load anywhere."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from homeprices.domain.training import TrainingRecord
from homeprices.stores.tracking.entries import signature, write


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
