"""What is kept of every request and opinion, the one declaration of both rows, and counts of them.

The fields of a record are the columns of its table, those of `Client` among
them; a field that is stored as something else than its Python type is annotated
so. The spool's frames, the writes and the reads of PostgreSQL all come
from here, and a test holds the migrated tables against it: a new column is one
field with a default (frames of the release before have none) and a migration.

Times are UNIX seconds (UTC). Prices and areas are in the market's units.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated


class Stored(StrEnum):
    """How a field is kept, where its Python type does not tell."""

    UUID = "uuid"
    MOMENT = "moment"
    DAY = "day"
    STATUS = "status"
    NUMBER = "number"


class Slot(StrEnum):
    """Which of the two services answered."""

    PRODUCTION = "production"
    CANDIDATE = "candidate"


class FeedbackType(StrEnum):
    """What a visitor can tell us; the first four are opinions, and a comment is no evidence."""

    RATING = "rating"
    ACCURATE = "accurate"
    TOO_HIGH = "too_high"
    TOO_LOW = "too_low"
    ACTUAL_PRICE = "actual_price"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class Client:
    """Who asked, as far as we may know.

    `visitor` is minted by the router; `signed` says that the visitor came back
    with our signature and so counts as a session in evidence. `address_hash`
    and `network_hash` are keyed hashes, never addresses. `assigned_arm` and
    `experiment` are the router's words: None for a direct call. `client_name` is
    whom the key was given to that let the request in: None without one.
    """

    visitor: str | None = None
    signed: bool = False
    address_hash: str | None = None
    network_hash: str | None = None
    assigned_arm: str | None = None
    experiment: str | None = None
    client_name: str | None = None


@dataclass(frozen=True, slots=True)
class PredictionRecord:
    """One request for a price: priced (status 200), refused (422) or failed (5xx).

    `inputs` is what was asked, field by field, as text. The columns after it
    are what it was read as, None where it could not be read. `latency_ms` runs
    from the read request to the record being handed to the spool. `served_arm` is
    the arm whose model answered, which differs from the assigned one where
    production stood in for a candidate that was away: None for a direct call.
    `feature_version` names the list of features that the model was asked with.
    `price_production` and `price_candidate` are what the two models of an experiment
    say of this home, one of them being `price`: None where only one was asked.
    `zone` is the part of the market that the home is in, by what was asked: None outside all.
    """

    id: Annotated[str, Stored.UUID]
    at: Annotated[float, Stored.MOMENT]
    slot: str
    model_version: str | None
    status: Annotated[int, Stored.STATUS]
    latency_ms: float
    caller: Client
    inputs: dict[str, str]
    locality: str | None = None
    area: float | None = None
    bedrooms: int | None = None
    bathrooms: Annotated[int | float | None, Stored.NUMBER] = None
    price: float | None = None
    low: float | None = None
    high: float | None = None
    served_arm: str | None = None
    feature_version: str | None = None
    price_production: float | None = None
    price_candidate: float | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class EvidenceTraffic:
    """What visitors that count as evidence did since the moment `first_at` of the first of all.

    `requests` were signed and came by the router; `opinions` and `prices` are the first of a
    visitor about a version, as many of a network a day as count. None and 0 with no request.
    """

    first_at: datetime | None = None
    requests: int = 0
    opinions: int = 0
    prices: int = 0


@dataclass(frozen=True, slots=True)
class FeedbackRecord:
    """One opinion or sale price about one prediction.

    `id` is a hash of all that was said: the same again is the same row.
    `value` is stars (1 to 5) or a price; None for the plain opinions. `sold_on`
    is an ISO date; `price_source` is registered, asked or heard.
    """

    id: str
    at: Annotated[float, Stored.MOMENT]
    prediction_id: Annotated[str, Stored.UUID]
    type: str
    caller: Client
    value: float | None = None
    text: str | None = None
    sold_on: Annotated[str | None, Stored.DAY] = None
    price_source: str | None = None


@dataclass(frozen=True, slots=True)
class PredictionFigures:
    """Requests that were answered with a price, and how long each took, in milliseconds.

    `min` and `max` are latencies too. All but the count are None where nothing was counted.
    """

    total_count: int = 0
    avg_latency_ms: float | None = None
    p95_latency_ms: float | None = None
    p99_latency_ms: float | None = None
    min: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True)
class FeedbackFigures:
    """Feedback by type; `avg_rating` is over the ratings in stars alone, None without any."""

    total_count: int = 0
    avg_rating: float | None = None
    accurate_count: int = 0
    too_high_count: int = 0
    too_low_count: int = 0


@dataclass(frozen=True, slots=True)
class VersionFigures:
    """Both, for one model version."""

    predictions: PredictionFigures = field(default_factory=PredictionFigures)
    feedback: FeedbackFigures = field(default_factory=FeedbackFigures)


@dataclass(frozen=True, slots=True)
class PageQuery:
    """Which rows of a table: the newest `limit`, or the first `limit` after a moment.

    `after` is in UNIX seconds.
    """

    limit: int
    after: float | None = None


@dataclass(frozen=True, slots=True)
class ErasureOrder:
    """Whoever has the sha256 `visitor` is to be erased up to `at`, ISO 8601 UTC."""

    visitor: str
    at: str
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Erasure:
    """How many rows of a visitor were deleted."""

    predictions: int
    feedback: int


@dataclass(frozen=True, slots=True)
class AnswerCount:
    """How many requests a model version has priced, the first and the last of them (ISO 8601)."""

    count: int
    first_at: str | None = None
    last_at: str | None = None
