"""A recorded stream of requests, one JSON object a line, as rows of evidence."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from math import isfinite, isnan
from typing import Any, Literal

import msgspec

from homeprices.domain.errors import Unreadable
from homeprices.domain.experiments.evidence import Exposure, FeedbackEvent
from homeprices.domain.requests.identity import network_of
from homeprices.domain.requests.records import FeedbackType
from homeprices.domain.zones import ZoneMap

STARTED_AT = datetime(2026, 1, 1, tzinfo=UTC)
EXPERIMENT, CANDIDATE, PRODUCTION = "recording", "the candidate", "production"
VERSIONS = {"cand": CANDIDATE, "prod": PRODUCTION}
ARMS = {"cand": "candidate", "prod": "production"}
ANSWERED = 200
# Clients write a request that was never answered with no status of HTTP, such as 0 or -1.
GAVE_NO_PRICE = 0.0
LOWEST_STATUS, NEVER_ANSWERED = 100, 503
# Seconds: some three years, and some thirty. Times beyond are of another unit, or none.
LATEST_REQUEST, LATEST_FEEDBACK = 1e8, 1e9


class RecordedExperiment(msgspec.Struct):
    """What a recording was run under, on its first line; those made elsewhere have none.

    `policy` is None in those of the first release. `scope` and `zones` are as in `Experiment`.
    """

    id: str
    share: float
    started_at: datetime
    parameters: dict[str, float]
    policy: str | None = None
    scope: str | None = None
    zones: list[str] = []


class RecordedFeedback(msgspec.Struct, omit_defaults=True):
    """One feedback of a request that has several, or that somebody else has given.

    `is_first` is False where one of its kind came before.
    """

    feedback_type: str
    t_feedback: float
    rating: float | None = None
    actual: float | None = None
    session: str | None = None
    ip: str | int | None = None
    is_first: bool = True


class RecordedRequest(msgspec.Struct, gc=False, omit_defaults=True):
    """One line: times in seconds since the start, prices as the two models say.

    A score that is absent, null or NaN is not known: its model may never have been asked. Then
    the sale price is no evidence, and no model's error. One of 0 or less is that of a model that
    was asked and gave no price, which counts an error against it, as it does live.

    The fields after `t_feedback` are of exports: `arm` and `routed_by` are the router's
    words where they are not those of the `variant` and of this experiment, null for a direct call;
    `shown` is the price that was answered; `zone` the part of the market that the home is in, where
    it was told, null for none.
    """

    t: float
    id: str | int
    session: str | int | None
    variant: Literal["prod", "cand"]
    ip: str | int | None = None
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
    zone: str | msgspec.UnsetType | None = msgspec.UNSET

    @property
    def home_zone(self) -> str | None:
        """The part of the market that the home is in; None where it was never told."""
        return None if self.zone is msgspec.UNSET else self.zone

    @property
    def known_scores(self) -> tuple[float | None, float | None]:
        """What production and the candidate say of the home; None twice where one is not known."""
        scores = (self.pred_prod, self.pred_cand)
        return (None, None) if any(s is None or isnan(s) for s in scores) else scores

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
        if not 0 <= request.t <= LATEST_REQUEST:
            raise Unreadable(
                f"line {number}: t must be seconds since the start, 0 to {LATEST_REQUEST:.0f}; "
                f"got {request.t:g}"
            )
        yield request


def placed(requests: Iterable[RecordedRequest], zones: ZoneMap) -> Iterator[RecordedRequest]:
    """`requests`, those that tell no zone with that of the place that they are about."""
    for request in requests:
        if request.zone is msgspec.UNSET:
            features = request.features or {}
            at = _number(features.get("latitude")), _number(features.get("longitude"))
            point = None if at[0] is None or at[1] is None else (at[0], at[1])
            request.zone = zones.zone(_text(features.get("location")) or "", point)
        yield request


def _decoded(decoder: msgspec.json.Decoder[RecordedRequest], line: bytes) -> RecordedRequest:
    try:
        return decoder.decode(line)
    except msgspec.DecodeError:
        # Python writes NaN and Infinity, which are no JSON: such values are dropped as evidence.
        # Tables write numbers as texts, and whole numbers as 200.0.
        return msgspec.convert(json.loads(line), RecordedRequest, strict=False)


def exposure(request: RecordedRequest, started_at: datetime = STARTED_AT) -> Exposure:
    """The evidence row of a request; `started_at` is when the recording began."""
    features = request.features or {}
    latency = request.latency_ms
    return Exposure(
        prediction_id=str(request.id),
        version=VERSIONS[request.variant],
        at=started_at + timedelta(seconds=request.t),
        status=request.status if request.status >= LOWEST_STATUS else NEVER_ANSWERED,
        latency_ms=float("nan") if latency is None else latency,
        assigned_arm=request.assigned_arm,
        session=_session(request.session),
        network=_network(request.ip),
        experiment=request.experiment_id,
        area=_number(features.get("total_sqft")),
        bedrooms=_number(features.get("bhk")),
        bathrooms=_number(features.get("bath")),
        locality=_text(features.get("location")),
        zone=request.home_zone,
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
    came = [event for event in events if _is_time(event.t_feedback)]
    return [_feedback_event(request, event, started_at) for event in came]


def _own_feedback(request: RecordedRequest, feedback_type: str) -> RecordedFeedback:
    """What the fields of the line itself say."""
    return RecordedFeedback(
        feedback_type=feedback_type,
        t_feedback=request.t if request.t_feedback is None else request.t_feedback,
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
    production, candidate = request.known_scores
    return FeedbackEvent(
        prediction_id=str(request.id),
        version=VERSIONS[request.variant],
        at=started_at + timedelta(seconds=max(request.t, feedback.t_feedback)),
        type=feedback.feedback_type,
        value=feedback.actual if is_price else feedback.rating,
        is_first=feedback.is_first,
        session=feedback.session,
        network=_network(feedback.ip),
        assigned_arm=request.assigned_arm,
        experiment=request.experiment_id,
        price=said if request.shown is None else request.shown,
        price_production=production,
        price_candidate=candidate,
        zone=request.home_zone,
    )


def _network(address: str | int | None) -> str | None:
    """The network of an address; what is none, such as a keyed hash, as it is."""
    return None if address is None else network_of(str(address)) or str(address)


def _is_time(seconds: float) -> bool:
    """False where a feedback never came."""
    return isfinite(seconds) and seconds < LATEST_FEEDBACK


def _session(session: str | int | None) -> str | None:
    return str(session) if session not in (None, "") else None


def _number(value: object) -> float | None:
    """None for what is no number, and for one that no float holds."""
    try:
        return float(value) if isinstance(value, int | float) and isfinite(value) else None
    except OverflowError:
        return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
