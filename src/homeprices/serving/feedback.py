"""POST /api/feedback: an opinion or a sale price, kept once however often it is sent."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from homeprices.domain.errors import HomesError, Unavailable
from homeprices.domain.requests.feedback import FeedbackReader, ReadFeedback
from homeprices.domain.requests.records import FeedbackType
from homeprices.serving import feedback_page
from homeprices.serving.dependencies import ServiceDependencies
from homeprices.serving.feedback_page import FeedbackPages
from homeprices.serving.health import DatabaseWatch
from homeprices.serving.http.body import Fields, read_fields
from homeprices.serving.http.client import ClientReader, Session
from homeprices.serving.metrics import ServiceMetrics
from homeprices.serving.problems import NOT_KEPT
from homeprices.serving.recorder import Recorder
from homeprices.serving.slot import ModelSlot

PATH = "/api/feedback"
# What another process has answered is stored some moments later; it is looked for so often, for
# so long in all, and by so many at once.
LOOK_AFTER_S = (0.0, 0.3, 0.6)
LOOK_WITHIN_S = 1.5
MOST_LOOKING = 4
THANKS_FOR_OPINION = "Thank you. The first opinion on an estimate counts when models are compared."
THANKS = {
    FeedbackType.ACTUAL_PRICE: "Thank you. Sale prices are kept, apart from opinions.",
    FeedbackType.COMMENT: "Thank you. Comments are kept and read; they decide nothing.",
}


class Kept(msgspec.Struct, frozen=True):
    """What was understood and kept; the same feedback again has the same `feedback_id`."""

    status: str
    feedback_id: str
    prediction_id: str
    feedback_type: str
    feedback_value: float | None
    message: str


class Feedback:
    """The route."""

    def __init__(
        self,
        dependencies: ServiceDependencies,
        slot: ModelSlot,
        metrics: ServiceMetrics,
        recorder: Recorder,
        database: DatabaseWatch,
    ) -> None:
        self._dependencies = dependencies
        self._slot = slot
        self._recorder = recorder
        self._metrics = metrics
        self._database = database
        # Threads of its own: a slow PostgreSQL holds up nobody else's.
        self._lookers = ThreadPoolExecutor(MOST_LOOKING, "sale-prices")
        self._clients = ClientReader(dependencies.identity)
        self._pages = FeedbackPages(dependencies.market)
        self._reader = FeedbackReader(dependencies.identity, dependencies.market)

    async def post(self, request: Request) -> Response:
        """Answer once the feedback is durable: a page to a browser's own form, JSON to others."""
        headers = dict(request.scope["headers"])
        is_for_a_page = feedback_page.is_for_a_page(request.scope)
        fields: Fields = {}
        try:
            fields = await read_fields(request.scope, headers, request.receive)
            session = self._clients.read(request.scope, headers)
            kept = await self._kept(fields, session)
        except HomesError as error:
            if not is_for_a_page:
                raise
            return await self._pages.problem(fields, error)
        if is_for_a_page:
            response = await self._pages.thanks(kept.message)
        else:
            content = msgspec.json.encode(kept)
            response = Response(content, 200, {"Cache-Control": NOT_KEPT}, "application/json")
        response.raw_headers.extend(session.headers)
        return response

    async def _kept(self, fields: Fields, session: Session) -> Kept:
        """What is said of feedback that is durable by now; raises HomesError."""
        remark = self._reader.read(fields, session.client, self._dependencies.clock())
        await self._weigh(remark)
        record = remark.record
        await self._recorder.append(record)
        served = self._slot.served
        self._metrics.feedback(served.version if served else None, record.type)
        return Kept(
            status="kept",
            feedback_id=record.id,
            prediction_id=self._dependencies.identity.issued(record.prediction_id),
            feedback_type=record.type,
            feedback_value=record.value,
            message=THANKS.get(FeedbackType(record.type), THANKS_FOR_OPINION),
        )

    async def _weigh(self, remark: ReadFeedback) -> None:
        """Raise PriceUnlikely where a sale price is far from the estimate that it answers.

        An estimate that cannot be found now keeps nobody from telling a price.
        """
        if remark.record.type != FeedbackType.ACTUAL_PRICE or remark.is_confirmed:
            return
        estimate = await self._estimate(remark.record.prediction_id)
        if estimate is not None:
            self._reader.weigh(remark, estimate)

    async def _estimate(self, uuid: str) -> float | None:
        """The price that was answered under `uuid`; None where it is not known here and now."""
        if (price := self._recorder.price(uuid)) is not None:
            return price
        try:
            async with asyncio.timeout(LOOK_WITHIN_S):
                return await self._stored_estimate(uuid)
        except (Unavailable, TimeoutError):
            return None

    async def _stored_estimate(self, uuid: str) -> float | None:
        for wait_s in LOOK_AFTER_S:
            if self._database.problem is not None:
                return None
            await asyncio.sleep(wait_s)
            loop = asyncio.get_running_loop()
            request = await loop.run_in_executor(
                self._lookers, self._dependencies.stored_request, uuid
            )
            if request is not None:
                return request.price
        return None
