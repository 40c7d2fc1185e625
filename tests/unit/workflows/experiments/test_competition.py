"""Candidates of one run, from the registry to the winner's trial; every step told, once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from homeprices.domain.errors import Refused, Unavailable
from homeprices.domain.experiments.decision import Verdict
from homeprices.domain.manifest import ModelManifest, TrainingRun
from homeprices.domain.model_card import ModelState
from homeprices.domain.versions import DecisionId, ExperimentId, ModelVersion, Role
from homeprices.reports import experiment_picture
from homeprices.reports.model_cards import RegistryCards
from homeprices.stores.candidates import candidate_history
from homeprices.workflows.experiments import apply
from homeprices.workflows.experiments.decide import apply_row, decide, evaluate_only, preview
from homeprices.workflows.experiments.operator_actions import ExperimentActions
from homeprices.workflows.experiments.promote import promote
from homeprices.workflows.experiments.roll_back import roll_back
from homeprices.workflows.experiments.start import (
    ensure_experiment,
    open_experiment,
    open_next_experiment,
)
from homeprices.workflows.experiments.start_stop import start, stop
from homeprices.workflows.experiments.undo import undo
from homeprices.workflows.scheduled import training as scheduled
from homeprices.workflows.training.order import need_now
from support.fakes import MemoryDecisionUnits, MemoryHomes, describe, tried_candidate
from support.service import MemoryLog
from support.trainings import publish as publish_dataset
from support.visits import client, feedback, request

BY = {"actor": "test", "reason": "because"}
CO1, CO2, CO3 = (ModelVersion(Role.CANDIDATE, number) for number in (1, 2, 3))
SOLD = 103.0
# What each says of every home: CO2 is nearest, CO1 the best on the holdout.
SAYS = {"BO1": 125.0, "CO1": 130.0, "CO2": 100.0, "CO3": 128.0}
ERRORS = {1: 0.10, 2: 0.12, 3: 0.11}


def described(version: ModelVersion, files: dict, *, run: TrainingRun, at: str) -> ModelManifest:
    metrics = {"mean_abs_log_error": ERRORS[version.number], "mdape_percent": 9.0}
    return replace(describe(version, files), run=run, metrics=metrics, created_at=at)


def published(homes: MemoryHomes, count: int = 3, of: int = 3) -> None:
    """`count` candidates of a run of `of`."""
    at = homes.clock().isoformat()
    for number in range(1, count + 1):
        write = partial(described, run=TrainingRun("run 1", of), at=at)
        homes.registry.publish(Role.CANDIDATE, {"model.json": bytes([number])}, write)


@pytest.fixture
def run(homes: MemoryHomes) -> MemoryHomes:
    """CO1, CO2 and CO3 of one run, over a log of records."""
    homes.policy = "evidence"
    homes.log = MemoryLog()
    homes.decision_units = MemoryDecisionUnits(homes.decisions, homes.log.rows)
    homes.scorer.prices = dict(SAYS)
    published(homes)
    return homes


@pytest.fixture
def competing(run: MemoryHomes) -> MemoryHomes:
    """The three compete in C1."""
    open_next_experiment(run)
    return run


def sold(homes: MemoryHomes, count: int, first: int = 1) -> None:
    """Homes that production priced were sold, and an hour goes by."""
    for number in range(first, first + count):
        asked = request(number, client(number, None, experiment=None), "BO1", homes.clock())
        homes.log.store([asked, feedback(asked, "actual_price", SOLD, homes.clock())])
    homes.clock.advance(hours=1)


def _away(*_: object) -> None:
    raise Unavailable("PostgreSQL went away")


def states(homes: MemoryHomes) -> dict[str, ModelState]:
    return {e.version: e.state for e in RegistryCards(homes.registry, homes.experiments).versions()}


def test_several_candidates_of_a_run_compete_and_nobody_is_exposed(run) -> None:
    assert open_next_experiment(run) is None
    competition = run.experiments.competitions.open_now()
    assert (competition.id, competition.candidates) == ("C1", ("CO1", "CO3", "CO2"))
    assert competition.policy.parameters["competition_hours"] == 72
    assert tried_candidate(run) is None
    assert open_next_experiment(run) is None
    assert len(run.experiments.competitions.history()) == 1
    assert {states(run)[str(version)] for version in (CO1, CO2, CO3)} == {ModelState.COMPETING}


def test_a_run_with_a_single_candidate_goes_on_trial_at_once(homes) -> None:
    published(homes, count=1, of=1)
    assert open_next_experiment(homes).candidate == "CO1"


def test_a_run_that_still_publishes_waits_for_an_hour_at_most(homes, clock) -> None:
    published(homes, count=2, of=3)
    assert open_next_experiment(homes) is None
    assert homes.experiments.competitions.open_now() is None
    clock.advance(hours=1)
    open_next_experiment(homes)
    assert homes.experiments.competitions.open_now().candidates == ("CO1", "CO2")


def test_the_first_look_is_told_and_the_same_look_again_is_not(competing) -> None:
    sold(competing, 5)
    row = decide(competing)
    assert (row.verdict, row.experiment, row.undo) == (Verdict.CONTINUE, "C1", None)
    assert row.figures["labels"] == 5
    assert row.reasons[0] == (
        "CO2 errs least on 5 sale prices; after 72 h at the latest one goes on trial"
    )
    competing.clock.advance(hours=1)
    assert decide(competing) == row
    assert len(competing.scorer.asked) == 15


def test_who_is_shown_to_be_better_starts_a_trial_that_knows_nothing_yet(competing) -> None:
    sold(competing, 60)
    draft = preview(competing)
    assert (draft.verdict, draft.subject) == (Verdict.CHOOSE, "CO2")
    assert competing.experiments.competitions.open_now() is not None
    row = decide(competing)
    assert (row.verdict, row.subject, row.undo) == (Verdict.CHOOSE, "CO2", "homes undo D-0001")
    assert row.reasons[0].startswith("CO2 goes on trial: on 60 sale prices it is shown")
    assert row.reasons[-2:] == ["CO1 and CO3 are retired: outcompeted", "E1 has begun"]
    experiment = competing.experiments.open_now()
    assert (experiment.id, experiment.candidate) == ("E1", "CO2")
    assert candidate_history(competing.registry, competing.experiments).waiting == [CO2]
    now = states(competing)
    assert (now["CO1"], now["CO2"], now["CO3"]) == (
        ModelState.OUTCOMPETED,
        ModelState.IN_EXPERIMENT,
        ModelState.OUTCOMPETED,
    )
    assert competing.registry.retired_at(CO1) == competing.clock()
    seen = ExperimentActions(competing).experiment()
    assert seen.evidence.production.sale_prices == seen.evidence.candidate.sale_prices == 0
    first = decide(competing)
    assert (first.experiment, first.figures["labels"]) == ("E1", 0)


def test_a_retry_of_every_step_changes_nothing(competing, monkeypatch) -> None:
    sold(competing, 60)
    row = evaluate_only(competing)
    assert not row.done
    assert evaluate_only(competing) == row
    assert competing.experiments.open_now() is None
    with monkeypatch.context() as patched, pytest.raises(Unavailable):
        patched.setattr(competing.decisions, "finish", _away)
        apply_row(competing, DecisionId.parse(row.id))
    assert tried_candidate(competing) == "CO2"
    done = apply_row(competing, DecisionId.parse(row.id))
    assert done.done
    assert apply_row(competing, DecisionId.parse(row.id)) == done
    assert len(competing.experiments.all()) == 1
    assert len(competing.experiments.competitions.history()) == 1


@pytest.mark.parametrize(
    ("labels", "winner", "words"),
    [
        (0, "CO1", "0 sale prices, too few to compare by, and it is better on the holdout"),
        (21, "CO2", "nothing is shown, and on 21 sale prices it errs least"),
    ],
)
def test_the_deadline_sends_one_on_trial(competing, labels, winner, words) -> None:
    competing.scorer.prices = {"CO1": 109.0, "CO2": 107.0, "CO3": 108.0}
    sold(competing, labels)
    competing.clock.advance(hours=72)
    row = decide(competing)
    assert (row.verdict, row.subject) == (Verdict.CHOOSE, winner)
    assert words in row.reasons[0]
    assert tried_candidate(competing) == winner


def test_a_leader_that_few_networks_have_made_is_passed_over_and_it_is_said(competing) -> None:
    competing.scorer.prices = {"CO1": 109.0, "CO2": 107.0, "CO3": 108.0}
    at = competing.clock()
    for number in range(1, 26):
        visitor = replace(client(number, None, experiment=None), network_hash=f"n{number % 9}")
        asked = request(number, visitor, "BO1", at)
        competing.log.store([asked, feedback(asked, "actual_price", SOLD, at)])
    competing.clock.advance(hours=72)
    row = decide(competing)
    assert (row.verdict, row.subject, row.figures["labels"]) == (Verdict.CHOOSE, "CO1", 25)
    assert "which few networks hold most of, and it is better on the holdout" in row.reasons[0]


def test_losers_are_never_tried_by_themselves(competing) -> None:
    sold(competing, 60)
    decide(competing)
    stop(competing, **BY)
    assert decide(competing) is None
    assert tried_candidate(competing) is None
    assert candidate_history(competing.registry, competing.experiments).to_serve is None


def test_an_undone_choice_lets_all_compete_anew(competing) -> None:
    sold(competing, 60)
    row = decide(competing)
    undone = undo(competing, DecisionId.parse(row.id), **BY)
    assert undone.reasons == [
        "because",
        "the candidates of C1 compete anew, and nothing is shown yet",
    ]
    assert undo(competing, DecisionId.parse(row.id), **BY) == undone
    assert competing.experiments.open_now() is None
    assert competing.experiments.ending(ExperimentId(1)).verdict == "INTERRUPTED"
    competition = competing.experiments.competitions.open_now()
    assert (competition.id, competition.candidates) == ("C2", ("CO1", "CO3", "CO2"))
    assert candidate_history(competing.registry, competing.experiments).waiting == [CO1, CO2, CO3]
    assert decide(competing).figures["labels"] == 0


def test_a_choice_whose_trial_is_over_is_not_undone(competing) -> None:
    sold(competing, 60)
    row = decide(competing)
    stop(competing, **BY)
    with pytest.raises(Refused, match="the trial that D-0001 has opened is over"):
        undo(competing, DecisionId.parse(row.id), **BY)


def test_a_person_may_choose_whatever_was_shown(competing) -> None:
    sold(competing, 5)
    row = start(competing, CO3, None, **BY)
    assert row.reasons[-3:] == [
        "C1 ends in favour of CO3, whatever the sale prices have shown",
        "CO1 and CO2 are retired: outcompeted",
        "E1 has begun",
    ]
    assert tried_candidate(competing) == "CO3"
    assert competing.experiments.competitions.open_now() is None
    assert start(competing, CO3, None, **BY) == row


def test_a_person_may_still_try_one_that_was_outcompeted(competing) -> None:
    sold(competing, 60)
    decide(competing)
    stop(competing, **BY)
    start(competing, CO1, None, **BY)
    assert tried_candidate(competing) == "CO1"
    assert states(competing)["CO1"] is ModelState.IN_EXPERIMENT


def test_a_promotion_by_hand_ends_the_competition_in_favour_of_who_was_promoted(competing) -> None:
    row = promote(competing, CO2, **BY)
    assert "C1 ends in favour of CO2, whatever the sale prices have shown" in row.reasons
    assert competing.experiments.competitions.open_now() is None
    assert candidate_history(competing.registry, competing.experiments).waiting == []


def test_another_change_of_production_lets_those_that_wait_compete_anew(competing) -> None:
    competing.registry.publish(Role.PRODUCTION, {"model.json": b"other"}, describe)
    row = promote(competing, ModelVersion(Role.PRODUCTION, 1), **BY)
    assert "C1, the competition of CO1, CO3 and CO2, ends without a winner" in row.reasons[-1]
    assert competing.experiments.competitions.open_now().id == "C2"


def test_a_candidate_that_comes_later_waits_for_the_competition(competing, candidate) -> None:
    candidate(b"four")
    assert open_next_experiment(competing) is None
    with pytest.raises(Refused, match="C1 is under way"):
        open_experiment(competing, ModelVersion(Role.CANDIDATE, 4))
    publish_dataset(competing, 1)
    need = need_now(competing, by_hand=True)
    assert not need.is_needed
    assert "compete on sale prices" in need.reasons[0]
    with pytest.raises(scheduled.Declined, match="CO4 must wait until C1 has ended"):
        scheduled.serve(competing, ["CO4"])


def test_the_status_shows_who_leads_by_how_much_and_until_when(competing) -> None:
    sold(competing, 40)
    competing.scorer.prices["CO2"] = 124.0
    decide(competing)
    status = ExperimentActions(competing).experiment()
    assert status.experiment is None
    assert status.competition.competition.id == "C1"
    assert status.competition.deadline == "2026-11-05T09:00:00+00:00"
    assert (status.competition.standing.labels, status.competition.standing.leader) == (40, "CO2")
    lines = experiment_picture.as_lines(status)
    assert lines[0].startswith("CO2 errs least on 40 sale prices")
    assert any(line.startswith("CO2 beside CO1: error ") for line in lines)
    assert max(map(len, lines)) <= 100
    assert b"C1: CO1, CO3 and CO2 compete" in experiment_picture.as_svg(status)


def test_the_schedule_opens_the_competition_and_says_so(run) -> None:
    with pytest.raises(scheduled.Declined, match="CO1, CO2 and CO3 compete on the sale prices"):
        scheduled.serve(run, ["CO1", "CO2", "CO3"])
    assert run.experiments.competitions.open_now() is not None


@pytest.fixture
def broken_policy(tmp_path) -> Path:
    file = tmp_path / "policy.toml"
    file.write_text("broken = [", encoding="utf-8")
    return file


def test_a_start_that_the_policy_would_stop_closes_nothing(competing, broken_policy) -> None:
    before = states(competing)
    competing.policy_file = broken_policy
    with pytest.raises(Refused, match="is no TOML"):
        start(competing, CO1, None, **BY)
    assert competing.experiments.competitions.open_now().id == "C1"
    assert competing.decisions.latest() == []
    assert states(competing) == before


def test_another_share_that_the_policy_would_stop_leaves_the_trial_open(run, broken_policy) -> None:
    start(run, CO1, 0.2, **BY)
    run.policy_file = broken_policy
    with pytest.raises(Refused, match="is no TOML"):
        start(run, CO1, 0.5, **BY)
    assert run.experiments.open_now().share == 0.2


def test_a_start_that_a_crash_broke_off_closes_nothing_under_a_policy_that_broke_meanwhile(
    competing, broken_policy, monkeypatch
) -> None:
    monkeypatch.setattr(competing.experiments.competitions, "close", _away)
    with pytest.raises(Unavailable):
        start(competing, CO1, None, **BY)
    monkeypatch.undo()
    competing.policy_file = broken_policy
    row = decide(competing)
    assert "not carried out: HOMES_POLICY_FILE" in row.reasons[-1]
    assert competing.experiments.competitions.open_now().id == "C1"


def test_a_choice_is_not_undone_where_the_policy_would_open_nothing(
    competing, broken_policy
) -> None:
    sold(competing, 60)
    row = decide(competing)
    competing.policy_file = broken_policy
    with pytest.raises(Refused, match="is no TOML"):
        undo(competing, DecisionId.parse(row.id), **BY)
    assert tried_candidate(competing) == "CO2"
    assert competing.decisions.unfinished() is None


def test_what_needs_no_policy_is_done_and_told_while_the_policy_file_is_broken(
    run, broken_policy
) -> None:
    start(run, CO1, None, **BY)
    run.policy_file = broken_policy
    stopped = stop(run, **BY)
    promoted = promote(run, CO2, **BY)
    back = undo(run, DecisionId.parse(promoted.id), **BY)
    rows = (stopped, promoted, back)
    assert [(row.done, row.was_given_up) for row in rows] == [(True, False)] * 3
    assert run.registry.production().version == "BO3"


def test_a_roll_back_is_done_while_the_policy_file_is_broken(run, broken_policy) -> None:
    start(run, CO1, None, **BY)
    run.policy_file = broken_policy
    assert roll_back(run, CO1, **BY).done
    assert run.experiments.open_now() is None


def test_candidates_of_a_run_that_was_counted_otherwise_still_compete(homes) -> None:
    published(homes, count=2, of=2)
    at = homes.clock().isoformat()
    write = partial(described, run=TrainingRun("run 1", 3), at=at)
    homes.registry.publish(Role.CANDIDATE, {"model.json": b"3"}, write)
    open_next_experiment(homes)
    assert homes.experiments.competitions.open_now().candidates == ("CO1", "CO3", "CO2")


@pytest.mark.parametrize(
    "opens", [open_next_experiment, lambda homes: ensure_experiment(homes, CO3)]
)
def test_nothing_is_opened_between_two_steps_of_a_choice(competing, monkeypatch, opens) -> None:
    end_competition, others = apply.end_competition, []
    with ThreadPoolExecutor() as threads:

        def ended(*arguments) -> None:
            end_competition(*arguments)
            others.append(threads.submit(opens, competing))
            with pytest.raises(TimeoutError):
                others[0].result(timeout=0.2)

        monkeypatch.setattr(apply, "end_competition", ended)
        sold(competing, 60)
        row = decide(competing)
    assert (row.verdict, row.was_given_up) == (Verdict.CHOOSE, False)
    assert tried_candidate(competing) == "CO2"
    assert len(competing.experiments.all()) == 1
