"""Datasets of a simulated market, for orders of trainings in memory."""

from homeprices.datasets.simulate import simulate
from homeprices.workflows.datasets import SourceFile, publish_dataset
from support.fakes import MemoryHomes


def publish(homes: MemoryHomes, seed: int, *, simulated: bool = True) -> None:
    """The next dataset: forty listings that `seed` makes up, `simulated` or said to be real."""
    publish_dataset(SourceFile(simulate(homes.market, 40, seed), "x", simulated), homes)
