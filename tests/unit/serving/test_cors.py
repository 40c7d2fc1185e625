"""Pages of other origins: shut out, unless a setting names them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.middleware.cors import CORSMiddleware

from homeprices.serving.app import create_app
from support.client import Client
from support.service import Service

PATH = "/api/predict_home_price"
HOME = {"total_sqft": 1200, "location": "Hebbal", "bhk": 2, "bath": 2}
PAGE, STRANGER = "http://localhost:3000", "https://elsewhere.example"
PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "content-type, content-encoding, x-api-key",
}
Opened = Callable[..., Client]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Makes a client of a service that is opened to origins."""
    with ExitStack() as stack:

        def make(*origins: str) -> Client:
            dependencies = replace(Service(tmp_path / "spool").dependencies, origins=origins)
            client = stack.enter_context(Client(create_app(dependencies)))
            client.until(lambda: client.get("/api/health/ready").status_code == 200)
            return client

        yield make


def test_nothing_is_said_to_pages_of_other_origins_unless_one_is_named(opened: Opened) -> None:
    client = opened()
    answer = client.post(PATH, json=HOME, headers={"origin": PAGE})
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control")]
    asked = client.run(client.ask("OPTIONS", PATH, headers={"origin": PAGE, **PREFLIGHT}))
    assert asked.status_code == 405


def test_nothing_stands_before_the_routes_while_it_is_closed(tmp_path: Path) -> None:
    closed = Service(tmp_path / "spool").dependencies
    kinds = [middleware.cls for middleware in create_app(closed).user_middleware]
    assert CORSMiddleware not in kinds
    opened = create_app(replace(closed, origins=(PAGE,))).user_middleware
    assert opened[0].cls is CORSMiddleware


def test_a_page_that_is_named_asks_first_and_then_reads_its_answer(opened: Opened) -> None:
    client = opened(PAGE, "https://homes.example")
    asked = client.run(client.ask("OPTIONS", PATH, headers={"origin": PAGE, **PREFLIGHT}))
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == PAGE
    assert asked.headers["access-control-allow-credentials"] == "true"
    assert "POST" in asked.headers["access-control-allow-methods"]
    for path, body in ((PATH, HOME), (PATH, {}), ("/api/feedback", {})):
        answer = client.post(path, json=body, headers={"origin": PAGE})
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert "Origin" in answer.headers["vary"]


def test_a_page_that_is_not_named_is_refused_beside_one_that_is(opened: Opened) -> None:
    client = opened(PAGE)
    asked = client.run(client.ask("OPTIONS", PATH, headers={"origin": STRANGER, **PREFLIGHT}))
    assert asked.status_code == 400
    answer = client.post(PATH, json=HOME, headers={"origin": STRANGER})
    assert "access-control-allow-origin" not in answer.headers


def test_every_page_is_let_in_without_its_cookies(opened: Opened) -> None:
    client = opened("*")
    answer = client.post(PATH, json=HOME, headers={"origin": STRANGER})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
