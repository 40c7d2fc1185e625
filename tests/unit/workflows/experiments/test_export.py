"""What an experiment was judged on, written down: judged again it comes to the same."""

import json
from dataclasses import replace
from datetime import datetime

import msgspec
import pytest

from homeprices.domain.errors import NotFound, Unreadable
from homeprices.domain.evidence.state import EvidenceState
from homeprices.domain.experiments.decision import Verdict
from homeprices.domain.experiments.experiment import EvidenceScope
from homeprices.domain.experiments.policies import policy
from homeprices.domain.requests.records import PredictionRecord
from homeprices.domain.versions import ExperimentId, ModelVersion, Role
from homeprices.workflows.experiments import recording, replay
from homeprices.workflows.experiments.decide import decide
from homeprices.workflows.experiments.export import exported
from homeprices.workflows.experiments.start import open_experiment, open_next_experiment
from support.fakes import MemoryDecisionUnits, MemoryHomes
from support.service import MemoryLog
from support.visits import client, feedback, request, visits

SOLD, NEAR, FAR = 103.0, 100.0, 125.0
E1, CO1 = ExperimentId(1), ModelVersion(Role.CANDIDATE, 1)


def with_candidate(homes: MemoryHomes, candidate) -> MemoryHomes:
    """CO1 waiting for a trial under `evidence`."""
    homes.policy = "evidence"
    homes.experiment_share = 0.25
    homes.log = MemoryLog()
    homes.decision_units = MemoryDecisionUnits(homes.decisions, homes.log.rows)
    homes.scorer.prices = {"BO1": FAR, "CO1": NEAR}
    candidate(b"better")
    return homes


@pytest.fixture
def trial(homes: MemoryHomes, candidate) -> MemoryHomes:
    """CO1 on trial in E1."""
    open_next_experiment(with_candidate(homes, candidate))
    return homes


@pytest.fixture
def regional(homes: MemoryHomes, candidate) -> MemoryHomes:
    """CO1 on trial in E1 for homes in the east."""
    open_experiment(with_candidate(homes, candidate), CO1, zone="east")
    return homes


def an_hour(homes: MemoryHomes, hour: int) -> None:
    """What comes in an hour, of all kinds that there are."""
    clock, first = homes.clock, 100 * hour
    clock.advance(hours=1 / 3)
    rows = visits(range(first + 1, first + 30), clock(), sold=SOLD if hour > 2 else None)
    rows += visits(range(first + 30, first + 40), clock(), sold=SOLD, signed=False)
    direct = request(first + 41, client(first + 41, None), "CO1", clock())
    stand_in = request(first + 42, client(first + 42, "candidate"), "BO1", clock())
    other = request(first + 43, client(first + 43, "candidate", experiment="E9"), "CO1", clock())
    failed = request(first + 44, client(first + 44, "production"), "BO1", clock(), status=500)
    twice = request(first + 45, client(first + 45, "production"), "BO1", clock())
    rows += [direct, stand_in, other, failed, twice]
    zones = (*homes.market.zones, None)
    rows = [
        replace(row, zone=zones[number % len(zones)]) if isinstance(row, PredictionRecord) else row
        for number, row in enumerate(rows)
    ]
    rows += [feedback(r, "rating", 4.0, clock()) for r in (direct, stand_in, other, twice)]
    clock.advance(hours=1 / 3)
    again = replace(feedback(twice, "rating", 1.0, clock()), id="again")
    rows += [again, feedback(twice, "actual_price", 95.0, clock())]
    homes.log.store(rows)
    clock.advance(hours=1 / 3)


def judged_again(homes: MemoryHomes) -> list[replay.Replay]:
    """The looks at the export, as it is read from its lines."""
    lines = [msgspec.json.encode(request) for request in exported(homes, E1)]
    requests = list(recording.read(lines))
    config = replay.ReplayConfig().for_recording(requests, None)
    assert config.share == 0.25
    assert config.started_at == datetime.fromisoformat(homes.experiments.read(E1).started_at)
    return list(replay.looks(requests, config))


def test_replay_and_live_evaluation_come_to_the_same_states_hour_by_hour(trial) -> None:
    live = []
    for hour in range(1, 31):
        an_hour(trial, hour)
        row = decide(trial)
        live.append((row.verdict, row.figures))
        if row.verdict is not Verdict.CONTINUE:
            break
    again = judged_again(trial)[: len(live)]
    assert live[-1][0] is Verdict.PROMOTE
    assert len(live) == 24
    assert [look.result.verdict for look in again] == [verdict for verdict, _ in live]
    for look, (_, figures) in zip(again, live, strict=True):
        assert look.result.figures == {name: figures[name] for name in look.result.figures}
    scope = EvidenceScope.for_experiment(trial.experiments.read(E1))
    with trial.decision_units.read_only(scope) as unit:
        kept = unit.state(EvidenceState)
    assert dict(kept.set_aside) == again[-1].result.figures["set_aside"]
    assert {"unsigned", "direct", "not of this experiment", "repeated"} <= set(kept.set_aside)


@pytest.mark.parametrize("scores", [{"BO1": FAR, "CO1": NEAR}, {"BO1": FAR, "CO1": None}])
def test_the_states_are_the_same_to_the_last_float(trial, monkeypatch, scores) -> None:
    trial.scorer.prices = scores
    for hour in range(1, 4):
        an_hour(trial, hour)
        decide(trial)
    states = []
    kept_step = replay.step

    def step(state, rows, terms):
        state, result = kept_step(state, rows, terms)
        states.append(state)
        return state, result

    monkeypatch.setattr(replay, "step", step)
    judged_again(trial)
    scope = EvidenceScope.for_experiment(trial.experiments.read(E1))
    with trial.decision_units.read_only(scope) as unit:
        assert states[-1] == unit.state(EvidenceState)


def test_a_trial_of_one_zone_is_exported_and_judged_again_as_that(regional) -> None:
    for hour in range(1, 20):
        an_hour(regional, hour)
    decide(regional)
    row = regional.decisions.latest()[0]
    lines = [msgspec.json.encode(line) for line in exported(regional, E1)]
    requests = list(recording.read(lines))
    assert (requests[0].experiment.scope, requests[0].experiment.zones[0]) == ("east", "central")
    assert {request.zone for request in requests} == {*regional.market.zones, None}
    config = replay.ReplayConfig().for_recording(requests, None)
    last = list(replay.looks(requests, config))[-1].result
    assert row.figures["zones"] == last.figures["zones"]
    assert [zone["zone"] for zone in last.figures["zones"]] == ["east"]
    assert last.figures["set_aside"]["outside the zone"] > 100


def test_what_came_after_the_end_is_not_exported(trial) -> None:
    an_hour(trial, 1)
    before = len(list(exported(trial, E1)))
    trial.clock.advance(hours=168)
    assert decide(trial).verdict is Verdict.UNDECIDED
    trial.clock.advance(hours=1)
    an_hour(trial, 2)
    assert len(list(exported(trial, E1))) == before


def test_only_the_first_line_says_what_it_was_run_under(trial) -> None:
    an_hour(trial, 1)
    first, *rest = (json.loads(msgspec.json.encode(line)) for line in exported(trial, E1))
    assert first["experiment"]["id"] == "E1"
    assert first["experiment"]["parameters"]["margin"] == 0.05
    assert first["experiment"]["policy"] == "evidence"
    assert all("experiment" not in line for line in rest)


def test_an_exported_trial_of_another_policy_is_refused_by_its_name(trial, monkeypatch) -> None:
    an_hour(trial, 1)
    document = policy("composite").document
    experiment = replace(trial.experiments.read(E1), policy=document)
    monkeypatch.setattr(trial.experiments, "read", lambda _number: experiment)
    with pytest.raises(Unreadable, match="decided by composite; replay judges by evidence"):
        judged_again(trial)


def test_an_experiment_that_never_was_cannot_be_exported(trial) -> None:
    with pytest.raises(NotFound, match="there is no experiment E"):
        list(exported(trial, ExperimentId(7)))
