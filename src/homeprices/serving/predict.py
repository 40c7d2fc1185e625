"""The hot route: a question in, a price with its range out, and a durable record of both."""

import logging
from dataclasses import dataclass, replace
from time import perf_counter

import msgspec
import uuid_utils
from starlette.types import Receive, Scope, Send

from homeprices.domain.errors import (
    MODEL_FAILURES,
    BadInput,
    HomesError,
    Misdirected,
    ModelFailed,
    Unavailable,
)
from homeprices.domain.explanation import Estimate
from homeprices.domain.listing import Home
from homeprices.domain.requests.home_request import LONGEST_TEXT, UNIT, HomeReader, with_unit
from homeprices.domain.requests.records import PredictionRecord, Slot
from homeprices.domain.written.text import plain_value
from homeprices.serving.access.targets import IS_HEAD
from homeprices.serving.dependencies import ServiceDependencies
from homeprices.serving.http.body import Fields, read_fields
from homeprices.serving.http.client import ClientReader, Session
from homeprices.serving.metrics import ServiceMetrics
from homeprices.serving.price import Answer, PriceWriter
from homeprices.serving.price_page import PricePages, is_for_a_page
from homeprices.serving.problems import answer_problem
from homeprices.serving.recorder import Recorder
from homeprices.serving.slot import ActiveModel, ModelSlot
from homeprices.stores.spool.crash_note import CrashNote

PATH = "/api/predict_home_price"
_ENCODER = msgspec.json.Encoder()
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _PredictionRequest:
    """One request, read: everything that its record has in common however it ends."""

    record: PredictionRecord
    began: float
    fields: Fields
    served: ActiveModel
    scope: str | None
    is_kept: bool

    def ended(self, status: int) -> PredictionRecord:
        return replace(self.record, status=status, latency_ms=_since(self.began))


class Predict:
    """The route as a bare ASGI application."""

    def __init__(
        self,
        dependencies: ServiceDependencies,
        slot: ModelSlot,
        metrics: ServiceMetrics,
        recorder: Recorder,
    ) -> None:
        self._dependencies = dependencies
        self._slot = slot
        self._recorder = recorder
        self._metrics = metrics
        self._clients = ClientReader(dependencies.identity)
        self._clock = dependencies.clock
        self._homes = HomeReader(dependencies.market)
        self._prices = PriceWriter(dependencies.market)
        self._pages = PricePages(dependencies.market)
        self._speech = self._prices.speech
        self._area = dependencies.market.fields["area"]
        self._names = list(dependencies.market.fields.values())
        self._empty = ((b"x-variant", dependencies.slot.value.encode()),)
        self._note: CrashNote | None = None

    async def open(self) -> None:
        """Begin to note what a model on trial is asked; once the recorder is open.

        What a process before died of is kept and counted as a failure of its model.
        """
        if self._dependencies.slot is not Slot.CANDIDATE:
            return
        self._note = CrashNote(self._recorder.spool.folder)
        record = self._note.read()
        if record is not None:
            _LOG.error("%s ended the service that asked it for a price", record.model_version)
            self._metrics.error(record.model_version, "internal")
            await self._keep_if_possible(record)
            self._note.clear()

    def close(self) -> None:
        """Note no more."""
        if self._note is not None:
            self._note.close()
            self._note = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        arrived = perf_counter()
        fields: Fields = {}
        try:
            fields = await read_fields(scope, headers, receive)
            session = self._clients.read(scope, headers)
            request = self._request(fields, session, is_kept=IS_HEAD not in scope)
            answer = await self._priced(request)
        except (Misdirected, ModelFailed) as error:
            await self._passed_on(error, scope, receive, send)
            return
        except HomesError as error:
            await self._refused(error, fields, scope, receive, send)
            return
        if request.is_kept:
            metrics = request.served.metrics
            metrics.predictions.inc()
            metrics.seconds.observe(perf_counter() - arrived)
        if is_for_a_page(scope):
            response = await self._pages.price(fields, answer)
            response.raw_headers.extend([*request.served.headers[2:], *session.headers])
            await response(scope, receive, send)
            return
        await _answer(send, request.served, session, _ENCODER.encode(answer))

    def _request(self, fields: Fields, session: Session, *, is_kept: bool) -> _PredictionRequest:
        """The request with an id of its own; raises NoModel."""
        began = perf_counter()
        served = self._slot.require()
        if UNIT in fields:
            fields = with_unit(fields, self._area)
        at = self._clock().timestamp()
        record = PredictionRecord(
            id=str(uuid_utils.uuid7(nanoseconds=int(at * 1e9))),
            at=at,
            slot=self._dependencies.slot.value,
            model_version=served.version,
            status=200,
            latency_ms=0.0,
            caller=session.client,
            inputs={name: _kept(fields[name]) for name in self._names if name in fields},
            served_arm=self._dependencies.slot.value if session.client.assigned_arm else None,
            feature_version=served.feature_version,
        )
        return _PredictionRequest(record, began, fields, served, self._scope(session), is_kept)

    def _scope(self, session: Session) -> str | None:
        """The zone outside of which this service is not to answer; None where it always is."""
        is_candidate = self._dependencies.slot is Slot.CANDIDATE
        return session.scope if is_candidate and session.client.assigned_arm else None

    async def _priced(self, request: _PredictionRequest) -> Answer:
        """The answer, once its record is durable.

        Raises BadInput, Unavailable, ModelFailed where production can be asked instead, and
        Misdirected before anything is recorded or counted.
        """
        try:
            home = self._homes.read(request.fields)
        except BadInput:
            await self._keep_unpriced(request, request.ended(422))
            raise
        zone = self._dependencies.zone_of(home)
        if request.scope not in (None, zone):
            raise Misdirected(f"only homes in {request.scope} are tried here")
        try:
            estimate = self._estimate(request, home, zone)
        except MODEL_FAILURES as failure:
            await self._keep_unpriced(request, replace(request.ended(500), zone=zone))
            if request.is_kept:
                self._metrics.error(request.served.version, "internal")
            if self._is_on_trial(request):
                _LOG.exception("%s fails on a home; production is asked", request.served.version)
                raise ModelFailed("the model on trial failed on this home") from failure
            raise
        latency_ms = _since(request.began)
        record = _priced_record(request.record, home, estimate, latency_ms, zone)
        await self._keep_priced(request, record, estimate)
        return self._answer(request, home, estimate, latency_ms)

    def _estimate(self, request: _PredictionRequest, home: Home, zone: str | None) -> Estimate:
        """What the model says; one on trial may end the process, and then the next one tells."""
        if self._note is None or not request.is_kept or not self._is_on_trial(request):
            return request.served.predictor.estimate(home)
        self._note.write(replace(request.record, status=500, zone=zone))
        try:
            return request.served.predictor.estimate(home)
        finally:
            self._note.clear()

    def _is_on_trial(self, request: _PredictionRequest) -> bool:
        """True where production stands behind this service for whoever asks."""
        is_candidate = self._dependencies.slot is Slot.CANDIDATE
        return is_candidate and request.record.caller.assigned_arm is not None

    async def _keep_priced(
        self, request: _PredictionRequest, record: PredictionRecord, estimate: Estimate
    ) -> None:
        """Keep the record of a price and count it; raises Unavailable."""
        if not request.is_kept:
            return
        await self._recorder.append(record)
        request.served.metrics.certainty[estimate.certainty].inc()
        if not estimate.locality_known:
            request.served.metrics.unlisted.inc()

    async def _keep_unpriced(self, request: _PredictionRequest, record: PredictionRecord) -> None:
        """Keep the record of a request that gets no price."""
        if request.is_kept:
            await self._keep_if_possible(record)

    async def _keep_if_possible(self, record: PredictionRecord) -> None:
        """Keep the record of a refusal, which stands also where there is no space for it."""
        try:
            await self._recorder.append(record)
        except Unavailable as error:
            self._metrics.error(record.model_version, "unrecorded")
            _LOG.warning("a refused request is not recorded: %s", error)

    def _answer(
        self, request: _PredictionRequest, home: Home, estimate: Estimate, latency_ms: float
    ) -> Answer:
        notes = self._homes.notes(request.fields, estimate.notes)
        return Answer(
            **self._prices.fields(home, estimate, request.served, notes),
            prediction_id=self._dependencies.identity.issued(request.record.id),
            model_variant=self._dependencies.slot.value,
            response_time_ms=round(latency_ms, 3),
        )

    async def _passed_on(
        self, error: HomesError, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Send the router on to production with the same request, whatever its method and body."""
        response = answer_problem(error, self._speech)
        response.raw_headers.append((b"x-accel-redirect", b"@production"))
        await response(scope, receive, send)

    async def _refused(
        self, error: HomesError, fields: Fields, scope: Scope, receive: Receive, send: Send
    ) -> None:
        served = self._slot.served
        if IS_HEAD not in scope:
            self._metrics.error(served.version if served else None, error.code)
        if is_for_a_page(scope):
            response = await self._pages.problem(fields, error)
        else:
            response = answer_problem(error, self._speech)
        response.raw_headers.extend(served.headers[2:] if served else self._empty)
        await response(scope, receive, send)


def _priced_record(
    record: PredictionRecord, home: Home, estimate: Estimate, latency_ms: float, zone: str | None
) -> PredictionRecord:
    """The record of a priced request, made in one go: `replace` costs more than the rest."""
    return PredictionRecord(
        id=record.id,
        at=record.at,
        slot=record.slot,
        model_version=record.model_version,
        status=200,
        latency_ms=latency_ms,
        caller=record.caller,
        inputs=record.inputs,
        locality=estimate.locality,
        area=home.area,
        bedrooms=home.bedrooms,
        bathrooms=home.bathrooms,
        price=estimate.price,
        low=estimate.low,
        high=estimate.high,
        served_arm=record.served_arm,
        feature_version=record.feature_version,
        zone=zone,
    )


async def _answer(send: Send, served: ActiveModel, session: Session, body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    headers = [*served.headers, length, *session.headers]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _since(began: float) -> float:
    return (perf_counter() - began) * 1000


def _kept(value: object) -> str:
    """A field as it is kept: as it was read, short, and text that every store takes."""
    text = str(plain_value(value))[:LONGEST_TEXT]
    return text if text.isprintable() else "".join(c if c.isprintable() else "�" for c in text)
