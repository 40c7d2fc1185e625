"""The default policy from row to registry, in memory: verdicts, the watch, and the freeze."""

from dataclasses import replace

import pytest

from homeprices.domain.drift import DriftReport
from homeprices.domain.errors import Refused
from homeprices.domain.experiments.decision import Decision, Verdict, frozen_until
from homeprices.domain.versions import DecisionId, ExperimentId, ModelVersion, Role
from homeprices.stores.candidates import candidate_history
from homeprices.workflows.experiments.decide import apply_row, decide, evaluate_only, preview
from homeprices.workflows.experiments.operator_actions import ExperimentActions
from homeprices.workflows.experiments.promote import promote
from homeprices.workflows.experiments.roll_back import hold, roll_back
from homeprices.workflows.experiments.start import open_next_experiment
from homeprices.workflows.experiments.start_stop import start, stop
from homeprices.workflows.experiments.undo import undo
from homeprices.workflows.experiments.watch import watched_production
from homeprices.workflows.training.order import _lost_since
from support.fakes import MemoryDecisionUnits, MemoryHomes, served, tried_candidate
from support.service import MemoryLog
from support.visits import client, feedback, request, visits

BY = {"actor": "test", "reason": "because"}
CO1 = ModelVersion(Role.CANDIDATE, 1)
SOLD, NEAR, FAR = 103.0, 100.0, 125.0


@pytest.fixture
def trial(homes: MemoryHomes, candidate) -> MemoryHomes:
    """CO1 on trial in E1 under `evidence`, over a log of records."""
    homes.policy = "evidence"
    homes.log = MemoryLog()
    homes.decision_units = MemoryDecisionUnits(homes.decisions, homes.log.rows)
    homes.scorer.prices = {"BO1": FAR, "CO1": NEAR}
    candidate(b"better")
    open_next_experiment(homes)
    return homes


def seen(homes: MemoryHomes, hours: float, first: int = 1, count: int = 400, **facts) -> None:
    """Visitors come, and `hours` go by."""
    homes.log.store(visits(range(first, first + count), homes.clock(), **facts))
    homes.clock.advance(hours=hours)


def promoted(homes: MemoryHomes) -> None:
    """BO2 is in production: CO1 was better."""
    seen(homes, 25, sold=SOLD)
    assert decide(homes).verdict is Verdict.PROMOTE
    homes.scorer.prices["BO2"] = NEAR


def decayed(homes: MemoryHomes, first: int = 1001) -> None:
    """Prices come that BO2 misses by more than BO1 would."""
    homes.scorer.prices = {"BO1": NEAR, "BO2": FAR}
    rows = []
    for number in range(first, first + 200):
        asked = request(number, client(number, None, experiment=None), "BO2", homes.clock())
        rows += [asked, feedback(asked, "actual_price", SOLD, homes.clock())]
    homes.log.store(rows)
    homes.clock.advance(hours=1)


def test_a_candidate_that_errs_less_on_homes_that_were_sold_becomes_production(trial) -> None:
    seen(trial, 25, sold=SOLD)
    row = decide(trial)
    assert (row.verdict, row.after, row.undo) == (Verdict.PROMOTE, "BO2", "homes undo D-0001")
    assert row.figures["labels"] == 400
    assert served(trial) == b"better"


def test_each_sale_price_is_scored_by_both_models_once(trial) -> None:
    seen(trial, 1, count=10, sold=SOLD)
    decide(trial)
    assert sorted(trial.scorer.asked)[::10] == [
        (version, visits([1], trial.clock())[0].id) for version in ("BO1", "CO1")
    ]
    decide(trial)
    assert len(trial.scorer.asked) == 20


def test_scores_that_came_from_serving_are_not_made_again(trial) -> None:
    asked = request(5, client(5, "candidate"), "CO1", trial.clock(), price_production=120.0)
    trial.log.store([asked, feedback(asked, "actual_price", SOLD, trial.clock())])
    decide(trial)
    assert trial.scorer.asked == [("CO1", asked.id)]


def test_a_model_that_cannot_price_a_home_counts_an_error_against_itself(trial) -> None:
    trial.scorer.prices["CO1"] = None
    seen(trial, 2, count=600, sold=SOLD)
    row = decide(trial)
    assert (row.verdict, row.figures["flags"]) == (Verdict.ROLL_BACK, ["errors"])
    assert row.asks_training


def test_nobody_asks_a_model_about_what_could_not_count(trial) -> None:
    rows = visits(range(1, 50), trial.clock(), sold=SOLD, signed=False)
    trial.log.store(rows)
    decide(trial)
    assert trial.scorer.asked == []


def test_what_is_undecided_is_closed_with_that_word_and_nobody_is_told_it_was_worse(trial) -> None:
    seen(trial, 168, count=50)
    row = decide(trial)
    assert (row.verdict, row.asks_training) == (Verdict.UNDECIDED, False)
    assert "neither better nor worse" in row.reasons[0]
    assert trial.experiments.ending(ExperimentId(1)).verdict == "UNDECIDED"
    assert candidate_history(trial.registry, trial.experiments).undecided == {CO1}
    assert candidate_history(trial.registry, trial.experiments).waiting == []
    assert "UNDECIDED" in trial.registry._note(CO1, "retired.json")["reason"]
    assert _lost_since(trial, None) is None
    assert roll_back(trial, CO1, **BY) == row
    assert undo(trial, DecisionId(1), **BY).undo == "homes roll-back CO1"
    assert tried_candidate(trial) == "CO1"


def broken_split(homes: MemoryHomes) -> Decision:
    """The row of a look at visitors who all met the candidate."""
    homes.log.store(visits([5 * number for number in range(1, 300)], homes.clock()))
    homes.clock.advance(hours=2)
    return decide(homes)


def test_the_watch_goes_by_the_numbers_that_the_promotion_was_decided_by(trial) -> None:
    policy = replace(trial.experiments.open_now().policy, parameters={"watch_at": 1_000_000_000})
    opened = replace(trial.experiments.open_now(), policy=policy)
    trial.experiments.read = lambda number: opened
    promoted(trial)
    decayed(trial)
    assert watched_production(trial).parameters["watch_at"] == 1_000_000_000
    assert watched_production(trial).parameters["min_labels"] == 20


def test_a_broken_split_holds_the_experiment(trial) -> None:
    row = broken_split(trial)
    assert (row.verdict, row.done, row.figures["flags"]) == (Verdict.HOLD, True, ["srm"])
    assert decide(trial) == row
    assert tried_candidate(trial) == "CO1"


def test_the_hold_of_a_broken_split_ends_as_its_row_says(trial) -> None:
    row = broken_split(trial)
    assert row.undo == "homes experiment stop E1"
    assert "End it: `homes experiment stop`, repair the split and start it" in row.reasons[0]
    with pytest.raises(Refused, match="undo it by `homes experiment stop E1`"):
        undo(trial, DecisionId.parse(row.id), **BY)
    stop(trial, **BY)
    assert decide(trial) is None
    start(trial, CO1, None, **BY)
    assert decide(trial).verdict is Verdict.CONTINUE


def suffer(homes: MemoryHomes, first: int, **answer: object) -> None:
    """Visitors meet a candidate whose answers are all so, and an hour goes by."""
    rows = []
    for row in visits(range(first, first + 200), homes.clock()):
        is_candidate = row.model_version == "CO1"
        rows.append(replace(row, **answer) if is_candidate else row)
    homes.log.store(rows)
    homes.clock.advance(hours=1)


@pytest.mark.parametrize(
    ("answer", "flag"), [({"status": 500}, "errors"), ({"latency_ms": 900.0}, "slow")]
)
@pytest.mark.parametrize("holder", ["person", "policy"])
def test_visitors_who_suffer_end_an_experiment_on_hold(trial, answer, flag, holder: str) -> None:
    held = broken_split(trial) if holder == "policy" else hold(trial, **BY)
    assert decide(trial) == held
    suffer(trial, 3_000, **answer)
    assert preview(trial).verdict is Verdict.ROLL_BACK
    row = decide(trial)
    assert (row.verdict, row.figures["flags"]) == (Verdict.ROLL_BACK, [flag])
    assert trial.experiments.open_now() is None


def test_a_hold_lets_nothing_else_decide_and_each_row_is_read_once(trial) -> None:
    held = hold(trial, **BY)
    seen(trial, 25, sold=SOLD)
    assert decide(trial) == held
    assert len(trial.scorer.asked) == 800
    assert decide(trial) == held
    assert len(trial.scorer.asked) == 800
    assert preview(trial) is None
    seen(trial, 150, first=2_001, count=10)
    assert decide(trial) == held
    undo(trial, DecisionId.parse(held.id), **BY)
    assert decide(trial).verdict is Verdict.PROMOTE


def test_direct_and_unsigned_visits_are_counted_by_reason_and_prove_nothing(trial) -> None:
    seen(trial, 25, sold=SOLD, signed=False)
    direct = [request(n, client(n, None), "CO1", trial.clock()) for n in range(1001, 1061)]
    trial.log.store([*direct, *(feedback(r, "rating", 5.0, trial.clock()) for r in direct)])
    row = decide(trial)
    assert row.verdict is Verdict.CONTINUE
    assert row.figures["set_aside"] == {"unsigned": 800, "direct": 120}


def test_the_same_evidence_again_adds_no_row(trial) -> None:
    seen(trial, 1, count=40, sold=SOLD)
    first = decide(trial)
    trial.clock.advance(hours=1)
    assert decide(trial) == first


def test_the_daily_watch_is_told_and_not_obeyed(trial) -> None:
    report = DriftReport("drift", "Visitors ask about other homes.", True, 500, 7, "V1")
    seen(trial, 25, sold=SOLD)
    trial.drift_log.keep(trial.clock().date(), trial.clock(), report)
    row = decide(trial)
    assert row.verdict is Verdict.PROMOTE
    assert row.reasons[-1].startswith("for information: drift was seen at 2026-11-03T10:00Z")


def test_a_dry_run_tells_the_verdict_and_changes_nothing(trial) -> None:
    seen(trial, 25, sold=SOLD)
    assert preview(trial) == preview(trial)
    assert preview(trial).verdict is Verdict.PROMOTE
    assert trial.decisions.latest() == []
    assert decide(trial).verdict is Verdict.PROMOTE
    assert preview(trial) is None


def test_the_page_shows_the_evidence_and_loads_no_model(trial) -> None:
    seen(trial, 1, sold=SOLD)
    status = ExperimentActions(trial).experiment()
    assert (status.evidence.candidate.requests, status.evidence.production.requests) == (80, 320)
    assert trial.scorer.asked == []


def test_production_that_does_worse_than_the_version_before_is_rolled_back(trial) -> None:
    promoted(trial)
    assert decide(trial) is None
    decayed(trial)
    assert preview(trial).verdict is Verdict.ROLL_BACK_PRODUCTION
    row = decide(trial)
    assert row.verdict is Verdict.ROLL_BACK_PRODUCTION
    assert (row.subject, row.before, row.after) == ("BO1", "BO2", "BO3")
    assert (row.actor, row.undo, row.done) == ("watch", "homes undo D-0002", True)
    assert row.figures["log_e"]["decay"] > 6.9
    assert served(trial) == b"first"
    assert decide(trial) is None
    undone = undo(trial, DecisionId(2), **BY)
    assert (undone.after, served(trial)) == ("BO4", b"better")
    decayed(trial, first=2001)
    assert decide(trial) is None


def test_a_rollback_of_production_waits_for_its_task_and_is_done_once(trial) -> None:
    promoted(trial)
    decayed(trial)
    row = evaluate_only(trial)
    assert (row.verdict, row.done) == (Verdict.ROLL_BACK_PRODUCTION, False)
    assert evaluate_only(trial) == row
    done = apply_row(trial, DecisionId.parse(row.id))
    assert apply_row(trial, DecisionId.parse(row.id)) == done
    assert done.after == "BO3"


def test_prices_that_came_before_the_promotion_are_not_held_against_production(trial) -> None:
    promoted(trial)
    trial.scorer.prices = {"BO1": NEAR, "BO2": FAR}
    assert decide(trial) is None
    assert not [version for version, _ in trial.scorer.asked if version == "BO2"]


def test_after_it_nothing_is_promoted_by_itself_for_a_day_and_a_person_may(
    trial, candidate
) -> None:
    promoted(trial)
    decayed(trial)
    candidate(b"another")
    trial.policy = "composite"
    decide(trial)
    experiment = trial.experiments.open_now()
    assert (experiment.candidate, experiment.production) == ("CO2", "BO3")
    for number in range(3001, 3201):
        arm, version = ("candidate", "CO2") if number % 2 else ("production", "BO3")
        asked = request(
            number, client(number, arm, experiment=experiment.id), version, trial.clock()
        )
        stars = 5.0 if number % 2 else 3.0
        trial.log.store([asked, feedback(asked, "rating", stars, trial.clock())])
    frozen = decide(trial)
    assert frozen.verdict is Verdict.CONTINUE
    assert frozen.reasons[0].startswith("promotion is frozen until 2026-11-04 11:00Z")
    assert "homes promote CO2" in frozen.reasons[0]
    assert frozen_until(trial.decisions.rows[1], trial.clock()) is not None
    trial.clock.advance(hours=24)
    assert decide(trial).after == "BO4"


def test_a_person_promotes_in_spite_of_the_freeze_and_an_undo_ends_it(trial, candidate) -> None:
    promoted(trial)
    decayed(trial)
    decide(trial)
    candidate(b"another")
    assert promote(trial, ModelVersion(Role.CANDIDATE, 2), **BY).after == "BO4"
    undo(trial, DecisionId(3), **BY)
    assert frozen_until(trial.decisions.rows[1], trial.clock()) is not None
    undone = replace(trial.decisions.rows[1], undone_by="D-0009")
    assert frozen_until(undone, trial.clock()) is None
