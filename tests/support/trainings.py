"""A desk for trainings in memory, with one dataset of a made-up market."""

from __future__ import annotations

from datetime import timedelta

from homeprices import markets
from homeprices.bootstrap import Stores
from homeprices.datasets.simulate import simulate
from homeprices.stores.datasets import DatasetStore
from homeprices.stores.objects import ObjectStore
from homeprices.stores.trainings import Trainings
from homeprices.workflows.datasets.publish import publish_dataset
from homeprices.workflows.experiments.desk import Desk
from homeprices.workflows.training.training_desk import TrainingDesk
from support.fakes import MemoryDrift

MARKET = markets.load("bangalore")


def training_desk(desk: Desk, objects: ObjectStore) -> TrainingDesk:
    """A training desk on the stores of `desk`, with V1 published."""
    clock = desk.trials.clock
    shelf = DatasetStore(objects, clock)
    stores = Stores(objects, shelf, desk.registry, desk.experiments, Trainings(objects))
    ready = TrainingDesk(stores, MARKET, clock, MemoryDrift(), timedelta(days=30))
    publish(ready, seed=1)
    return ready


def publish(training: TrainingDesk, seed: int, *, simulated: bool = True) -> None:
    """The next dataset: forty listings that `seed` makes up, `simulated` or said to be real."""
    content = simulate(MARKET, 40, seed)
    shelf, clock = training.stores.shelf, training.clock
    publish_dataset(content, "x", shelf=shelf, market=MARKET, simulated=simulated, clock=clock)
