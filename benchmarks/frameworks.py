"""What the same price route costs by framework and server, in processor time of its processes.

    .venv/bin/python benchmarks/frameworks.py [ROUNDS] [REQUESTS]

Every contestant reads a POST of JSON, validates the four fields of a home, multiplies the area by a
rate, and answers JSON, in one process, asked by 16 connections. They take turns, ROUNDS (7) times
with REQUESTS (3,000) each; a ratio is of two neighbours in one round, and the medians are printed
with the least and the most. "Ours" does more: it understands the locality, makes a range and notes,
and keeps a record of each request (without waiting for the disk). Flask and gunicorn are not
dependencies of the service; where this runs they come with MLflow and Locust.
"""

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated

import click
import msgspec
import psutil
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from homeprices.local.doctor import free_port
from support import service as service_module
from support.routers import until

if TYPE_CHECKING:
    from flask import Flask

PATH = "/api/predict_home_price"
CONNECTIONS, WARM_UP = 16, 500
HOME = msgspec.json.encode({"total_sqft": 1200, "location": "Hebbal", "bhk": 2, "bath": 2})
QUESTION = b"POST %b HTTP/1.1\r\nHost: homes\r\nContent-Type: application/json\r\n" % PATH.encode()
QUESTION += b"Content-Length: %d\r\n\r\n" % len(HOME) + HOME
RATE = 0.0075


class Home(msgspec.Struct):
    """The four fields, with their bounds."""

    total_sqft: Annotated[float, msgspec.Meta(ge=100, le=30_000)]
    location: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    bhk: Annotated[int, msgspec.Meta(ge=1, le=20)]
    bath: Annotated[int, msgspec.Meta(ge=1, le=20)]


_HOMES = msgspec.json.Decoder(Home)


def answer(body: bytes) -> bytes:
    """The price of the home in `body`."""
    home = _HOMES.decode(body)
    return msgspec.json.encode({"estimated_price": home.total_sqft * RATE})


async def bare_app(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI, and nothing between."""
    message = await receive()
    content = answer(message["body"])
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(content)),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def starlette_app() -> ASGIApp:
    """The same as a route of Starlette."""

    async def price(request: Request) -> Response:
        return Response(answer(await request.body()), media_type="application/json")

    return Starlette(routes=[Route(PATH, price, methods=["POST"])])


def fastapi_app() -> ASGIApp:
    """FastAPI as its manual has it: pydantic reads and writes."""
    from fastapi import FastAPI
    from pydantic import BaseModel, Field

    class Question(BaseModel):
        total_sqft: float = Field(ge=100, le=30_000)
        location: str = Field(min_length=1, max_length=200)
        bhk: int = Field(ge=1, le=20)
        bath: int = Field(ge=1, le=20)

    class Price(BaseModel):
        estimated_price: float

    app = FastAPI()

    @app.post(PATH)
    async def price(home: Question) -> Price:
        return Price(estimated_price=home.total_sqft * RATE)

    return app


def flask_app() -> "Flask":
    """Flask, with msgspec for what it leaves to others."""
    import flask

    app = flask.Flask("price")

    @app.post(PATH)
    def price() -> flask.Response:
        return flask.Response(answer(flask.request.get_data()), mimetype="application/json")

    return app


APPS: Mapping[str, Callable[[], ASGIApp]] = {
    "bare": lambda: bare_app,
    "starlette": starlette_app,
    "fastapi": fastapi_app,
}


def serve(name: str, port: int) -> None:
    """Run one contestant until it is ended."""
    if name == "flask":
        import logging

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        flask_app().run("127.0.0.1", port)
        return
    import uvicorn

    fast = {"loop": "uvloop", "http": "httptools", "access_log": False, "log_level": "warning"}
    uvicorn.run(APPS[name](), host="127.0.0.1", port=port, **fast)


def commands(folder: Path) -> dict[str, Callable[[int], list[str]]]:
    """How each contestant is started at a port."""
    python, here = sys.executable, Path(__file__)

    def own(name: str) -> Callable[[int], list[str]]:
        return lambda port: [python, str(here), "--serve", name, str(port)]

    def gunicorn(port: int) -> list[str]:
        served = ["--chdir", str(here.parent), f"{here.stem}:flask_app()"]
        threads = ["--worker-class", "gthread", "--threads", str(CONNECTIONS)]
        return [python, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", *threads, *served]

    def ours(port: int) -> list[str]:
        return [python, service_module.__file__, str(folder / "spool"), str(port), "off"]

    return {
        "uvicorn, bare ASGI and msgspec": own("bare"),
        "ours: Starlette's route in FastAPI's app on uvicorn, with its record": ours,
        "Starlette on uvicorn": own("starlette"),
        "FastAPI on uvicorn, pydantic": own("fastapi"),
        "Flask under gunicorn (gthread)": gunicorn,
        "Flask's development server": own("flask"),
    }


def cpu_s(root: psutil.Process) -> float:
    """What a process and its children have used so far."""
    processes = [root, *root.children(recursive=True)]
    return sum(p.cpu_times().user + p.cpu_times().system for p in processes)


async def ask(port: int, count: int) -> None:
    """Ask so often, on connections that are kept where the server keeps them."""
    numbers = iter(range(count))
    await asyncio.gather(*(_ask_in_turn(port, numbers) for _ in range(CONNECTIONS)))


async def _ask_in_turn(port: int, numbers: Iterator[int]) -> None:
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    for _ in numbers:
        streams = streams or await asyncio.open_connection("127.0.0.1", port)
        if not await _is_kept(*streams):
            streams[1].close()
            streams = None
    if streams is not None:
        streams[1].close()


async def _is_kept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Ask once; True where the connection goes on. Raises RuntimeError for any other answer."""
    writer.write(QUESTION)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    body = await reader.readexactly(length)
    if b" 200 " not in head or b"estimated_price" not in body:
        raise RuntimeError(f"answered {head + body!r}")
    return b"connection: close" not in head and head.startswith(b"http/1.1")


def is_ready(port: int) -> bool:
    """True when a home is priced at the port."""
    with contextlib.suppress(OSError, RuntimeError, asyncio.IncompleteReadError):
        asyncio.run(ask(port, 1))
        return True
    return False


def measured(rounds: int, count: int) -> dict[str, list[float]]:
    """CPU microseconds of a request in each round, by contestant."""
    costs_us: dict[str, list[float]] = {}
    quiet, environment = subprocess.DEVNULL, os.environ | {"PYTHONPATH": sys.path[0]}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        running: dict[str, tuple[int, psutil.Process]] = {}
        for name, command in commands(Path(folder)).items():
            port = free_port()
            process = stack.enter_context(
                subprocess.Popen(command(port), stdout=quiet, stderr=quiet, env=environment)
            )
            stack.callback(process.terminate)
            until(lambda port=port: is_ready(port), patience_s=60)
            asyncio.run(ask(port, WARM_UP))
            running[name] = port, psutil.Process(process.pid)
        for _ in range(rounds):
            for name, (port, process) in running.items():
                before_s = cpu_s(process)
                asyncio.run(ask(port, count))
                costs_us.setdefault(name, []).append((cpu_s(process) - before_s) / count * 1e6)
    return costs_us


def table(costs_us: Mapping[str, list[float]]) -> Iterator[str]:
    """The page, as Markdown; ratios are to the first contestant."""
    first = next(iter(costs_us.values()))
    yield "| the same route by | CPU us a request | times bare (least to most) |\n|---|---|---|"
    for name, costs in costs_us.items():
        ratios = [cost / bare for cost, bare in zip(costs, first, strict=True)]
        spread = f"{min(ratios):.1f} to {max(ratios):.1f}"
        yield f"| {name} | {median(costs):.0f} | {median(ratios):.1f} ({spread}) |"
    names = ("uvicorn", "starlette", "fastapi", "flask", "gunicorn", "msgspec", "pydantic")
    yield "\n" + ", ".join(f"{name} {version(name)}" for name in names)


@click.command()
@click.argument("rounds", type=click.IntRange(5), default=7)
@click.argument("count", type=int, default=3_000)
@click.option("--serve", "served", type=(str, int), hidden=True)
def main(rounds: int, count: int, served: tuple[str, int] | None) -> None:
    """Print the table."""
    if served is not None:
        serve(*served)
        return
    print("\n".join(table(measured(rounds, count))))


if __name__ == "__main__":
    main()
