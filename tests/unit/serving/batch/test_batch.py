"""Many homes in one request: what is answered, in which form, and how it ends."""

import asyncio
import csv
import gzip
import io
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic, process_time
from typing import Any

import httpx
import pytest

from homeprices.serving.app import create_app
from homeprices.serving.batch import body
from homeprices.serving.batch.body import BatchLimits
from support.client import Client
from support.service import IDENTITY, OPERATOR_KEY, Service

PATH = "/api/predict_home_price/batch"
SINGLE = "/api/predict_home_price"
HOME: dict[str, Any] = {"total_sqft": 1200, "location": "Hebbal", "bhk": 2, "bath": 2}
HOMES = [
    HOME,
    {**HOME, "total_sqft": "34.46Sq. Meter", "location": "Nowhere Nagar"},
    {**HOME, "bhk": 300, "bath": None},
    {**HOME, "location": "=1+1", "balcony": "1"},
    {**HOME, "total_sqft": 29_999.5, "bhk": 1},
]
OF_ITS_OWN = {"prediction_id", "model_variant", "response_time_ms"}
LIMITS = BatchLimits(size_bytes=100_000, rows=300, seconds=60.0, at_once=1)
JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Client]:
    service = Service(tmp_path / "spool")
    with Client(create_app(replace(service.dependencies, batch_limits=LIMITS))) as client:
        client.until(lambda: client.get("/api/health/ready").status_code == 200)
        yield client


def post(client: Client, body: bytes, media: str = JSON, **headers: str) -> httpx.Response:
    return client.post(PATH, content=body, headers={"content-type": media, **headers})


def as_csv(homes: list[dict[str, Any]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, [*HOME, "balcony"])
    writer.writeheader()
    writer.writerows(homes)
    return out.getvalue().encode()


def as_lines(homes: list[dict[str, Any]]) -> bytes:
    return b"\n".join(json.dumps(home).encode() for home in homes)


BODIES: dict[str, Callable[[list[dict[str, Any]]], bytes]] = {
    JSON: lambda homes: json.dumps(homes).encode(),
    NDJSON: as_lines,
    CSV: as_csv,
}


def csv_of(response: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.text)))


@pytest.mark.parametrize("media", BODIES)
def test_each_row_is_answered_as_it_would_be_alone(client: Client, media: str) -> None:
    response = post(client, BODIES[media](HOMES), media, accept=JSON)
    assert response.status_code == 200
    assert response.headers["x-model-version"] == "BO1"
    rows = response.json()
    assert [row.pop("row") for row in rows] == [1, 2, 3, 4, 5]
    for row, home in zip(rows, HOMES, strict=True):
        fields = {name: str(value or "") for name, value in home.items()} if media == CSV else home
        alone = client.post(SINGLE, json=fields).json()
        assert row == {name: value for name, value in alone.items() if name not in OF_ITS_OWN}


@pytest.mark.parametrize("media", BODIES)
def test_it_is_answered_in_the_form_in_which_it_was_sent(client: Client, media: str) -> None:
    response = post(client, BODIES[media](HOMES), media, accept="*/*")
    assert response.headers["content-type"].startswith(media)


def test_lines_and_csv_say_the_same_as_an_array(client: Client) -> None:
    body = BODIES[JSON](HOMES)
    array = post(client, body).json()
    lines = post(client, body, accept=NDJSON).text.splitlines()
    assert [json.loads(line) for line in lines] == array
    for row, cells in zip(array, csv_of(post(client, body, accept=CSV)), strict=True):
        assert cells["row"] == str(row["row"])
        assert cells["estimated_price"] == str(row.get("estimated_price", ""))
        assert cells["error_code"] == row.get("error", {}).get("code", "")
        assert cells["ended"] == ""


def test_no_cell_that_is_answered_is_a_formula(client: Client) -> None:
    rows = csv_of(post(client, as_csv([HOMES[3], {**HOME, "location": "-5"}]), CSV))
    assert rows[0]["location"] == "'=1+1"
    assert rows[1]["location"] == "-5"
    assert post(client, BODIES[JSON]([HOMES[3]])).json()[0]["location"] == "=1+1"


def test_nothing_in_is_nothing_out(client: Client) -> None:
    assert post(client, b"[]").json() == []
    assert post(client, b"", NDJSON).content == b""
    assert csv_of(post(client, as_csv([]), CSV)) == []


@pytest.mark.parametrize("media", BODIES)
def test_a_body_that_was_packed_is_unpacked(client: Client, media: str) -> None:
    body = BODIES[media](HOMES)
    halves = gzip.compress(body[:100]) + gzip.compress(body[100:])
    answers = {
        post(client, packed, media, **{"content-encoding": "gzip"}).content
        for packed in (gzip.compress(body), halves)
    }
    assert answers == {post(client, body, media).content}


def test_json_that_breaks_off_says_so_in_its_last_row_and_stays_json(client: Client) -> None:
    body = BODIES[JSON]([HOME] * 500)[:-1] + b', {"total_sqft": }, {}]'
    response = post(client, body)
    assert response.status_code == 200
    *priced, last = response.json()
    assert len(priced) == 500
    assert (last["row"], last["ended"], last["error"]["code"]) == (501, True, "unreadable")
    assert "ended" not in priced[0]
    (*_, line) = csv_of(post(client, body, accept=CSV))
    assert (line["row"], line["ended"], line["error_code"]) == ("501", "yes", "unreadable")


def test_gzip_that_is_torn_prices_what_has_come_and_says_where_it_ends(client: Client) -> None:
    homes = [{**HOME, "society": f"{number * 7919 % 1009:x}"} for number in range(5_000)]
    packed = gzip.compress(BODIES[NDJSON](homes))
    for torn in (packed[: len(packed) // 2], packed[:-9], packed[:-8] + bytes(8)):
        response = post(client, torn, NDJSON, **{"content-encoding": "gzip"})
        rows = [json.loads(line) for line in response.text.splitlines()]
        assert rows[-1]["ended"] is True
        assert rows[-1]["row"] == len(rows)
        assert "not whole gzip" in rows[-1]["error"]["message"]


@pytest.mark.parametrize(
    ("body", "media", "headers", "error"),
    [
        (b"{}", JSON, {}, (400, "unreadable")),
        (b'[{"total_sqft": }, {}]', JSON, {}, (400, "unreadable")),
        (b"location,bath\nx,2\n", CSV, {}, (400, "unreadable")),
        (b"[]", "text/plain", {}, (400, "unreadable")),
        (b"[]", JSON, {"content-encoding": "br"}, (415, "unsupported_encoding")),
        (b"[]", JSON, {"content-encoding": "gzip"}, (400, "unreadable")),
        (b" " * 100_001, JSON, {}, (413, "too_large")),
    ],
)
def test_what_cannot_be_read_at_all_is_an_error_like_any_other(
    limited: Client, body: bytes, media: str, headers: dict[str, str], error: tuple[int, str]
) -> None:
    response = post(limited, body, media, **headers)
    assert (response.status_code, response.json()["error"]["code"]) == error


def test_one_row_more_than_may_be_is_told_and_the_others_are_priced(limited: Client) -> None:
    homes = [{"bhk": 1}] * 301
    *rows, last = post(limited, BODIES[JSON](homes)).json()
    assert len(rows) == 300
    assert (last["row"], last["ended"], last["error"]["code"]) == (301, True, "too_large")
    assert "300 rows (HOMES_BATCH_ROWS)" in last["error"]["message"]


def test_a_bomb_is_not_unpacked_further_than_the_limit(limited: Client) -> None:
    bomb = gzip.compress(b'[{"bhk": 1}' + b"," * 50_000_000)
    assert len(bomb) < LIMITS.size_bytes
    rows = post(limited, bomb, **{"content-encoding": "gzip"}).json()
    assert rows[-1]["ended"] is True
    lines = gzip.compress(b'{"bhk": 1}\n' + b"\n" * 50_000_000)
    response = post(limited, lines, NDJSON, **{"content-encoding": "gzip"})
    assert json.loads(response.text.splitlines()[-1])["error"]["code"] == "too_large"


def test_a_batch_too_many_is_told_when_to_come_back(limited: Client) -> None:
    held = asyncio.Event()

    async def slow() -> Any:
        yield b"["
        await held.wait()
        yield b"]"

    async def both() -> tuple[httpx.Response, httpx.Response]:
        headers = {"content-type": JSON}
        first = asyncio.create_task(limited.ask("POST", PATH, content=slow(), headers=headers))
        await asyncio.sleep(0.05)
        second = await limited.ask("POST", PATH, content=b"[]", headers=headers)
        held.set()
        return await first, second

    first, second = limited.run(both())
    assert (first.status_code, first.json()) == (200, [])
    assert (second.status_code, second.headers["retry-after"]) == (503, "10")
    assert second.json()["error"]["code"] == "busy"
    assert post(limited, b"[]").status_code == 200


@pytest.mark.parametrize(("seconds", "status"), [(0.05, 400)])
def test_a_body_that_does_not_come_in_time_is_given_up(
    tmp_path: Path, seconds: float, status: int
) -> None:
    async def endless() -> Any:
        while True:
            yield b" "
            await asyncio.sleep(0.01)

    service = Service(tmp_path / "spool")
    limits = replace(LIMITS, seconds=seconds)
    with Client(create_app(replace(service.dependencies, batch_limits=limits))) as client:
        client.until(lambda: client.get("/api/health/ready").status_code == 200)
        headers = {"content-type": JSON}
        response = client.post(PATH, content=endless(), headers=headers)
        assert response.status_code == status
        assert "did not come within" in response.json()["error"]["message"]


@pytest.mark.parametrize("rest_s", [5.0, 0.05])
def test_a_client_that_sends_nothing_or_a_byte_now_and_then_gives_its_turn_back(
    limited: Client, monkeypatch: pytest.MonkeyPatch, rest_s: float
) -> None:
    async def slow() -> Any:
        for _ in range(100):
            yield b" "
            await asyncio.sleep(rest_s)

    monkeypatch.setattr(body, "WINDOW_S", 0.2)
    began = monotonic()
    response = limited.post(PATH, content=slow(), headers={"content-type": JSON})
    assert monotonic() - began < 2
    assert response.status_code == 400
    assert "bytes of the body came within" in response.json()["error"]["message"]
    assert post(limited, b"[]").status_code == 200


def test_a_client_that_is_slow_and_fast_enough_is_heard_to_its_end(
    limited: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steady() -> Any:
        yield b"["
        for _ in range(10):
            yield b" " * 6_000
            await asyncio.sleep(0.05)
        yield b"]"

    monkeypatch.setattr(body, "WINDOW_S", 0.2)
    monkeypatch.setattr(body, "LEAST_BYTES", 12_000)
    response = limited.post(PATH, content=steady(), headers={"content-type": JSON})
    assert (response.status_code, response.json()) == (200, [])


@pytest.mark.parametrize(("media", "head"), [(CSV, as_csv([])), (NDJSON, b""), (CSV, b"")])
def test_blank_rows_are_rows_to_the_limit(tmp_path: Path, media: str, head: bytes) -> None:
    """32 MiB of line ends took 9 s of a core."""
    limits = replace(LIMITS, size_bytes=64 << 20)
    blank = gzip.compress(head + b"\n" * (32 << 20))
    service = Service(tmp_path / "spool")
    with Client(create_app(replace(service.dependencies, batch_limits=limits))) as client:
        client.until(lambda: client.get("/api/health/ready").status_code == 200)
        began = process_time()
        response = post(client, blank, media, **{"content-encoding": "gzip"})
        took_s = process_time() - began
    assert (response.status_code, response.json()["error"]["code"]) == (413, "too_large")
    assert took_s < 1


def test_nobody_takes_every_turn(tmp_path: Path) -> None:
    service = Service(tmp_path / "spool")
    limits = replace(LIMITS, at_once=3)
    routed = {"content-type": JSON, "x-router": IDENTITY.router_key}
    goes_on = asyncio.Event()

    async def waiting() -> Any:
        yield b"["
        await goes_on.wait()
        yield b"]"

    async def batches(client: Client) -> list[httpx.Response]:
        def held(address: str) -> asyncio.Task[httpx.Response]:
            headers = {**routed, "x-real-ip": address}
            return asyncio.create_task(client.ask("POST", PATH, content=waiting(), headers=headers))

        tasks = [held(address) for address in ("203.0.113.1",) * 3 + ("203.0.113.2",) * 2]
        await asyncio.sleep(0.3)
        goes_on.set()
        return await asyncio.gather(*tasks)

    with Client(create_app(replace(service.dependencies, batch_limits=limits))) as client:
        client.until(lambda: client.get("/api/health/ready").status_code == 200)
        answers = client.run(batches(client))
        assert [answer.status_code for answer in answers] == [200, 200, 429, 200, 503]
        assert answers[2].json()["error"]["code"] == "rate_limited"
        assert answers[2].headers["retry-after"] == "10"
        assert post(client, b"[]").status_code == 200


@pytest.mark.parametrize(("media", "head"), [(CSV, as_csv([])), (NDJSON, b"")])
def test_a_body_without_rows_is_given_up_in_time_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, media: str, head: bytes
) -> None:
    now = itertools.count()
    monkeypatch.setattr("homeprices.serving.batch.route.perf_counter", lambda: next(now) / 10)
    service = Service(tmp_path / "spool")
    limits = replace(LIMITS, size_bytes=64 << 20, seconds=2.0)
    blank = gzip.compress(head + b"\n" * (4 << 20))
    with Client(create_app(replace(service.dependencies, batch_limits=limits))) as client:
        client.until(lambda: client.get("/api/health/ready").status_code == 200)
        response = post(client, blank, media, **{"content-encoding": "gzip"})
    assert (response.status_code, response.json()["error"]["code"]) == (503, "unavailable")
    assert next(now) < 30


def test_a_batch_that_takes_too_long_ends_with_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter(range(10_000))
    monkeypatch.setattr("homeprices.serving.batch.route.perf_counter", lambda: next(now) / 10)
    service = Service(tmp_path / "spool")
    limits = replace(LIMITS, seconds=10.0)
    with Client(create_app(replace(service.dependencies, batch_limits=limits))) as client:
        client.until(lambda: client.get("/api/health/ready").status_code == 200)
        *rows, last = post(client, BODIES[JSON]([HOME] * 200)).json()
    assert 50 < len(rows) < 150
    assert (last["ended"], last["error"]["code"]) == (True, "unavailable")
    assert "HOMES_BATCH_SECONDS" in last["error"]["message"]


def test_a_row_that_the_model_fails_on_stops_no_other(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from support.service import FlatRate

    real = FlatRate.estimate

    def fails(self: FlatRate, home: Any) -> Any:
        if home.locality == "Whitefield":
            raise ZeroDivisionError("in the model")
        return real(self, home)

    monkeypatch.setattr(FlatRate, "estimate", fails)
    rows = post(client, BODIES[JSON]([HOME, {**HOME, "location": "Whitefield"}, HOME])).json()
    assert [row.get("error", {}).get("code") for row in rows] == [None, "internal", None]


def test_rows_are_counted_and_leave_no_record_and_no_id(client: Client, service: Service) -> None:
    rows = post(client, BODIES[JSON](HOMES)).json()
    post(client, b"{}")
    assert not any("prediction_id" in row for row in rows)
    assert service.spool.counts().issued == 0
    series = client.get("/metrics").text
    assert 'batch_rows_total{outcome="priced",slot="production",variant="BO1"} 4.0' in series
    assert 'batch_rows_total{outcome="failed",slot="production",variant="BO1"} 1.0' in series
    assert 'batches_total{outcome="done",slot="production"} 1.0' in series
    assert 'batches_total{outcome="refused",slot="production"} 1.0' in series
    assert 'predictions_total{slot="production",variant="BO1"} 0.0' in series


def test_a_client_that_goes_away_ends_its_batch(client: Client, service: Service) -> None:
    """Nothing is priced for nobody: the answer stops soon after, and the turn is given back."""
    app = create_app(replace(service.dependencies, batch_limits=replace(LIMITS, rows=10**9)))
    sent = []

    async def ask() -> None:
        messages = [{"type": "http.request", "body": BODIES[JSON]([HOME] * 1_500)}]

        async def receive() -> Any:
            return messages.pop() if messages else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"content-type", b"application/json")]
        scope = {"type": "http", "method": "POST", "path": PATH, "headers": headers}
        await route(scope, receive, send)

    route = next(route for route in app.routes if route.path == PATH).app  # type: ignore[attr-defined]
    with Client(app) as other:
        other.until(lambda: other.get("/api/health/ready").status_code == 200)
        other.run(ask())
        series = other.get("/metrics").text
    assert 'batches_total{outcome="cut_off",slot="production"} 1.0' in series
    assert sent[-1]["type"] == "http.response.start" or sent[-1].get("more_body")
    assert len(b"".join(m.get("body", b"") for m in sent).splitlines()) < 500


def test_where_keys_are_required_a_batch_needs_one(tmp_path: Path) -> None:
    service = Service(tmp_path / "spool")
    with Client(create_app(replace(service.dependencies, is_key_required=True))) as client:
        client.until(lambda: client.get("/api/health/ready").status_code == 200)
        assert post(client, b"[]").status_code == 401
        assert post(client, b"[]", **{"x-api-key": OPERATOR_KEY}).json() == []


def test_a_full_disk_is_told_before_anything_is_priced(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from homeprices.serving.batch import body

    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(body, "SpooledTemporaryFile", lambda *_, **__: Full())
    response = post(client, b"[]")
    assert (response.status_code, response.json()["error"]["code"]) == (503, "unavailable")
