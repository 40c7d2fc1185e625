"""The model as MLflow loads it. Never imported here: MLflow runs this file, beside its bundle.

A model logged from code is data and this text; nothing of it is pickled.
"""

# MLflow warns of hints that it can read and does not understand; text it leaves alone.
from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from homeprices.domain.listing import Home
from homeprices.domain.market import SIZE_AND_PLACE, FactKind, Market
from homeprices.valuation.predict import bundle


class PricedHomes(PythonModel):
    """Prices a table of homes; its columns are the public fields of the market."""

    def load_context(self, context: PythonModelContext) -> None:
        """Open the bundle; raises Corrupt when it misses its golden rows."""
        folder = Path(context.artifacts["bundle"])
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        self._predictor = bundle.load(files)
        self._market = self._predictor.context.market

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: object = None
    ) -> pd.DataFrame:
        """`price`, `low` and `high` of each home, in the market's unit of price."""
        rows = model_input.to_dict(orient="records")
        estimates = [self._predictor.estimate(_home(row, self._market)) for row in rows]
        columns = ("price", "low", "high")
        return pd.DataFrame({name: [getattr(e, name) for e in estimates] for name in columns})


def _home(row: dict[str, Any], market: Market) -> Home:
    """The home of a row, as its market declares it; what is missing was not provided."""
    values: dict[str, Any] = {
        name: int(row[spec.field]) if spec.kind is FactKind.WHOLE else row[spec.field]
        for name, spec in market.facts.items()
        if not pd.isna(row.get(spec.field))
    }
    size_and_place = {name: values.pop(name) for name in SIZE_AND_PLACE if name in values}
    return Home(**size_and_place, facts=values)


mlflow.models.set_model(PricedHomes())
