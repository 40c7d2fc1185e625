"""A trial in one part of the city, on the embedded stack: who answers, what is kept and counts."""

import json
from collections.abc import Iterator

import httpx
import pytest

from support.prepared import Prepared
from support.stack import HOME, PREDICT, Stack, eventually, running, tell

ELSEWHERE = HOME | {"location": "Jayanagar"}
NOWHERE = HOME | {"location": "Atlantis"}
KEPT = "SELECT assigned_arm, served_arm, slot, model_version, status, zone FROM predictions"
IN_ORDER = f"{KEPT} ORDER BY at DESC LIMIT 1"


@pytest.fixture(scope="module")
def stack(prepared: Prepared) -> Iterator[Stack]:
    """CO1 on trial against BO1 for half of the visitors, for homes in the east."""
    with running(objects=prepared.with_experiment) as stack:
        told = stack.homes("experiment", "start", "CO1", "--zone", "east", "--share", "0.5")
        assert "CO1 is tried on 50% of visitors, for homes in east" in told
        eventually(lambda: stack.version("candidate") == "CO1", within_s=30)
        split = stack.data_dir / "router" / "split.conf"
        eventually(lambda: "default E2" in split.read_text(), within_s=30)
        # nginx reads it a little later, and for a moment more it answers by what it read before.
        eventually(lambda: {asked_elsewhere(stack) for _ in range(20)} == {"BO1"}, within_s=30)
        yield stack


def asked_elsewhere(stack: Stack) -> str:
    """The version that answers a visitor of the candidate's arm for a home elsewhere."""
    with stack.visitor("candidate") as visitor:
        return visitor.post(PREDICT, json=ELSEWHERE).raise_for_status().json()["model_version"]


WAYS = {
    "JSON": lambda visitor, home: visitor.post(PREDICT, json=home),
    "a form": lambda visitor, home: visitor.post(PREDICT, data=home),
    "parts": lambda visitor, home: visitor.post(
        PREDICT, files={name: (None, str(value)) for name, value in home.items()}
    ),
    "a query": lambda visitor, home: visitor.get(PREDICT, params=home),
    "much": lambda visitor, home: visitor.post(PREDICT, json=home | {"more": "x" * 60_000}),
}


@pytest.mark.parametrize("way", WAYS)
def test_homes_elsewhere_are_productions_and_the_visitor_stays_in_the_arm(
    stack: Stack, way: str
) -> None:
    with stack.visitor("candidate") as visitor:
        for home, version, zone in (
            (ELSEWHERE, "BO1", "south"),
            (HOME, "CO1", "east"),
            (NOWHERE, "BO1", None),
        ):
            answer = WAYS[way](visitor, home).raise_for_status()
            assert answer.json()["model_version"] == version
            slot = "production" if version == "BO1" else "candidate"
            assert answer.headers["x-variant"] == slot
            stack.drained()
            assert stack.sql(IN_ORDER) == [("candidate", slot, slot, version, 200, zone)]


def test_a_head_is_answered_without_a_body(stack: Stack) -> None:
    with stack.visitor("candidate") as visitor:
        answer = visitor.head(PREDICT, params=ELSEWHERE)
        assert (answer.status_code, answer.headers["x-variant"]) == (200, "production")
        assert answer.content == b""


def test_production_is_asked_by_its_own_visitors_for_every_home(stack: Stack) -> None:
    with stack.visitor("production") as visitor:
        for home in (HOME, ELSEWHERE, NOWHERE):
            assert visitor.post(PREDICT, json=home).json()["model_version"] == "BO1"


def test_the_candidates_service_answers_direct_questions_as_ever(stack: Stack) -> None:
    assert stack.price("candidate", location="Jayanagar")["model_version"] == "CO1"
    with stack.visitor("candidate") as visitor:
        lies = {"X-Arm": "candidate", "X-Experiment": "E2", "X-Zone": "east"}
        answer = httpx.post(
            stack.url("candidate") + PREDICT,
            json=ELSEWHERE,
            headers=lies,
            cookies=dict(visitor.cookies),
        )
        assert (answer.status_code, answer.json()["model_version"]) == (200, "CO1")


def test_every_request_has_one_row_and_no_error_was_counted(stack: Stack) -> None:
    stack.drained()
    before = stack.sql("SELECT count(*) FROM predictions")[0][0]
    with stack.visitor("candidate") as visitor:
        for number in range(100):
            home = (HOME, ELSEWHERE)[number % 2]
            answer = visitor.post(PREDICT, json=home).raise_for_status().json()
            tell(visitor, answer["prediction_id"], "rating", 4)
    stack.drained()
    visits = stack.sql("SELECT count(*) FROM predictions")[0][0] - before
    assert 100 <= visits < 200  # the first ones look for a visitor of the arm
    page = httpx.get(stack.url("candidate") + "/metrics").text
    errors = [line for line in page.splitlines() if line.startswith("prediction_errors_total{")]
    assert [line for line in errors if not line.endswith(" 0.0")] == []


def test_homes_elsewhere_are_set_aside_by_their_reason_in_both_arms(stack: Stack) -> None:
    stack.drained()
    stack.homes("decide")
    before = json.loads(stack.homes("experiment", "status", "--json"))["set_aside"]
    for arm in ("candidate", "production"):
        with stack.visitor(arm) as visitor:
            for _ in range(5):
                visitor.post(PREDICT, json=ELSEWHERE).raise_for_status()
    stack.drained()
    stack.homes("decide")
    told = json.loads(stack.homes("experiment", "status", "--json"))
    assert told["set_aside"]["outside the zone"] - before["outside the zone"] == 10
    assert told["experiment"]["scope"] == "east"
    assert [zone["zone"] for zone in told["zones"]] == ["east"]
    answer = httpx.get(stack.url("router") + "/api/experiment").json()
    assert (answer["zones"], answer["set_aside"]) == (told["zones"], told["set_aside"])
    shown = stack.homes("experiment", "status")
    assert "for homes in east" in shown
    assert "outside the zone" in shown


def test_the_list_shows_where_and_widening_is_another_trial(stack: Stack) -> None:
    head, row, *_ = stack.homes("experiment", "list").splitlines()
    assert "zone" in head
    assert "east" in row
    stack.homes("experiment", "start", "CO1", "--zone", "everywhere")
    newest = stack.homes("experiment", "list").splitlines()[1]
    assert newest.startswith("E3")
    assert "east" not in newest
    split = stack.data_dir / "router" / "split.conf"
    eventually(lambda: 'zone { default ""' in split.read_text(), within_s=30)
    wrong = stack.homes("experiment", "start", "CO1", "--zone", "west-end", fails=True)
    assert "must be a zone of bangalore (central, north, east" in wrong
