"""The way in for visitors: headers as the router sends them, then the service's own routes.

Every request goes through the application and its spool; a stated sample comes by real HTTP. nginx
has no part in it: arms are told as it would split, and no request is passed on to the other
service. No time is sent along: the service asks its clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec
from starlette.types import Message

from homeprices.domain.errors import Unavailable
from homeprices.domain.experiments.experiment import Experiment
from homeprices.domain.listing import Home
from homeprices.domain.market import Market
from homeprices.domain.requests.records import Slot
from homeprices.routing.arms import arm_for
from homeprices.serving import feedback, predict
from homeprices.serving.http.client import COOKIE
from homeprices.simulation.stack import MonthService, MonthStack
from homeprices.simulation.visitors import Question, Remark, Visitor

# Of all requests, opinions and prices, one in so many.
HTTP_EVERY = 50
_JSON = "application/json"


class PricedAnswer(msgspec.Struct):
    """The part of an answer that a visitor needs."""

    estimated_price: float
    prediction_id: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    body: bytes
    cookie: str | None


class Door:
    """Sends acts of visitors to the arm that is theirs, and counts them."""

    def __init__(self, stack: MonthStack, market: Market) -> None:
        self._stack = stack
        self._market = market
        self._client = httpx.AsyncClient(timeout=30)
        self._router_key = stack.identity.router_key
        self.sent = 0
        self.by_http: list[str] = []

    async def ask(self, question: Question, experiment: Experiment | None) -> PricedAnswer | None:
        """The estimate of a home; None where the request is refused."""
        fields = home_fields(question.listing.home, self._market)
        by_http = self._is_sampled()
        reply = await self._send(question.visitor, predict.PATH, fields, experiment, by_http)
        if reply.status >= 500:
            raise Unavailable(f"a service answered {reply.status}: {reply.body[:200]!r}")
        if reply.status != 200:
            return None
        answer = msgspec.json.decode(reply.body, type=PricedAnswer)
        if by_http:
            self.by_http.append(answer.prediction_id)
        return answer

    async def say(self, remark: Remark, experiment: Experiment | None) -> None:
        """Leave an opinion or a sale price."""
        fields = {"prediction_id": remark.prediction_id, "feedback_type": remark.feedback_type}
        # What a simulated home was sold for is right, however far off its estimate was.
        value = {} if remark.value is None else {"feedback_value": remark.value, "confirmed": True}
        by_http = self._is_sampled()
        path, said = feedback.PATH, {**fields, **value}
        reply = await self._send(remark.visitor, path, said, experiment, by_http)
        if reply.status != 200:
            raise Unavailable(f"feedback got {reply.status}: {reply.body[:200]!r}")

    async def close(self) -> None:
        """End the connections."""
        await self._client.aclose()

    def _is_sampled(self) -> bool:
        self.sent += 1
        return self.sent % HTTP_EVERY == 0

    async def _send(
        self,
        visitor: Visitor,
        path: str,
        fields: dict[str, Any],
        experiment: Experiment | None,
        by_http: bool,
    ) -> Reply:
        arm = arm_for(visitor.name, experiment)
        service, body = self._stack.services[arm], msgspec.json.encode(fields)
        headers = self._headers(visitor, arm, experiment)
        if by_http:
            reply = await self._over_http(service, path, headers, body)
        else:
            reply = await straight(service, path, headers, body)
        if reply.cookie is not None:
            visitor.cookie = reply.cookie
        return reply

    def _headers(
        self, visitor: Visitor, arm: Slot, experiment: Experiment | None
    ) -> dict[str, str]:
        """What the router says of a visitor, and the cookie that the browser sends."""
        words = {
            "content-type": _JSON,
            "x-router": self._router_key,
            "x-visitor": visitor.name,
            "x-arm": arm.value,
            "x-experiment": experiment.id if experiment else "",
            "x-real-ip": visitor.address,
        }
        return words | ({"cookie": f"{COOKIE}={visitor.cookie}"} if visitor.cookie else {})

    async def _over_http(
        self, service: MonthService, path: str, headers: dict[str, str], body: bytes
    ) -> Reply:
        self._client.cookies.clear()
        answer = await self._client.post(service.url + path, headers=headers, content=body)
        return Reply(answer.status_code, answer.content, answer.cookies.get(COOKIE))


def home_fields(home: Home, market: Market) -> dict[str, Any]:
    """What a visitor fills in for a home: the four facts."""
    facts = {
        "area": home.area,
        "locality": home.locality,
        "bedrooms": home.bedrooms,
        "bathrooms": home.bathrooms,
    }
    return {market.fields[fact]: value for fact, value in facts.items()}


async def straight(service: MonthService, path: str, headers: dict[str, str], body: bytes) -> Reply:
    """The reply of the application itself, with no connection between."""
    sent: list[Message] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [*raw, (b"host", b"simulation"), (b"content-length", str(len(body)).encode())],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
    }
    await service.app(scope, receive, send)
    begin = next(message for message in sent if message["type"] == "http.response.start")
    content = b"".join(m.get("body", b"") for m in sent if m["type"] == "http.response.body")
    return Reply(begin["status"], content, _cookie(begin["headers"]))


def _cookie(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The visit that the service has signed, if it has."""
    for name, value in headers:
        if name == b"set-cookie" and value.startswith(f"{COOKIE}=".encode()):
            return value.partition(b";")[0].partition(b"=")[2].decode()
    return None
