"""A recorded stream of requests, one JSON object a line, as rows of evidence."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address, ip_network
from typing import Any, Literal

import msgspec

from homeprices.domain.errors import Unreadable
from homeprices.domain.experiments.evidence import Exposure, FeedbackEvent
from homeprices.domain.requests.records import FeedbackType

STARTED_AT = datetime(2026, 1, 1, tzinfo=UTC)
EXPERIMENT, CANDIDATE, PRODUCTION = "recording", "the candidate", "production"
VERSIONS = {"cand": CANDIDATE, "prod": PRODUCTION}
ARMS = {"cand": "candidate", "prod": "production"}
ANSWERED = 200


class RecordedExperiment(msgspec.Struct):
    """What a recording was run under, on its first line; those made elsewhere have none."""

    id: str
    share: float
    started_at: datetime
    parameters: dict[str, float]


class RecordedFeedback(msgspec.Struct, omit_defaults=True):
    """One feedback of a request that has several, or that somebody else has given.

    `is_first` is False where one of its kind came before.
    """

    feedback_type: str
    t_feedback: float
    rating: float | None = None
    actual: float | None = None
    session: str | None = None
    ip: str | None = None
    is_first: bool = True


class RecordedRequest(msgspec.Struct, gc=False, omit_defaults=True):
    """One line: times in seconds since the start, prices as the two models say.

    The fields after `t_feedback` are of exports: `arm` and `routed_by` are the router's
    words where they are not those of the `variant` and of this experiment, null for a direct call;
    `shown` is the price that was answered.
    """

    t: float
    id: str | int
    session: str | int | None
    variant: Literal["prod", "cand"]
    ip: str | None = None
    status: int = ANSWERED
    latency_ms: float | None = None
    features: dict[str, Any] | None = None
    pred_prod: float | None = None
    pred_cand: float | None = None
    feedback_type: str | None = None
    rating: float | None = None
    actual: float | None = None
    t_feedback: float | None = None
    arm: str | msgspec.UnsetType | None = msgspec.UNSET
    routed_by: str | msgspec.UnsetType | None = msgspec.UNSET
    shown: float | None = None
    feedback: list[RecordedFeedback] | None = None
    experiment: RecordedExperiment | None = None

    @property
    def feedback_at(self) -> float:
        """When its feedback came, in seconds: never before the request."""
        return self.t if self.t_feedback is None else max(self.t, self.t_feedback)

    @property
    def assigned_arm(self) -> str | None:
        """The arm that the router named."""
        return ARMS[self.variant] if self.arm is msgspec.UNSET else self.arm

    @property
    def experiment_id(self) -> str | None:
        """The experiment that the router named."""
        return EXPERIMENT if self.routed_by is msgspec.UNSET else self.routed_by


def read(lines: Iterable[bytes]) -> Iterator[RecordedRequest]:
    """The requests of a file; raises Unreadable, which names the line."""
    decoder = msgspec.json.Decoder(RecordedRequest)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            request = _decoded(decoder, line)
        except (ValueError, msgspec.MsgspecError) as error:
            raise Unreadable(f"line {number} is no recorded request: {error}") from None
        if not 0 <= request.t < float("inf"):
            raise Unreadable(f"line {number}: t must be seconds since the start, 0 or more")
        yield request


def _decoded(decoder: msgspec.json.Decoder[RecordedRequest], line: bytes) -> RecordedRequest:
    try:
        return decoder.decode(line)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        # Python writes NaN and Infinity, which are no JSON: such values are dropped as evidence.
        return msgspec.convert(json.loads(line), RecordedRequest)


def exposure(request: RecordedRequest, started_at: datetime = STARTED_AT) -> Exposure:
    """The evidence row of a request; `started_at` is when the recording began."""
    features = request.features or {}
    latency = request.latency_ms
    return Exposure(
        prediction_id=str(request.id),
        version=VERSIONS[request.variant],
        at=started_at + timedelta(seconds=request.t),
        status=request.status,
        latency_ms=float("nan") if latency is None else latency,
        assigned_arm=request.assigned_arm,
        session=_session(request.session),
        network=network(request.ip),
        experiment=request.experiment_id,
        area=_number(features.get("total_sqft")),
        bedrooms=_number(features.get("bhk")),
        bathrooms=_number(features.get("bath")),
        locality=_text(features.get("location")),
    )


def feedback_events(
    request: RecordedRequest, started_at: datetime = STARTED_AT
) -> list[FeedbackEvent]:
    """The evidence rows of its feedback, in the order in which it came."""
    if request.status != ANSWERED:
        return []
    events = request.feedback or []
    if request.feedback_type is not None:
        events = [_own_feedback(request, request.feedback_type), *events]
    return [_feedback_event(request, event, started_at) for event in events]


def _own_feedback(request: RecordedRequest, feedback_type: str) -> RecordedFeedback:
    """What the fields of the line itself say."""
    return RecordedFeedback(
        feedback_type=feedback_type,
        t_feedback=request.feedback_at,
        rating=request.rating,
        actual=request.actual,
        session=_session(request.session),
        ip=request.ip,
    )


def _feedback_event(
    request: RecordedRequest, feedback: RecordedFeedback, started_at: datetime
) -> FeedbackEvent:
    is_price = feedback.feedback_type == FeedbackType.ACTUAL_PRICE
    said = request.pred_cand if request.variant == "cand" else request.pred_prod
    return FeedbackEvent(
        prediction_id=str(request.id),
        version=VERSIONS[request.variant],
        at=started_at + timedelta(seconds=max(request.t, feedback.t_feedback)),
        type=feedback.feedback_type,
        value=feedback.actual if is_price else feedback.rating,
        is_first=feedback.is_first,
        session=feedback.session,
        network=network(feedback.ip),
        assigned_arm=request.assigned_arm,
        experiment=request.experiment_id,
        price=said if request.shown is None else request.shown,
        price_production=request.pred_prod,
        price_candidate=request.pred_cand,
    )


@cache
def network(address: str | None) -> str | None:
    """The network of an address: its /24, or for IPv6 its /64; as it is where it is none.

    >>> network("203.0.113.9"), network("2001:db8::1")
    ('203.0.113', '2001:db8::/64')
    """
    if address is None:
        return None
    head, _, last = address.rpartition(".")
    if last.isdigit() and head.count(".") == 2 and ":" not in head:
        return head
    try:
        known = ip_address(address)
    except ValueError:
        return address
    mapped = getattr(known, "ipv4_mapped", None)
    return network(str(mapped)) if mapped else str(ip_network((address, 64), strict=False))


def _session(session: str | int | None) -> str | None:
    return str(session) if session not in (None, "") else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
