"""What the tables of predictions and feedback say of each model version, counted."""

from __future__ import annotations

from dataclasses import dataclass, field


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
class AnswerCount:
    """How many requests a model version has priced, the first and the last of them (ISO 8601)."""

    count: int
    first_at: str | None = None
    last_at: str | None = None
