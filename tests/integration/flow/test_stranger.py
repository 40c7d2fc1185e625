"""A stranger with a script, on the embedded stack: what they leave is counted by its reason."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from homeprices import settings as environment
from homeprices.bootstrap import Homes
from homeprices.domain.experiments.decision import Draft, Verdict
from homeprices.workflows.experiments.decide import preview
from support.prepared import Prepared
from support.stack import HOME, PREDICT, Stack, eventually, running, tell

NINE_NETWORKS = [f"203.0.{number}.7" for number in range(9)]
FIFTY_ADDRESSES = [f"198.51.100.{number}" for number in range(1, 51)]
HOURS = (1, 12, 23, 25, 36, 72, 120, 167)


@pytest.fixture(scope="module")
def stack(prepared: Prepared) -> Iterator[Stack]:
    """CO1 on trial against BO1 by the default rule."""
    with running(objects=prepared.with_experiment) as stack:
        eventually(lambda: stack.version("candidate") == "CO1", within_s=30)
        with stack.visitor("candidate"):
            yield stack


def figures(stack: Stack) -> dict:
    """What the decision that is due now says: nothing."""
    stack.drained()
    stack.homes("decide")
    row = json.loads(stack.homes("decisions", "--json"))[0]
    assert (row["verdict"], row["experiment"]) == ("CONTINUE", "E1")
    return row["figures"]


def later(stack: Stack, hours: float, monkeypatch: pytest.MonkeyPatch) -> Draft | None:
    """What would be decided so many hours from now."""
    monkeypatch.setenv("HOMES_DATA_DIR", str(stack.data_dir))
    homes = Homes(environment.load(), clock=lambda: datetime.now(UTC) + timedelta(hours=hours))
    try:
        return preview(homes)
    finally:
        homes.close()


def says(visitor: httpx.Client, asked: dict, stars: float) -> None:
    """Both kinds of feedback on an estimate; the price is close to it, and no echo."""
    tell(visitor, asked["prediction_id"], "rating", stars)
    tell(visitor, asked["prediction_id"], "actual_price", round(asked["estimated_price"] * 1.01, 2))


def a_visit(stack: Stack, arm: str, address: str) -> None:
    """A signed visit to `arm` from `address`, and praise for the candidate."""
    with stack.visitor(arm, address) as visitor:
        asked = visitor.post(PREDICT, json=HOME).raise_for_status().json()
        says(visitor, asked, 5 if arm == "candidate" else 1)


def test_estimates_and_stars_without_cookies_are_counted_and_decide_nothing(stack: Stack) -> None:
    before = figures(stack)["set_aside"]
    ids = [stack.price()["prediction_id"] for _ in range(88)]
    for number, prediction_id in enumerate(ids[:24]):
        stack.rate(prediction_id, 5 if number % 2 else 1)
    after = figures(stack)
    assert after["set_aside"]["unsigned"] - before["unsigned"] == 88 + 24
    assert after["candidate"]["ratings"] == after["production"]["ratings"] == 0


def test_posts_straight_to_a_service_are_nobodys_visit_whatever_they_say_of_themselves(
    stack: Stack,
) -> None:
    before = figures(stack)
    with stack.visitor("candidate") as visitor:
        cookies = dict(visitor.cookies)
    words = {
        "X-Visitor": cookies["visitor"],
        "X-Arm": "candidate",
        "X-Experiment": "E1",
        "X-Real-IP": "192.0.2.1",
    }
    for headers in ({}, words):
        with httpx.Client(
            base_url=stack.url("candidate"), headers=headers, cookies=cookies, timeout=10
        ) as client:
            for _ in range(5):
                says(client, client.post(PREDICT, json=HOME).raise_for_status().json(), 5)
    after = figures(stack)
    assert after["set_aside"]["unsigned"] - before["set_aside"]["unsigned"] >= 30
    assert after["sessions"] == before["sessions"]
    assert after["candidate"]["requests"] == before["candidate"]["requests"]
    assert after["candidate"]["ratings"] == after["labels"] == 0


def test_signed_visits_from_few_networks_are_weighed_and_decide_nothing_at_any_hour(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    for address in ["127.0.0.1"] * 20 + FIFTY_ADDRESSES + NINE_NETWORKS * 6:
        a_visit(stack, "production", address)
    for address in ["127.0.0.1"] * 5 + FIFTY_ADDRESSES[:12] + NINE_NETWORKS * 2:
        a_visit(stack, "candidate", address)
    stack.drained()
    for hours in HOURS:
        draft = later(stack, hours, monkeypatch)
        assert draft is not None
        assert draft.verdict is Verdict.CONTINUE, draft
    told = stack.homes("decide", "--dry-run")
    assert told.startswith("a dry run: CONTINUE  CO1")
    after = figures(stack)
    assert after["set_aside"]["network cap"] > 50
    # Five of a network and kind count a day: both models were asked about each of these homes.
    assert after["labels"] == 11 * 5
    assert stack.version("production") == "BO1"
    assert len(stack.sql("SELECT FROM evidence_units")) >= after["labels"]
