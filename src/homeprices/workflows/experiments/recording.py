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


class RecordedRequest(msgspec.Struct, gc=False):
    """One line: times in seconds since the start, prices as the two models say."""

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

    @property
    def feedback_at(self) -> float:
        """When its feedback came, in seconds: never before the request."""
        return self.t if self.t_feedback is None else max(self.t, self.t_feedback)

    @property
    def has_feedback(self) -> bool:
        """True where a visitor said something about an answer."""
        return self.feedback_type is not None and self.status == ANSWERED


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


def exposure(request: RecordedRequest) -> Exposure:
    """The evidence row of a request."""
    features = request.features or {}
    latency = request.latency_ms
    return Exposure(
        prediction_id=str(request.id),
        version=VERSIONS[request.variant],
        at=_moment(request.t),
        status=request.status,
        latency_ms=float("nan") if latency is None else latency,
        assigned_arm=ARMS[request.variant],
        session=_session(request),
        network=network(request.ip),
        experiment=EXPERIMENT,
        area=_number(features.get("total_sqft")),
        bedrooms=_number(features.get("bhk")),
        bathrooms=_number(features.get("bath")),
        locality=_text(features.get("location")),
    )


def feedback_event(request: RecordedRequest) -> FeedbackEvent:
    """The evidence row of its feedback; it must have some."""
    is_price = request.feedback_type == FeedbackType.ACTUAL_PRICE
    return FeedbackEvent(
        prediction_id=str(request.id),
        version=VERSIONS[request.variant],
        at=_moment(request.feedback_at),
        type=str(request.feedback_type),
        value=request.actual if is_price else request.rating,
        is_first=True,
        session=_session(request),
        network=network(request.ip),
        assigned_arm=ARMS[request.variant],
        experiment=EXPERIMENT,
        price=request.pred_cand if request.variant == "cand" else request.pred_prod,
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


def _session(request: RecordedRequest) -> str | None:
    return str(request.session) if request.session not in (None, "") else None


def _moment(seconds: float) -> datetime:
    return STARTED_AT + timedelta(seconds=seconds)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
