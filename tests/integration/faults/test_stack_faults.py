"""What is broken on purpose: services killed under load, the database taken away."""

import os
import signal
import time
from collections.abc import Iterator

import httpx
import psutil
import pytest

from support.prepared import Prepared
from support.stack import PREDICT, Stack, eventually, load, running

pytestmark = pytest.mark.quiet


@pytest.fixture(scope="module")
def stack(prepared: Prepared) -> Iterator[Stack]:
    with running(objects=prepared.with_experiment) as stack:
        eventually(lambda: stack.version("candidate") == "CO1", within_s=10)
        yield stack


def acknowledged(answers: list) -> set[str]:
    """The UUIDs of every price that was answered."""
    good = (answer for answer in answers if getattr(answer, "status_code", 0) == 200)
    return {answer.json()["prediction_id"][:36] for answer in good}


def stored(stack: Stack) -> set[str]:
    return {row[0] for row in stack.sql("SELECT id::text FROM predictions")}


def test_no_acknowledged_prediction_is_lost_when_the_service_is_killed_under_load(
    stack: Stack,
) -> None:
    with load(stack, "production") as answers:
        for _ in range(3):
            enough = len(answers) + 200
            eventually(lambda enough=enough: len(answers) > enough, within_s=30)
            os.kill(stack.pid("production"), signal.SIGKILL)
            eventually(lambda: stack.version("production") == "BO1", within_s=30)
    stack.drained()
    assert acknowledged(answers) - stored(stack) == set()
    assert len(acknowledged(answers)) > 600


def test_with_the_candidate_killed_under_load_every_request_is_answered(stack: Stack) -> None:
    with load(stack) as answers:
        eventually(lambda: len(answers) > 500, within_s=30)
        os.kill(stack.pid("candidate"), signal.SIGKILL)
        eventually(lambda: len(answers) > 2_000, within_s=60)
    assert {getattr(answer, "status_code", answer) for answer in answers} == {200}
    eventually(lambda: stack.version("candidate") == "CO1", within_s=30)


def test_predictions_and_feedback_go_on_without_postgres_and_arrive_later(stack: Stack) -> None:
    postmaster = psutil.Process(stack.pid("postgres"))
    everyone = [postmaster, *postmaster.children(recursive=True)]
    for process in everyone:
        process.suspend()
    try:
        began = time.monotonic()
        priced = [stack.price(service) for service in ("router", "production", "candidate")]
        for answer in priced:
            stack.rate(answer["prediction_id"], 4)
        assert time.monotonic() - began < 5
        eventually(lambda: stack.health("production")["status"] == "degraded", within_s=30)
    finally:
        for process in everyone:
            process.resume()
    stack.drained()
    ids = {answer["prediction_id"][:36] for answer in priced}
    assert ids <= stored(stack)
    rated = {row[0] for row in stack.sql("SELECT prediction_id::text FROM feedback")}
    assert ids <= rated
    eventually(lambda: stack.health("production")["status"] == "healthy", within_s=30)


def test_a_killed_postgres_comes_back_by_itself(stack: Stack) -> None:
    os.kill(stack.pid("postgres"), signal.SIGQUIT)
    answer = httpx.post(
        stack.url("router") + PREDICT,
        json={"total_sqft": 1000, "location": "Hebbal", "bhk": 2, "bath": 2},
    )
    assert answer.status_code == 200
    eventually(lambda: answer.json()["prediction_id"][:36] in stored(stack), within_s=60)
