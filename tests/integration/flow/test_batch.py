"""Batches on a running stack: as large as may be, beside visitors, and by what its page says."""

import csv
import gzip
import io
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice

import httpx
import psutil
import pytest

from homeprices import markets
from homeprices.datasets.simulate import simulate
from support.examples import examples, run_example
from support.paths import REPOSITORY
from support.prepared import Prepared
from support.stack import PREDICT, Stack, eventually, load, running

pytestmark = pytest.mark.quiet

PATH = f"{PREDICT}/batch"
PAGE = REPOSITORY / "docs" / "how-to" / "price-in-bulk.md"
OF_ITS_OWN = {"prediction_id", "model_variant", "response_time_ms"}
MOST_GROWTH_BYTES = 25_000_000
MOST_MB = 16
FIELDS = {"location": "location", "total_sqft": "total_sqft", "bath": "bath"} | {
    "society": "society",
    "balcony": "balcony",
    "area_type": "area_type",
}


@pytest.fixture(scope="module")
def stack(prepared: Prepared) -> Iterator[Stack]:
    settings = {"HOMES_BATCH_MB": str(MOST_MB)}
    with running(objects=prepared.in_production, settings=settings) as stack:
        yield stack


@pytest.fixture(scope="module")
def homes() -> list[dict[str, object]]:
    """Two thousand homes as visitors ask about them, some of which have no price."""
    text = simulate(markets.load("bangalore"), 2_000, 11).decode()
    asked = []
    for number, row in enumerate(csv.DictReader(io.StringIO(text))):
        home: dict[str, object] = {name: row[column] for name, column in FIELDS.items()}
        size = re.match(r"\d+", row["size"])
        home["bhk"] = int(size[0]) if size and number % 50 else "none"
        asked.append(home)
    return asked


@dataclass
class Memory:
    """How much a process has grown at most while it was looked at."""

    before: int
    most: int = field(default=0)

    @property
    def growth(self) -> int:
        return self.most - self.before


@contextmanager
def watched(pid: int) -> Iterator[Memory]:
    process = psutil.Process(pid)
    memory, over = Memory(process.memory_info().rss), threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            memory.most = max(memory.most, process.memory_info().rss)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield memory
    finally:
        over.set()
        looking.join()


def post(stack: Stack, body: bytes, media: str = "application/json", **headers: str):
    """The rows of a batch that is sent through the router, as they come."""
    named = {"content-type": media, "accept": "application/x-ndjson", **headers}
    with (
        httpx.Client(timeout=600) as client,
        client.stream("POST", stack.url("router") + PATH, content=body, headers=named) as answer,
    ):
        answer.raise_for_status()
        yield from map(json.loads, answer.iter_lines())


def batches(stack: Stack, outcome: str) -> float:
    """How many batches of production have come to this."""
    text = httpx.get(stack.url("production") + "/metrics", timeout=10).text
    match = re.search(rf'batches_total\{{outcome="{outcome}",slot="production"\}} (\S+)', text)
    return float(match[1]) if match else 0.0


@pytest.mark.timeout(900)
def test_a_large_batch_is_priced_whole_at_constant_memory_beside_visitors(
    stack: Stack, homes: list[dict[str, object]], scale: Callable[[int, int], int]
) -> None:
    count = scale(5_000, 100_000)
    packed = gzip.compress(json.dumps(list(islice(cycle(homes), count))).encode())
    headers = {"content-encoding": "gzip"}
    warm = list(post(stack, json.dumps(homes).encode()))
    for row in warm:
        row.pop("row")
    rows, done_before = 0, batches(stack, "done")
    with watched(stack.pid("production")) as memory, load(stack, threads=2) as answers:
        for row in post(stack, packed, **headers):
            rows += 1
            assert row.pop("row") == rows
            assert row == warm[(rows - 1) % len(warm)]
            if rows == 1:
                assert batches(stack, "done") == done_before, "the answer has not come bit by bit"
    assert rows == count
    assert memory.growth < MOST_GROWTH_BYTES
    assert len(answers) > 50
    assert {answer.status_code for answer in answers} == {200}
    took = sorted(answer.elapsed.total_seconds() for answer in answers)
    assert took[int(0.99 * len(took))] < 0.5


def test_each_row_is_what_a_single_price_is_to_the_last_digit(
    stack: Stack, homes: list[dict[str, object]]
) -> None:
    asked = homes[:300]
    rows = list(post(stack, json.dumps(asked).encode()))
    with httpx.Client(base_url=stack.url("production"), timeout=10) as client:
        for row, home in zip(rows, asked, strict=True):
            alone = client.post(PREDICT, json=home).json()
            row.pop("row")
            assert row == {name: value for name, value in alone.items() if name not in OF_ITS_OWN}


def test_batches_leave_no_rows_and_records_add_up(
    stack: Stack, homes: list[dict[str, object]]
) -> None:
    stack.drained()
    (before,) = stack.sql("SELECT count(*) FROM predictions")
    assert sum("estimated_price" in row for row in post(stack, json.dumps(homes).encode())) > 1_500
    stack.price()
    stack.drained()
    assert stack.sql("SELECT count(*) FROM predictions") == [(before[0] + 1,)]
    spool = stack.health("production")["spool"]
    assert spool["issued"] == spool["stored"] + spool["waiting"] + spool["set_aside"]


@pytest.mark.parametrize("service", ["production", "router", "page"])
def test_a_batch_over_the_limit_is_413_at_every_door(stack: Stack, service: str) -> None:
    body = b" " * ((MOST_MB << 20) + 1)
    headers = {"content-type": "application/json"}
    answer = httpx.post(stack.url(service) + PATH, content=body, headers=headers, timeout=60)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    fits = httpx.post(stack.url(service) + PATH, content=b"[]", headers=headers, timeout=60)
    assert (fits.status_code, fits.json()) == (200, [])


def test_a_client_that_goes_away_gives_its_turn_back(
    stack: Stack, homes: list[dict[str, object]]
) -> None:
    body = json.dumps(list(islice(cycle(homes), 50_000))).encode()
    cut_off = batches(stack, "cut_off")
    for gone in range(1, 5):
        for row in post(stack, body):
            assert row["row"] == 1
            break
        eventually(lambda gone=gone: batches(stack, "cut_off") == cut_off + gone, within_s=20)
    assert len(list(post(stack, json.dumps(homes).encode()))) == len(homes)


def printed(stack: Stack, language: str) -> list[str]:
    """What each example of the page in a language prints, at the router of `stack`."""
    programs = examples(PAGE, language, stack.url("router"))
    return [run_example(language, program, REPOSITORY) for program in programs]


def test_the_examples_of_the_page_run_as_they_are_written(stack: Stack) -> None:
    plain, packed = printed(stack, "sh")
    rows = list(csv.DictReader(io.StringIO(plain)))
    assert [bool(row["error"]) for row in rows] == [False] * 5 + [True] * 2
    assert [row["row"] for row in json.loads(packed)] == list(range(1, 8))
    for said in (*printed(stack, "python"), *printed(stack, "javascript")):
        priced, refused = said.splitlines()
        assert priced.startswith("1 ")
        assert "total_sqft must be" in refused
