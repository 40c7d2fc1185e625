"""Rows of evidence and looks at them, for tests of the evidence engine."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from homeprices.domain.evidence.ledger import Ledger, MemoryLedger
from homeprices.domain.evidence.parameters import VERSION_1, EvidenceParameters
from homeprices.domain.evidence.policy import step
from homeprices.domain.evidence.state import EvidenceState
from homeprices.domain.experiments.decision import PolicyResult
from homeprices.domain.experiments.evidence import EvidenceRow, Exposure, FeedbackEvent
from homeprices.domain.experiments.experiment import PolicyTerms

STARTED_AT = datetime(2026, 11, 2, tzinfo=UTC)
VERSIONS = {"candidate": "CO1", "production": "BO1"}


def terms(
    hours: float = 24,
    ledger: Ledger | None = None,
    numbers: EvidenceParameters = VERSION_1,
    share: float = 0.2,
) -> PolicyTerms:
    return PolicyTerms(
        candidate="CO1",
        production="BO1",
        hours=hours,
        parameters=asdict(numbers),
        share=share,
        experiment="E1",
        started_at=STARTED_AT,
        ledger=ledger if ledger is not None else MemoryLedger(),
    )


def request(number: int, arm: str = "production", hour: float = 1.0, **changes) -> Exposure:
    """A signed, routed request of a visitor of its own, on a network of its own."""
    facts = {
        "prediction_id": str(number),
        "version": VERSIONS[arm],
        "at": STARTED_AT + timedelta(hours=hour),
        "status": 200,
        "latency_ms": 50.0,
        "assigned_arm": arm,
        "session": f"session {arm} {number}",
        "network": f"network {number}",
        "experiment": "E1",
    }
    return Exposure(**facts | changes)


def rating(number: int, arm: str, stars: float, hour: float = 1.0, **changes) -> FeedbackEvent:
    return _feedback(number, arm, hour, {"type": "rating", "value": stars} | changes)


def price(
    number: int, actual: float, production: float | None, candidate: float | None, **changes
) -> FeedbackEvent:
    """A sale price of a home that both models have priced; it was shown production's."""
    arm = changes.pop("arm", "production")
    facts = {
        "type": "actual_price",
        "value": actual,
        "price": production if arm == "production" else candidate,
        "price_production": production,
        "price_candidate": candidate,
    }
    return _feedback(number, arm, changes.pop("hour", 1.0), facts | changes)


def _feedback(number: int, arm: str, hour: float, changes: Mapping[str, object]) -> FeedbackEvent:
    facts = {
        "prediction_id": str(number),
        "version": VERSIONS[arm],
        "at": STARTED_AT + timedelta(hours=hour),
        "is_first": True,
        "session": f"session {arm} {number}",
        "network": f"network {number}",
        "assigned_arm": arm,
        "experiment": "E1",
    }
    return FeedbackEvent(**facts | changes)  # type: ignore[arg-type]


def look(rows: Iterable[EvidenceRow], **changes) -> tuple[EvidenceState, PolicyResult]:
    """The first look at an experiment that has shown `rows`."""
    return step(EvidenceState(), rows, terms(**changes))
