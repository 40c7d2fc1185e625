"""A body that nobody can use is told so in our shape at every route, and nothing is kept of it."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from support.api import KEY, Api
from support.broken_bodies import JSON, NDJSON, Broken, broken_bodies

HOME = {"total_sqft": 1200, "location": "Hebbal", "bhk": 2, "bath": 2}
PRICES = "/api/predict_home_price"
BATCH = f"{PRICES}/batch"
PREDICTION_ID = "01900000-0000-7000-8000-000000000000-000000000000"
# What is broken of each is the first of its fields.
GOOD: dict[str, dict[str, Any]] = {
    PRICES: HOME,
    BATCH: HOME,
    "/api/feedback": {"prediction_id": PREDICTION_ID, "feedback_type": "accurate"},
    "/api/decisions": {"action": "hold", "reason": "a look first"},
}
REFUSED = {400, 404, 413, 415, 422}


@pytest.fixture
def client(api: Api) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=api.url, headers=KEY, timeout=20) as client:
        yield client


def send(client: httpx.Client, path: str, broken: Broken) -> httpx.Response:
    return client.post(path, content=broken.body, headers=dict(broken.headers))


@pytest.mark.parametrize("path", GOOD)
def test_a_broken_body_is_refused_in_our_shape_and_nothing_is_kept(
    api: Api, client: httpx.Client, path: str
) -> None:
    before, refused_homes = api.issued(), 0
    bodies = broken_bodies(GOOD[path])
    for broken in bodies:
        if path == BATCH and broken.name == "an array":
            continue
        answer = send(client, path, broken)
        assert answer.status_code in REFUSED, (broken.name, answer.text)
        assert_is_problem(answer.json(), broken.name)
        refused_homes += path == PRICES and answer.status_code == 422
    assert len(bodies) > 70
    # A home that was read and cannot be priced is a request, and recorded as one that was refused.
    assert api.issued() - before == refused_homes


def assert_is_problem(body: Any, name: str) -> None:
    error = body["error"]
    assert set(error) == {"code", "message", "fields"}, name
    assert error["code"].isidentifier()
    assert 0 < len(error["message"]) < 2_000, name
    for field in error["fields"]:
        assert set(field) == {"field", "problem", "code"}


@pytest.mark.parametrize("media", [JSON, NDJSON])
def test_a_broken_row_between_good_ones_is_told_or_ends_the_batch(
    client: httpx.Client, media: str
) -> None:
    good = json.dumps(HOME).encode()
    for broken in broken_bodies(HOME):
        if broken.headers != {"Content-Type": JSON}:
            continue
        rows = [good, broken.body, good]
        body = b"[" + b",".join(rows) + b"]" if media == JSON else b"\n".join(rows)
        answer = client.post(BATCH, content=body, headers={"Content-Type": media})
        assert answer.status_code == 200, (broken.name, answer.text)
        told = answer.json() if media == JSON else list(map(json.loads, answer.text.splitlines()))
        assert told[0]["estimated_price"] == 60.0, broken.name
        assert [row["row"] for row in told] == list(range(1, len(told) + 1))
        for row in told:
            assert "estimated_price" in row or assert_is_problem(row, broken.name) is None
        assert "estimated_price" in told[-1] or told[-1].get("ended"), broken.name


def test_a_good_request_is_answered_after_all_that(client: httpx.Client) -> None:
    assert client.post(PRICES, json=HOME).json()["estimated_price"] == 60.0
