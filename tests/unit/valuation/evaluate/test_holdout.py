"""What a fitted model is declined for before anything is compared."""

import msgspec
import pytest

from homeprices import markets
from homeprices.datasets.clean import read_listings
from homeprices.datasets.simulate import simulate
from homeprices.datasets.split import split
from homeprices.domain.errors import Declined
from homeprices.valuation.evaluate.holdout import evaluate_holdout
from homeprices.valuation.train.fit import FitConfig, fit

MARKET = markets.load("bangalore")
LEARN, HELD_OUT = split(read_listings(simulate(MARKET, 600, 3), MARKET))


def test_a_model_that_prices_a_golden_home_otherwise_is_declined() -> None:
    files = fit(FitConfig("linear", {}), LEARN, MARKET, lambda _: None)
    golden = msgspec.json.decode(files["golden.json"])
    golden[0]["price"] *= 1.01
    with pytest.raises(Declined, match=r"golden home .* train it again"):
        evaluate_holdout(
            {**files, "golden.json": msgspec.json.encode(golden)}, LEARN, HELD_OUT, MARKET
        )
    assert evaluate_holdout(files, LEARN, HELD_OUT, MARKET).metrics["rows"] == len(HELD_OUT)
