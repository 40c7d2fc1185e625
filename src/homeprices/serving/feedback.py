"""POST /api/feedback: an opinion or a sale price, kept once however often it is sent."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from homeprices.domain.requests.feedback import FeedbackReader
from homeprices.domain.requests.records import FeedbackType
from homeprices.serving.body import read_fields
from homeprices.serving.client import ClientReader
from homeprices.serving.dependencies import ServiceDependencies
from homeprices.serving.metrics import ServiceMetrics
from homeprices.serving.recorder import Recorder
from homeprices.serving.slot import ModelSlot

PATH = "/api/feedback"
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
    ) -> None:
        self._dependencies = dependencies
        self._slot = slot
        self._recorder = recorder
        self._metrics = metrics
        self._clients = ClientReader(dependencies.identity)
        self._reader = FeedbackReader(dependencies.identity, dependencies.market.money.price_unit)

    async def post(self, request: Request) -> Response:
        """Answer once the feedback is durable."""
        headers = dict(request.scope["headers"])
        fields = await read_fields(request.scope, headers, request.receive)
        session = self._clients.read(request.scope, headers)
        record = self._reader.read(fields, session.client, self._dependencies.clock())
        await self._recorder.append(record)
        served = self._slot.served
        self._metrics.feedback(served.version if served else None, record.type)
        kept = Kept(
            status="kept",
            feedback_id=record.id,
            prediction_id=self._dependencies.identity.issued(record.prediction_id),
            feedback_type=record.type,
            feedback_value=record.value,
            message=THANKS.get(FeedbackType(record.type), THANKS_FOR_OPINION),
        )
        response = Response(msgspec.json.encode(kept), media_type="application/json")
        if session.cookie is not None:
            response.raw_headers.append((b"set-cookie", session.cookie))
        return response
