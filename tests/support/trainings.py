"""Datasets of a simulated market for trainings in memory, and fits that are made once."""

from collections.abc import Sequence

import msgspec

from homeprices.datasets.simulate import simulate
from homeprices.domain.listing import Listing
from homeprices.domain.market import Market
from homeprices.reports.plots import pictures_of
from homeprices.valuation.train.fit import FitConfig, OnProgress, fit
from homeprices.workflows.datasets import SourceFile, publish_dataset
from support.fakes import MemoryHomes


def publish(homes: MemoryHomes, seed: int, *, simulated: bool = True) -> None:
    """The next dataset: forty listings that `seed` makes up, `simulated` or said to be real."""
    publish_dataset(SourceFile(simulate(homes.market, 40, seed), "x", simulated), homes)


class RememberedFits:
    """In place of `fit`, which makes the same of the same: nothing is learned twice in a suite."""

    def __init__(self) -> None:
        self._made: dict[object, tuple[dict[str, bytes], list[str]]] = {}

    def __call__(
        self, config: FitConfig, listings: Sequence[Listing], market: Market, progress: OnProgress
    ) -> dict[str, bytes]:
        overrides = frozenset(config.overrides.items())
        of_market = msgspec.json.encode(market)
        key = (config.recipe, overrides, config.coverage, tuple(listings), of_market)
        files, said = self._made.get(key, ({}, []))
        try:
            if key not in self._made:
                files = fit(config, listings, market, said.append)
                self._made[key] = files, said
        finally:
            for line in said:
                progress(line)
        return dict(files)


class PicturesOfOne:
    """In place of `pictures_of`: those of the first model that is drawn stand for all."""

    def __init__(self) -> None:
        self._pictures: dict[str, bytes] = {}

    def __call__(self, *arguments: object) -> dict[str, bytes]:
        self._pictures = self._pictures or pictures_of(*arguments)
        return self._pictures
