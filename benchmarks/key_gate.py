"""What the gate of keys costs a request for a price, inside the process and without a socket.

    .venv/bin/python benchmarks/key_gate.py [REQUESTS]

Asks the service of the tests, whose model is one multiplication, REQUESTS (2,000) times a round:
without the gate, through it with no key, and with a client's. CPU time of the process; rounds take
turns, and the least of each is printed: others use the machine too. The gate alone, before an
application that does nothing, is below.
"""

import asyncio
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from time import process_time

import click
import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from homeprices.serving.access.keys import KeyGate, ServiceKeys
from homeprices.serving.access.rate_limit import RateTerms, RequestKind
from homeprices.serving.app import create_app
from homeprices.serving.metrics import ServiceMetrics
from support.service import Service

ROUNDS = 15
HOME = msgspec.json.encode({"total_sqft": 1200, "location": "Hebbal", "bhk": 2, "bath": 2})
HEADERS = [
    (b"host", b"127.0.0.1:7000"),
    (b"user-agent", b"a client"),
    (b"accept", b"*/*"),
    (b"content-type", b"application/json"),
    (b"content-length", str(len(HOME)).encode()),
]


def request(headers: list[tuple[bytes, bytes]]) -> Scope:
    """One request for a price."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "method": "POST",
        "path": "/api/predict_home_price",
        "raw_path": b"/api/predict_home_price",
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "state": {},
    }


async def receive() -> Message:
    """The body."""
    return {"type": "http.request", "body": HOME}


async def asked_us(app: ASGIApp, headers: list[tuple[bytes, bytes]], count: int) -> float:
    """CPU microseconds of one request, over `count` of them; raises where one is refused."""

    async def send(message: Message) -> None:
        if message.get("status", 200) != 200:
            raise RuntimeError(f"answered {message['status']}")

    began = process_time()
    for _ in range(count):
        await app(request(headers), receive, send)
    return (process_time() - began) / count * 1e6


async def nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """An application that does nothing."""


async def measured(folder: Path, count: int) -> dict[str, float]:
    """The least CPU microseconds of a request, by how it comes."""
    service = Service(folder)
    key = [*HEADERS, (b"x-api-key", service.secret().encode())]
    app, bare = create_app(service.dependencies), create_app(service.dependencies)
    bare.user_middleware.clear()
    keys = ServiceKeys(service.dependencies)
    keys.look()
    gate = KeyGate(nothing, service.dependencies, keys, ServiceMetrics("alone"))
    limits = {RequestKind.PRICES: RateTerms(1_000_000, 1_000_000)}
    limiting = KeyGate(
        nothing, replace(service.dependencies, limits=limits), keys, ServiceMetrics("limiting")
    )
    # One spool for both: the application without a gate gets the slot and recorder of the other.
    bare.router.routes = app.router.routes
    ways = {
        "no gate": (bare, HEADERS),
        "gate, no key": (app, HEADERS),
        "gate, a client's key": (app, key),
        "nothing": (nothing, HEADERS),
        "the gate alone, no key": (gate, HEADERS),
        "the gate alone, a client's key": (gate, key),
        "the gate with limits, no key": (limiting, HEADERS),
        "the gate with limits, a client's key": (limiting, key),
    }
    best = dict.fromkeys(ways, float("inf"))
    async with app.router.lifespan_context(app):
        await asyncio.sleep(1)
        for _ in range(ROUNDS):
            for name, (way, headers) in ways.items():
                best[name] = min(best[name], await asked_us(way, headers, count))
    return best


@click.command()
@click.argument("count", type=int, default=2_000)
def main(count: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        best = asyncio.run(measured(Path(folder), count))
    print("| a request for a price | CPU us |\n|---|---|")
    for name, cost_us in best.items():
        print(f"| {name} | {cost_us:.1f} |")


if __name__ == "__main__":
    main()
