"""Visitors of an experiment, as the records that services leave of them."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from homeprices.domain.requests.records import Client, FeedbackRecord, PredictionRecord

Records = list[PredictionRecord | FeedbackRecord]


def client(number: int, arm: str | None, **changes: object) -> Client:
    """The signed visitor `number`, routed to `arm` by E1, from a network of its own."""
    facts = {"signed": True, "network_hash": f"network {number}", "experiment": "E1"} | changes
    return Client(visitor=f"{number:032x}", assigned_arm=arm, **facts)  # type: ignore[arg-type]


def request(
    number: int, caller: Client, version: str, at: datetime, **changes: object
) -> PredictionRecord:
    """The request `number`, answered by `version`."""
    facts = {"status": 200, "latency_ms": 10.0, "price": 90.0} | changes
    return PredictionRecord(
        id=str(UUID(int=number)),
        at=at.timestamp(),
        slot=caller.assigned_arm or "candidate",
        model_version=version,
        caller=caller,
        inputs={},
        **facts,  # type: ignore[arg-type]
    )


def feedback(
    record: PredictionRecord, kind: str, value: float | None, at: datetime
) -> FeedbackRecord:
    """What the visitor of a request says of it."""
    return FeedbackRecord(
        f"{record.id} {kind}", at.timestamp(), record.id, kind, record.caller, value
    )


def visits(
    numbers: Iterable[int], at: datetime, sold: float | None = None, **changes: object
) -> Records:
    """A request of each visitor, every fifth of them the candidate's; all sold for `sold`."""
    rows: Records = []
    for number in numbers:
        is_candidate = number % 5 == 0
        caller = client(number, "candidate" if is_candidate else "production", **changes)
        asked = request(number, caller, "CO1" if is_candidate else "BO1", at)
        rows += [asked] + ([feedback(asked, "actual_price", sold, at)] if sold else [])
    return rows
