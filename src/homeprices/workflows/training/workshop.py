"""Everything that making a model needs in one place."""

from __future__ import annotations

from dataclasses import dataclass, field

from homeprices import bootstrap, markets
from homeprices.bootstrap import Stores
from homeprices.domain.market import Market
from homeprices.ports import Clock
from homeprices.settings import Settings
from homeprices.stores.datasets import DatasetStore
from homeprices.stores.registry import Registry
from homeprices.valuation.evaluate.gate import Budget
from homeprices.valuation.predict.intervals import COVERAGE


@dataclass(frozen=True, slots=True)
class Workshop:
    """The stores, the market, and what every model is held to.

    `coverage` is the share of homes that ranges promise to hold where an order does not say
    another; a model over the `budget` is refused.
    """

    shelf: DatasetStore
    registry: Registry
    market: Market
    clock: Clock
    coverage: float = COVERAGE
    budget: Budget = field(default_factory=Budget)


def workshop(settings: Settings, stores: Stores) -> Workshop:
    """The workshop on `stores`, held to what `settings` say."""
    return Workshop(
        stores.shelf,
        stores.registry,
        markets.load(settings.market),
        bootstrap.clock,
        coverage=settings.coverage,
        budget=Budget(settings.model_mb, settings.estimate_us),
    )
