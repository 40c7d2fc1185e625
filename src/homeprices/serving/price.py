"""A price as clients read it, alone and in a batch."""

from collections.abc import Sequence
from typing import Any

import msgspec

from homeprices.domain.explanation import Certainty, Estimate, Narrowing
from homeprices.domain.listing import Home
from homeprices.domain.market import Market
from homeprices.domain.notes import Note
from homeprices.serving.slot import ActiveModel
from homeprices.wording.speech import Speech


class Price(msgspec.Struct, frozen=True):
    """A price, its range, and what it is of. Prices are in `price_unit`.

    `price_per_sqft` is in single units of the currency. `coverage` is the share
    of such homes whose price falls inside the range; where `certainty` is "too_few" the range
    is to be shown alone. `chance_within_20_percent`, 0 to 1, is the chance of a price within 20 %
    of the estimate, which `certainty` puts into a word. `narrower_with` names fields that were not
    provided and by how much they narrow the range of most homes.
    """

    estimated_price: float
    low: float
    high: float
    coverage: float
    certainty: Certainty
    chance_within_20_percent: float
    price_per_sqft: float
    price_unit: str
    currency: str
    area: float
    area_unit: str
    location: str
    location_known: bool
    notes: Sequence[str]
    narrower_with: Sequence[Narrowing]
    model_version: str
    simulated: bool


class Answer(Price, frozen=True):
    """A price that was asked for alone, and is kept under `prediction_id`.

    `response_time_ms` is the time from the body being read to its record being handed to the
    spool.
    """

    prediction_id: str
    model_variant: str
    response_time_ms: float


class PriceWriter:
    """Says an estimate as a client reads it, alone and in a batch: to the same digit."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self.speech = Speech(market)

    def fields(
        self, home: Home, estimate: Estimate, served: ActiveModel, notes: Sequence[Note]
    ) -> dict[str, Any]:
        """The fields of `Price`; `notes` are to be said to whoever asked."""
        market = self._market
        return {
            "estimated_price": round(estimate.price, 2),
            "low": round(estimate.low, 2),
            "high": round(estimate.high, 2),
            "coverage": estimate.coverage,
            "certainty": estimate.certainty,
            "chance_within_20_percent": estimate.chance_within_20_percent,
            "price_per_sqft": round(estimate.price * market.money.units_of_currency / home.area),
            "price_unit": market.money.price_unit,
            "currency": market.money.symbol,
            "area": round(home.area, 1),
            "area_unit": market.area_unit,
            "location": estimate.locality,
            "location_known": estimate.locality_known,
            "notes": self.speech.notes(notes),
            "narrower_with": estimate.missing_inputs,
            "model_version": served.version,
            "simulated": served.manifest.simulated,
        }
