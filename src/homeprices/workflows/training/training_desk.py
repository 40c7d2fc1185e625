"""Everything that ordering a training needs in one place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from homeprices import bootstrap, markets
from homeprices.bootstrap import Stores
from homeprices.domain.market import Market
from homeprices.ports import Clock, DriftLog
from homeprices.settings import Settings


@dataclass(frozen=True, slots=True)
class TrainingDesk:
    """The stores, the market, and how old production may become before it is trained anew."""

    stores: Stores
    market: Market
    clock: Clock
    drift: DriftLog
    oldest: timedelta


def training_desk(settings: Settings) -> TrainingDesk:
    """The desk on the stores that `settings` point at; raises Refused when no database is known."""
    return TrainingDesk(
        bootstrap.stores(settings),
        markets.load(settings.market),
        bootstrap.clock,
        bootstrap.drift_log(bootstrap.database(settings)),
        timedelta(days=settings.model_days),
    )
