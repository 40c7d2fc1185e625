"""Whole recipes: what a search measures is what the published model does."""

from pathlib import Path

import numpy as np
import pytest
from optuna.storages import InMemoryStorage

from homeprices.datasets.split import folds_of
from homeprices.valuation.evaluate.predictions import predict_many
from homeprices.valuation.predict import bundle
from homeprices.valuation.train.boosting import BoosterParameters
from homeprices.valuation.train.cross_validation import FOLDS, SALT, CrossValidation
from homeprices.valuation.train.fit import FitConfig, fit
from homeprices.valuation.train.recipes import RECIPES
from homeprices.workflows.training.tune import TuneOrder, tune
from support.searches import MARKET, listings
from support.stack import Stack


def test_linear_has_nothing_to_tune_and_is_measured() -> None:
    rows = listings(1500)
    tuned = tune(TuneOrder("linear"), rows, MARKET, InMemoryStorage(), lambda _: None)
    assert (tuned.parameters, tuned.trials) == ({}, [])
    assert tuned.metrics["rows"] == len(rows)
    assert 5 < tuned.metrics["mdape_percent"] < 40


@pytest.mark.parametrize(
    ("recipe", "served_differs"),
    [
        ("linear", 1e-9),
        pytest.param("booster", 1e-9, marks=pytest.mark.full),
        ("gaussian_process", 0.005),
        pytest.param("blend", 0.005, marks=pytest.mark.full),
    ],
)
def test_the_errors_of_a_search_are_those_of_served_models(
    recipe: str, served_differs: float
) -> None:
    rows, quick = listings(1500), RECIPES[recipe].quick
    folds = folds_of(rows, FOLDS, SALT)
    seen = [row for row, fold in zip(rows, folds, strict=True) if fold != 0]
    unseen = [row for row, fold in zip(rows, folds, strict=True) if fold == 0]
    booster = BoosterParameters()
    as_in_a_search = {"folds": booster.folds, "house_rounds": booster.house_rounds}
    process = {"most_listings": 12_000, "basis_points": 400}
    known = RECIPES[recipe].parameters({})
    parameters = {**quick, **as_in_a_search, **process}
    config = FitConfig(recipe, {name: parameters[name] for name in parameters if name in known})
    served = predict_many(bundle.load(fit(config, seen, MARKET, lambda _: None)), unseen)
    errors = CrossValidation(rows, MARKET).errors(0, RECIPES[recipe], quick)
    # The served form of the process is coarser for sizes unlike any that it has learned from.
    share = 0.9 if recipe in {"gaussian_process", "blend"} else 1.0
    assert np.quantile(np.abs(errors - served.log_error), share) < served_differs


@pytest.mark.parametrize("recipe", ["linear", "booster", "blend"])
def test_one_set_of_listings_makes_one_model_to_the_byte(recipe: str) -> None:
    few = {"fact_sets": 3.0} if recipe == "blend" else {}
    config = FitConfig(recipe, {**RECIPES[recipe].quick, **few})
    first, again = (fit(config, listings(1500), MARKET, lambda _: None) for _ in range(2))
    assert first == again


@pytest.mark.full
def test_what_a_search_prints_is_what_a_training_reads(tmp_path: Path) -> None:
    stack, search = Stack(tmp_path / "data"), tmp_path / "search.json"
    stack.homes("dataset", "simulate", "--rows", "1500", "--seed", "5")
    search.write_text(stack.homes("tune", "--recipe", "linear", "--json"))
    output = stack.homes("train", "--tuned", str(search))
    assert "linear on V1" in output
    assert "published BO1" in output
