"""A recipe is one plug: declared and registered, it trains, is published and gets a card."""

from collections.abc import Sequence

import numpy as np
import pytest
from optuna.storages import InMemoryStorage

from homeprices import markets
from homeprices.datasets.clean import read_listings
from homeprices.datasets.simulate import simulate
from homeprices.domain.versions import ModelVersion
from homeprices.reports.card import read_card
from homeprices.valuation.arrays import Floats
from homeprices.valuation.features.encodings import ModelInput
from homeprices.valuation.predict import bundle, members
from homeprices.valuation.predict.members import MemberFiles, MemberKind
from homeprices.valuation.train import recipes
from homeprices.valuation.train.recipe import Parameters, Recipe
from homeprices.valuation.train.training_set import CVFold, FitResult, TrainingSet
from homeprices.workflows.datasets import SourceFile, publish_dataset
from homeprices.workflows.training.train import TrainOrder, train
from homeprices.workflows.training.tune import TuneOrder, tune
from support.fakes import MemoryHomes


class Shifted:
    """The level of the locality and the size curve, moved by what a file says."""

    def __init__(self, source: MemberFiles) -> None:
        self._shift = float(source.files["shift.txt"])
        self._at = source.layout.positions(["size_curve", "sublocality_level"])

    def points(self, rows: Sequence[Sequence[float]], model_input: ModelInput) -> Sequence[float]:
        return [sum(values[i] for i in self._at) + self._shift for values in rows]


def _estimate(homes: TrainingSet) -> Floats:
    return homes.column("size_curve") + homes.column("sublocality_level")


def _fit(training_set: TrainingSet, _: Parameters) -> FitResult:
    shift = float(np.median(training_set.target - _estimate(training_set)))
    estimate = _estimate(training_set) + shift
    files = {"shift.txt": repr(shift).encode()}
    return FitResult(files, estimate, {"shifted": 1.0}, np.zeros_like(estimate))


def _point_estimates(fold: CVFold, _: Parameters) -> Floats:
    return _estimate(fold.unseen)


@pytest.fixture
def plugged(monkeypatch: pytest.MonkeyPatch) -> None:
    member = MemberKind("shifted", "Shifted: linear, moved to the median.", Shifted)
    recipe = Recipe("toy", Parameters(), _fit, _point_estimates)
    monkeypatch.setitem(members.MEMBERS, member.name, member)
    monkeypatch.setitem(recipes.RECIPES, recipe.name, recipe)  # type: ignore[arg-type]


@pytest.mark.usefixtures("plugged", "learned_and_drawn_once")
def test_a_registered_recipe_with_a_member_of_its_own_is_published_with_a_card(clock) -> None:
    homes = MemoryHomes(clock)
    publish_dataset(SourceFile(simulate(homes.market, 1500, 2), "x", simulated=True), homes)
    manifest = train(TrainOrder("toy"), homes, lambda _: None)
    version = ModelVersion.parse(manifest.version)
    files = homes.registry.files(version)
    assert (manifest.recipe, "four.shift.txt" in files) == ("toy", True)
    assert bundle.load(files).localities
    content = homes.registry.report_file(manifest, "card.json")
    assert content is not None
    card = read_card(content)
    assert card.method[0] == "Shifted: linear, moved to the median."
    assert card.judgements[0].members == {"shifted": 1.0}


@pytest.mark.usefixtures("plugged")
def test_a_registered_recipe_is_measured_by_a_search() -> None:
    market = markets.load("bangalore")
    rows = read_listings(simulate(market, 1500, 2), market)
    tuned = tune(TuneOrder("toy"), rows, market, InMemoryStorage(), lambda _: None)
    assert tuned.metrics["rows"] == len(rows)
    assert 0 < tuned.metrics["mean_abs_log_error"] < 0.5
