"""What every peer serves: the model of a folder, by the project's own predictor."""

import os
from pathlib import Path

from homeprices.domain.listing import Home
from homeprices.valuation.predict import bundle
from homeprices.valuation.predict.predictor import BundlePredictor


def load() -> BundlePredictor:
    """The model whose files are in the folder `PEER_MODEL`."""
    folder = Path(os.environ["PEER_MODEL"])
    return bundle.load({path.name: path.read_bytes() for path in folder.iterdir()})


def price(
    predictor: BundlePredictor, location: str, total_sqft: float, bhk: int, bath: float
) -> dict[str, float]:
    """The price of a home with its range, as an answer has them."""
    estimate = predictor.estimate(Home(location, total_sqft, bhk, bath))
    return {
        "estimated_price": round(estimate.price, 2),
        "low": round(estimate.low, 2),
        "high": round(estimate.high, 2),
    }
