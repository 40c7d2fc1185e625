"""The whole loop on real services: listings, price, trial, evidence, promotion, undo, rollback.

By the plain rule, which needs no day to decide; the default one has suites with a clock to move.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from support.prepared import Prepared, quick_training
from support.stack import HOME, PREDICT, Stack, eventually, load, running

MOST_MEMORY_BYTES = 150_000_000


@pytest.fixture(scope="module")
def stack(prepared: Prepared, listings_file: Path, scale) -> Iterator[Stack]:
    """In short on a small market, in full on the whole one."""
    listings = scale(prepared.listings, listings_file)
    settings = {"HOMES_POLICY": "composite"}
    with running("--listings", str(listings), settings=settings) as stack:
        yield stack


def train(stack: Stack, seed: int, *options: str) -> None:
    """A new candidate, served within 10 seconds of being published."""
    stack.homes(*quick_training(fact_sets=3, seed=seed), *options)
    candidate = stack.homes("experiment").split()[1]
    eventually(lambda: stack.version("candidate") == candidate, within_s=10)


def explained(stack: Stack, service: str, answer: dict) -> None:
    """What `answer` told is rebuilt equal by whatever serves now, and its reasons add up."""
    path = f"/api/estimates/{answer['prediction_id']}?curve=bhk"
    told = httpx.get(stack.url(service) + path, timeout=30).json()
    assert told["equal"] is True, told
    assert told["model_version"] == answer["model_version"]
    assert told["rebuilt"]["estimated_price"] == answer["estimated_price"]
    total = told["baseline"]["estimated_price"] + sum(one["amount"] for one in told["reasons"])
    assert total == pytest.approx(answer["estimated_price"], abs=1e-6)
    assert len(told["comparables"]["listings"]) == 10


def digest(stack: Stack, version: str) -> dict:
    manifest = stack.data_dir / "objects" / "models" / f"price_check_{version}" / "manifest.json"
    return json.loads(manifest.read_text())["files"]


def test_a_model_equal_to_production_is_refused_unless_forced(stack: Stack) -> None:
    told = stack.homes(*quick_training(fact_sets=3), fails=True)
    assert "equal to BO1" in told
    assert "--force" in told


def test_the_loop_turns_and_every_turn_is_told(stack: Stack) -> None:
    first = stack.price()
    assert first["model_version"] == "BO1"
    assert first["low"] < first["estimated_price"] < first["high"]
    assert "nothing to decide" in stack.homes("decide")

    train(stack, 2, "--force")
    assert stack.price("candidate")["model_version"] == "CO1"
    visited = [httpx.post(stack.url("router") + PREDICT, json=HOME) for _ in range(300)]
    assert {answer.headers["x-variant"] for answer in visited} == {"production", "candidate"}

    stack.rated("candidate", stars=5)
    stack.rated("production", stars=3)
    stack.drained()
    explained(stack, "router", first)
    with load(stack) as answers:
        told = stack.homes("decide")
        assert "PROMOTE" in told
        assert "production: BO1 -> BO2" in told
        eventually(lambda: stack.version("production") == "BO2", within_s=10)
        eventually(lambda: len(answers) > 2_000, within_s=60)
    assert {getattr(answer, "status_code", answer) for answer in answers} == {200}
    assert psutil.Process(stack.pid("production")).memory_info().rss < MOST_MEMORY_BYTES
    assert digest(stack, "BO2") == digest(stack, "CO1")
    assert "nothing to decide" in stack.homes("decide")

    assert "production: BO2 -> BO3" in stack.homes("undo", "D-0001")
    assert digest(stack, "BO3") == digest(stack, "BO1")
    eventually(lambda: stack.version("production") == "BO3", within_s=10)
    eventually(lambda: stack.price()["model_version"] == "BO3", within_s=10)

    for service in ("router", "page", "production"):
        explained(stack, service, first)
    train(stack, 3, "--force")
    stack.rated("candidate", stars=1)
    stack.rated("production", stars=5)
    stack.drained()
    told = stack.homes("decide")
    assert "ROLL_BACK" in told
    assert "asks for training" in told
    retired = stack.data_dir / "objects" / "models" / "price_check_CO2" / "retired.json"
    assert retired.exists()
    eventually(lambda: stack.version("candidate") is None, within_s=10)

    rows = json.loads(stack.homes("decisions", "--json"))
    assert [row["verdict"] for row in rows] == ["ROLL_BACK", "UNDO", "PROMOTE"]
    assert rows[2]["undone_by"] == rows[1]["id"]
    assert rows[0]["figures"]["candidate"]["mean_rating"] == 1.0
    assert httpx.get(stack.url("router") + "/api/decisions").json()["decisions"] == rows
