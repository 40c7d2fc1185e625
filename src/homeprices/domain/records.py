"""What is kept of every request and every opinion; the spool and PostgreSQL hold the same rows.

Times are UNIX seconds (UTC). Prices and areas are in the market's units.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Slot(StrEnum):
    """Which of the two services answered."""

    PRODUCTION = "production"
    CANDIDATE = "candidate"


class FeedbackType(StrEnum):
    """What a visitor can tell us; only the first four are opinions, a sale price never is."""

    RATING = "rating"
    ACCURATE = "accurate"
    TOO_HIGH = "too_high"
    TOO_LOW = "too_low"
    ACTUAL_PRICE = "actual_price"


@dataclass(frozen=True, slots=True)
class Client:
    """Who asked, as far as we may know.

    `visitor` is minted by the router; `signed` says that the visitor came back
    with our signature and so counts as a session in evidence. `address_hash`
    and `network_hash` are keyed hashes, never addresses. `assigned_arm` and
    `experiment` are the router's words: None for a direct call.
    """

    visitor: str | None = None
    signed: bool = False
    address_hash: str | None = None
    network_hash: str | None = None
    assigned_arm: str | None = None
    experiment: str | None = None


@dataclass(frozen=True, slots=True)
class PredictionRecord:
    """One request for a price: priced (status 200), refused (422) or failed (5xx).

    `inputs` is what was asked, field by field, as text. The columns after it
    are what it was read as, None where it could not be read. `latency_ms` runs
    from the read request to the record being handed to the spool.
    """

    id: str
    at: float
    slot: str
    model_version: str | None
    status: int
    latency_ms: float
    caller: Client
    inputs: dict[str, str]
    locality: str | None = None
    area: float | None = None
    bedrooms: int | None = None
    bathrooms: int | float | None = None
    price: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class FeedbackRecord:
    """One opinion or sale price about one prediction.

    `id` is a hash of all that was said: the same again is the same row.
    `value` is stars (1 to 5) or a price; None for the plain opinions. `sold_on`
    is an ISO date; `price_source` is registered, asked or heard.
    """

    id: str
    at: float
    prediction_id: str
    type: str
    caller: Client
    value: float | None = None
    text: str | None = None
    sold_on: str | None = None
    price_source: str | None = None
