"""A recording is read strictly, and judged as it would have been: hour by hour."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from time import process_time

import msgspec
import numpy as np
import pytest

from homeprices import markets
from homeprices.domain.errors import Unreadable
from homeprices.domain.evidence.ledger import MemoryLedger
from homeprices.domain.evidence.parameters import VERSION_1
from homeprices.domain.evidence.policy import step
from homeprices.domain.evidence.state import EvidenceState
from homeprices.domain.experiments.experiment import PolicyTerms
from homeprices.domain.zones import ZoneMap
from homeprices.markets.aggregates import coordinates
from homeprices.workflows.experiments import recording
from homeprices.workflows.experiments.replay import ReplayConfig, looks, replay
from support.streams import Market, stream

MARKET = Market(requests_an_hour=60, reports=0.6, prices=0.15, hours=72)
LINE = {
    "t": 3601.5,
    "id": "r1",
    "session": "s1",
    "ip": "203.0.113.9",
    "variant": "cand",
    "status": 200,
    "latency_ms": 41.5,
    "features": {"location": "Hebbal", "total_sqft": 1200, "bhk": 2, "bath": 2.0},
    "pred_prod": 80.0,
    "pred_cand": 84.0,
    "feedback_type": "actual_price",
    "rating": None,
    "actual": 90.0,
    "t_feedback": 9000.0,
}


def read(*lines: object) -> list[recording.RecordedRequest]:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    return list(recording.read(text.encode() + b"\n" for text in texts))


def test_a_line_is_a_request_and_its_feedback() -> None:
    (request,) = read(LINE)
    exposure, event = recording.exposure(request), recording.feedback_events(request)[0]
    assert (exposure.assigned_arm, exposure.session, exposure.network) == (
        "candidate",
        "s1",
        "203.0.113.0/24",
    )
    facts = (exposure.area, exposure.bedrooms, exposure.bathrooms, exposure.locality)
    assert facts == (1200, 2, 2, "Hebbal")
    assert (event.value, event.price, event.price_production, event.price_candidate) == (
        90.0,
        84.0,
        80.0,
        84.0,
    )
    assert (event.at - exposure.at).total_seconds() == 9000 - 3601.5


def test_a_rating_has_its_stars_and_a_click_has_none() -> None:
    stars, click = read(
        LINE | {"feedback_type": "rating", "rating": 4}, LINE | {"feedback_type": "too_low"}
    )
    assert recording.feedback_events(stars)[0].stars == 4
    assert recording.feedback_events(click)[0].stars == 2


def test_a_failed_request_has_no_feedback_and_one_without_says_nothing() -> None:
    failed, silent = read(LINE | {"status": 500}, LINE | {"feedback_type": None})
    assert recording.feedback_events(failed) == []
    assert recording.feedback_events(silent) == []


def test_what_python_writes_for_no_number_is_read_and_dropped_later() -> None:
    (request,) = read(json.dumps(LINE | {"latency_ms": float("nan"), "actual": float("inf")}))
    ended = replay([request], ReplayConfig())
    assert ended.result.figures["set_aside"] == {"bad value": 2}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"t": 1,', "line 3 is no recorded request"),
        (LINE | {"variant": "blue"}, "line 3 is no recorded request.*variant"),
        ({key: LINE[key] for key in LINE if key != "t"}, "line 3 .*`t`"),
        (LINE | {"pred_prod": "many"}, "line 3 .*pred_prod"),
        (LINE | {"t": -1}, "line 3: t must be seconds since the start"),
        (LINE | {"t": 1.7e12}, "line 3: t must be seconds since the start"),
        ("[1]", "line 3 is no recorded request"),
    ],
)
def test_a_bad_line_is_named(line, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read(LINE, "", line)


SILENT = [None, float("nan"), "absent"]


def sold(count: int, **scores: object) -> list[recording.RecordedRequest]:
    lines = [
        LINE
        | scores
        | {"id": n, "session": f"s{n}", "ip": f"10.{n}.0.1", "t": 350.0 * n, "t_feedback": 15e3}
        for n in range(count)
    ]
    kept = [{k: v for k, v in line.items() if v != "absent"} for line in lines]
    silent = LINE | {"variant": "prod", "feedback_type": None}
    production = [
        silent | {"id": f"p{n}", "session": f"p{n}", "ip": f"11.{n}.0.1", "t": 100.0 * n}
        for n in range(160)
    ]
    return read(*kept, *production)


@pytest.mark.parametrize("missing", SILENT)
@pytest.mark.parametrize("score", ["pred_prod", "pred_cand"])
def test_a_score_that_is_not_in_the_recording_is_no_models_error(score, missing) -> None:
    ended = replay(sold(40, **{score: missing}), ReplayConfig())
    assert ended.line["decision"] == "continue"
    assert ended.result.figures["log_e"]["errors"] == 0
    assert ended.result.figures["set_aside"] == {"not scored by both models": 40}
    assert ended.result.figures["labels"] == 0


def test_a_model_that_was_asked_and_gave_no_price_is_told_with_the_homes() -> None:
    ended = replay(sold(40, pred_cand=0.0), ReplayConfig())
    assert (ended.line["decision"], ended.line["flags"]) == ("rollback", ["errors"])
    assert "it gave no price for 40 sold homes, production for 0" in ended.result.reasons[0]


def test_numbers_as_tables_and_clients_write_them_are_read() -> None:
    loose = {"status": 200.0, "rating": "5", "latency_ms": "20", "session": 1.0}
    (request,) = read(LINE | loose | {"feedback_type": "rating"})
    exposure, event = recording.exposure(request), recording.feedback_events(request)[0]
    assert (exposure.status, exposure.latency_ms, exposure.session) == (200, 20, "1")
    assert event.stars == 5


@pytest.mark.parametrize("status", [0, -1, 99])
def test_a_request_that_was_never_answered_is_a_failure(status: int) -> None:
    (request,) = read(LINE | {"status": status, "latency_ms": None})
    assert recording.exposure(request).status == 503
    assert replay([request], ReplayConfig()).result.figures["set_aside"] == {}


@pytest.mark.parametrize("t_feedback", [float("inf"), float("-inf"), float("nan"), 1e9, 1.7e12])
def test_a_feedback_at_no_time_that_can_be_never_came(t_feedback: float) -> None:
    several = [{"feedback_type": "accurate", "t_feedback": t_feedback}]
    (request,) = read(LINE | {"t_feedback": t_feedback, "feedback": several})
    assert recording.feedback_events(request) == []
    assert replay([request], ReplayConfig()).hours == 2


@pytest.mark.parametrize("area", [str(10**400), "1e999"])
def test_a_number_of_a_home_that_no_float_holds_is_missing(area: str) -> None:
    (request,) = read(json.dumps(LINE).replace("1200", area))
    assert recording.exposure(request).area is None
    assert replay([request], ReplayConfig()).line["decision"] == "continue"


def test_numbers_as_texts_are_read_in_less_than_twelve_times_the_time_of_numbers() -> None:
    def took_s(**changes: object) -> float:
        line = json.dumps(LINE | changes).encode()
        began = process_time()
        assert len(list(recording.read([line] * 10_000))) == 10_000
        return process_time() - began

    assert took_s(latency_ms="20") < 12 * took_s(latency_ms=20)


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ({"policy": "composite"}, "was decided by composite; replay judges by evidence"),
        ({"parameters": {"promote_above": 1.05}}, "promote_above: no numbers of the policy"),
    ],
)
def test_a_trial_that_another_policy_decided_is_not_judged(header, why: str) -> None:
    said = {"id": "E1", "share": 0.2, "started_at": "2026-11-02T00:00:00Z", "parameters": {}}
    with pytest.raises(Unreadable, match=why):
        ReplayConfig().for_recording(read(LINE | {"experiment": said | header}), None)


def test_a_recording_without_requests_says_so() -> None:
    with pytest.raises(Unreadable, match="no request"):
        replay([], ReplayConfig())


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.1.2.3", "10.1.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("::ffff:10.1.2.3", "10.1.2.0/24"),
        ("unknown", "unknown"),
        (12, "12"),
        (None, None),
    ],
)
def test_a_network_is_a_slash_24_or_a_slash_64(address, network) -> None:
    (request,) = read(LINE | {"ip": address})
    assert recording.exposure(request).network == network


def test_feedback_is_not_used_before_it_came() -> None:
    requests = stream(Market(requests_an_hour=60, reports=0.6, prices=0.5, error=0.5), 1)
    late = [
        msgspec.structs.replace(r, t_feedback=100 * 3600.0 + 1) if r.t_feedback else r
        for r in requests
        if r.t < 50 * 3600
    ]
    seen = [(look.hours, look.result.figures["labels"]) for look in looks(late, ReplayConfig())]
    assert next(hour for hour, labels in seen if labels) == 101
    assert replay(late, ReplayConfig()).line == {"decision": "promote", "t_hours": 101, "flags": []}


def test_looks_are_those_of_the_engine_on_the_same_rows() -> None:
    requests = stream(MARKET, 2)
    ledger, state = MemoryLedger(), EvidenceState()
    for look in looks(requests, ReplayConfig()):
        began, ended = 3600 * (look.hours - 1), 3600 * look.hours
        rows = [recording.exposure(r) for r in requests if began < r.t <= ended]
        told = sorted(
            (r for r in requests if r.feedback_type and began < r.t_feedback <= ended),
            key=lambda r: r.t_feedback,
        )
        events = [event for r in told for event in recording.feedback_events(r)]
        terms = PolicyTerms(
            "the candidate",
            "production",
            look.hours,
            asdict(VERSION_1),
            started_at=recording.STARTED_AT,
            ledger=ledger,
        )
        state, result = step(state, [*rows, *events], terms)
        assert result == look.result
    assert look.hours >= 72


def test_the_order_of_lines_changes_nothing() -> None:
    requests = stream(MARKET, 3)
    order = np.random.default_rng(1).permutation(len(requests)).tolist()
    shuffled = [requests[place] for place in order]
    assert replay(shuffled, ReplayConfig()) == replay(requests, ReplayConfig())


def test_a_recording_is_watched_beyond_the_deadline_after_a_promotion_only() -> None:
    long = stream(Market(requests_an_hour=10, hours=200), 4)
    assert replay(long, ReplayConfig()).hours == 168
    assert replay(long, ReplayConfig(after_promotion=True)).hours >= 200


def test_the_share_is_the_one_that_was_planned() -> None:
    requests = stream(Market(requests_an_hour=60, share=0.5, reports=0.0), 5)
    assert replay(requests, ReplayConfig()).line["decision"] == "hold"
    assert replay(requests, ReplayConfig(share=0.5)).line["decision"] == "continue"


def test_it_reads_a_file_from_its_first_line_to_its_last(tmp_path: Path) -> None:
    file = tmp_path / "week.jsonl"
    requests = stream(MARKET, 6)
    file.write_bytes(b"".join(msgspec.json.encode(request) + b"\n" for request in requests))
    with file.open("rb") as lines:
        assert list(recording.read(lines)) == requests


def test_a_home_is_in_the_zone_that_is_told_else_in_that_of_its_place() -> None:
    zones = ZoneMap(markets.load("bangalore"), coordinates("bangalore"))
    at = {"location": "Atlantis", "latitude": 13.2, "longitude": 77.7}
    requests = read(
        LINE,
        LINE | {"zone": "west"},
        LINE | {"zone": None},
        LINE | {"features": at},
        LINE | {"features": None},
    )
    placed = list(recording.placed(requests, zones))
    assert [request.zone for request in placed] == ["north", "west", None, "north", None]
    assert recording.exposure(placed[0]).zone == "north"
    assert recording.feedback_events(placed[1])[0].zone == "west"


def test_a_recording_is_judged_by_zones_and_says_what_they_show() -> None:
    zones = ("north", "east", "south", "west")
    requests = stream(replace(MARKET, zones=zones), 1)
    ended = replay(requests, ReplayConfig(zones=zones))
    assert [zone["zone"] for zone in ended.result.figures["zones"]] == list(zones)
    labels = sum(zone["labels"] for zone in ended.result.figures["zones"])
    assert labels == ended.result.figures["labels"] > 100
    lines = [line.split() for line in ended.sentences]
    assert [line[0] for line in lines if line[0] in zones] == list(zones)
    assert "zones" not in replay(requests, ReplayConfig()).result.figures
