"""The model as MLflow loads it. Never imported here: MLflow runs this file, beside its bundle.

A model logged from code is data and this text; nothing of it is pickled.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import msgspec
import pandas as pd
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from homeprices.domain.listing import Home
from homeprices.domain.market import Market
from homeprices.valuation.predict import bundle


class PricedHomes(PythonModel):
    """Prices a table of homes; its columns are the public fields of the market."""

    def load_context(self, context: PythonModelContext) -> None:
        """Open the bundle; raises Corrupt when it misses its golden rows."""
        folder = Path(context.artifacts["bundle"])
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        self._market = msgspec.json.decode(files["market.json"], type=Market)
        self._predictor = bundle.load(files)

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: object = None
    ) -> pd.DataFrame:
        """`price`, `low` and `high` of each home, in the market's unit of price."""
        names = {public: fact for fact, public in self._market.fields.items() if fact != "price"}
        rows = model_input.rename(columns=names).to_dict(orient="records")
        estimates = [self._predictor.estimate(_home(row, set(names.values()))) for row in rows]
        columns = ("price", "low", "high")
        return pd.DataFrame({name: [getattr(e, name) for e in estimates] for name in columns})


def _home(row: dict[str, Any], facts: set[str]) -> Home:
    """The home that a row tells of; what is missing was not given."""
    given = {k: v for k, v in row.items() if k in facts and not pd.isna(v)}
    for fact in ("bedrooms", "bathrooms", "balconies"):
        if fact in given:
            given[fact] = int(given[fact])
    return Home(**given)


mlflow.models.set_model(PricedHomes())
