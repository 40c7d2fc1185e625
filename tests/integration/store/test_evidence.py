"""What counts as evidence, out of real tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from homeprices.domain.experiments.evidence import STARS
from homeprices.domain.experiments.experiment import Experiment
from homeprices.domain.records import Client, FeedbackRecord, FeedbackType, PredictionRecord
from homeprices.stores.database import Database
from homeprices.stores.evidence import PostgresEvidence
from homeprices.stores.request_log import PostgresRequestLog

OPENED = datetime(2026, 11, 2, 9, tzinfo=UTC)
TRIAL = Experiment("E1", "CO1", "BO1", 0.2, "salt", "composite", OPENED.isoformat())


def prediction(number: int, version: str = "CO1", **changes) -> PredictionRecord:
    facts = {"at": OPENED.timestamp() + 60, "status": 200, "latency_ms": 10.0} | changes
    return PredictionRecord(
        id=str(UUID(int=number)),
        slot="candidate",
        model_version=version,
        caller=Client(),
        inputs={},
        **facts,
    )


def opinion(number: int, about: int, kind: str, value: float | None = None) -> FeedbackRecord:
    at = OPENED.timestamp() + 100 + number
    return FeedbackRecord(str(number), at, str(UUID(int=about)), kind, Client(), value)


def counted(database: Database, *rows):
    PostgresRequestLog(database).store(rows)
    return PostgresEvidence(database)(TRIAL, OPENED + timedelta(hours=3))


def test_an_untouched_trial_has_no_evidence(database: Database) -> None:
    evidence = counted(database)
    assert (evidence.candidate.requests, evidence.candidate.mean_rating) == (0, None)
    assert evidence.hours == 3


def test_only_priced_requests_since_the_opening_count(database: Database) -> None:
    before = prediction(1, at=OPENED.timestamp() - 1)
    refused = prediction(2, status=422)
    arm = counted(
        database, before, refused, prediction(3), prediction(4, latency_ms=30.0)
    ).candidate
    assert (arm.requests, arm.mean_latency_ms) == (2, 20.0)


def test_arms_are_told_apart_by_the_version_that_answered(database: Database) -> None:
    evidence = counted(database, prediction(1), prediction(2, "BO1"), prediction(3, "BO1"))
    assert (evidence.candidate.requests, evidence.production.requests) == (1, 2)


def test_the_first_opinion_of_a_prediction_counts(database: Database) -> None:
    arm = counted(
        database, prediction(1), opinion(1, 1, "rating", 1.0), opinion(2, 1, "rating", 5.0)
    ).candidate
    assert (arm.ratings, arm.mean_rating) == (1, 1.0)


def test_every_kind_of_opinion_counts_as_the_domain_says(database: Database) -> None:
    given = [("rating", 4.0), ("accurate", None), ("too_high", None), ("too_low", None)]
    predictions = [prediction(n) for n in range(1, 5)]
    opinions = [opinion(n, n, kind, value) for n, (kind, value) in enumerate(given, 1)]
    arm = counted(database, *predictions, *opinions).candidate
    assert arm.ratings == 4
    assert (
        arm.mean_rating
        == (4 + STARS["accurate"] + STARS["too_high"] + STARS["too_low"]) / 4
        == 3.25
    )


def test_a_sale_price_is_counted_beside_the_opinions_and_is_none(database: Database) -> None:
    sold = opinion(1, 1, FeedbackType.ACTUAL_PRICE, 75.0)
    arm = counted(database, prediction(1), sold, opinion(2, 1, "rating", 3.0)).candidate
    assert (arm.ratings, arm.mean_rating, arm.sale_prices) == (1, 3.0, 1)
