"""Saves the model as MLflow keeps it in this project, for `mlflow models serve`; nothing is kept.

python -m peers.mlflow_model FOLDER
"""

import os
import sys
from pathlib import Path

import mlflow

from homeprices.valuation import predict

if __name__ == "__main__":
    mlflow.pyfunc.save_model(
        sys.argv[1],
        python_model=str(Path(predict.__file__).with_name("pyfunc.py")),
        artifacts={"bundle": os.environ["PEER_MODEL"]},
        pip_requirements=["mlflow"],
    )
