"""From verdict to registry, in memory: every act once, every act told."""

from pathlib import Path

import pytest

from homeprices.domain.drift import DriftReport
from homeprices.domain.errors import NotFound, Refused
from homeprices.domain.experiments.decision import Verdict
from homeprices.domain.versions import DecisionId, ExperimentId, ModelVersion, Role
from homeprices.stores.candidates import candidate_history
from homeprices.workflows.experiments.decide import apply_row, decide, evaluate_only
from homeprices.workflows.experiments.promote import promote
from homeprices.workflows.experiments.roll_back import hold, roll_back
from homeprices.workflows.experiments.start import (
    ensure_experiment,
    open_experiment,
    open_next_experiment,
)
from homeprices.workflows.experiments.undo import undo
from support.fakes import describe, served, tried_candidate

BY = {"actor": "test", "reason": "because"}
CO1, CO2 = ModelVersion(Role.CANDIDATE, 1), ModelVersion(Role.CANDIDATE, 2)


def test_with_no_trial_there_is_nothing_to_decide(homes) -> None:
    assert decide(homes) is None
    assert homes.decisions.latest() == []


def test_a_good_candidate_becomes_the_next_production(homes, candidate) -> None:
    candidate(b"better")
    open_next_experiment(homes)
    homes.decision_units.candidate = {"mean_rating": 4.9}
    decision = decide(homes)
    assert decision.verdict is Verdict.PROMOTE
    assert (decision.before, decision.after, decision.done) == ("BO1", "BO2", True)
    assert decision.undo == "homes undo D-0001"
    assert served(homes) == b"better"
    production = homes.registry.production()
    assert (production.copied_from, production.decision) == ("CO1", "D-0001")
    assert tried_candidate(homes) is None
    assert homes.experiments.ending(ExperimentId(1)).verdict == "PROMOTE"


def test_a_bad_candidate_is_retired_and_training_is_asked_for(homes, candidate) -> None:
    candidate()
    open_next_experiment(homes)
    homes.decision_units.candidate = {"mean_rating": 1.5}
    decision = decide(homes)
    assert decision.verdict is Verdict.ROLL_BACK
    assert decision.asks_training
    assert (decision.before, decision.after) == ("BO1", "BO1")
    assert homes.registry.retired_at(CO1) is not None
    assert homes.registry.files(CO1) == {"model.json": b"better"}
    assert candidate_history(homes.registry, homes.experiments).waiting == []


def test_the_same_evidence_again_adds_no_row(homes, candidate, clock) -> None:
    candidate()
    open_next_experiment(homes)
    first = decide(homes)
    clock.advance(hours=1)
    assert decide(homes) == first
    homes.decision_units.candidate = {"requests": 501}
    assert decide(homes).id == "D-0002"


def test_the_deadline_ends_a_trial_that_nothing_else_would(homes, candidate, clock) -> None:
    candidate()
    open_next_experiment(homes)
    decide(homes)
    clock.advance(hours=168)
    assert decide(homes).verdict is Verdict.ROLL_BACK


def test_a_waiting_candidate_goes_on_trial_when_the_first_has_ended(homes, candidate) -> None:
    candidate(b"one")
    assert open_next_experiment(homes).candidate == "CO1"
    candidate(b"two")
    assert open_next_experiment(homes) is None
    roll_back(homes, CO1, **BY)
    assert tried_candidate(homes) == "CO2"


def test_candidates_older_than_the_one_promoted_are_passed_over(homes, candidate) -> None:
    candidate(b"one")
    candidate(b"two")
    open_next_experiment(homes)
    assert tried_candidate(homes) == "CO2"
    promote(homes, CO2, **BY)
    assert tried_candidate(homes) is None


def test_every_trial_splits_its_visitors_afresh(homes, candidate) -> None:
    candidate(b"one")
    candidate(b"two")
    first = open_next_experiment(homes)
    roll_back(homes, CO2, **BY)
    assert homes.experiments.open_now().salt != first.salt


def test_promoting_twice_promotes_once(homes, candidate) -> None:
    candidate()
    first = promote(homes, CO1, **BY)
    assert promote(homes, CO1, **BY) == first
    assert [str(v) for v in homes.registry.versions(Role.PRODUCTION)] == ["BO1", "BO2"]


def test_what_production_serves_since_the_start_is_not_promoted(homes) -> None:
    with pytest.raises(Refused, match=r"^BO1 is in production already$"):
        promote(homes, ModelVersion(Role.PRODUCTION, 1), **BY)


def test_what_is_in_production_as_a_copy_is_not_promoted(homes, candidate) -> None:
    candidate()
    promote(homes, CO1, **BY)
    promote(homes, ModelVersion(Role.PRODUCTION, 1), **BY)
    promote(homes, CO1, **BY)
    with pytest.raises(Refused, match=r"^BO2 is in production already, as BO4$"):
        promote(homes, ModelVersion(Role.PRODUCTION, 2), **BY)


def test_rolling_back_a_named_candidate_twice_rolls_back_once(homes, candidate) -> None:
    candidate(b"one")
    open_next_experiment(homes)
    candidate(b"two")
    first = roll_back(homes, CO1, **BY)
    assert roll_back(homes, CO1, **BY) == first
    assert tried_candidate(homes) == "CO2"


def test_a_candidate_that_was_never_on_trial_cannot_be_rolled_back(homes, candidate) -> None:
    candidate()
    with pytest.raises(Refused, match="CO1 is not on trial"):
        roll_back(homes, CO1, **BY)


def test_undoing_a_promotion_brings_the_earlier_model_back_as_a_new_version(
    homes, candidate
) -> None:
    candidate()
    done = promote(homes, CO1, **BY)
    undone = undo(homes, DecisionId.parse(done.id), **BY)
    assert (undone.before, undone.after) == ("BO2", "BO3")
    first, third = (homes.registry.manifest(ModelVersion(Role.PRODUCTION, n)) for n in (1, 3))
    assert first.digest == third.digest
    assert homes.decisions.read(DecisionId(1)).undone_by == undone.id


def test_undoing_twice_undoes_once_and_the_undo_can_be_undone(homes, candidate) -> None:
    candidate()
    promote(homes, CO1, **BY)
    first = undo(homes, DecisionId(1), **BY)
    assert undo(homes, DecisionId(1), **BY) == first
    again = undo(homes, DecisionId(2), **BY)
    assert again.after == "BO4"
    assert served(homes) == b"better"


def test_a_promotion_that_a_later_one_covers_is_not_undone(homes, candidate) -> None:
    candidate(b"one")
    promote(homes, CO1, **BY)
    candidate(b"two")
    promote(homes, CO2, **BY)
    with pytest.raises(Refused, match=r"production is BO3 now.*homes promote BO1"):
        undo(homes, DecisionId(1), **BY)


def test_undoing_a_rollback_puts_the_candidate_on_trial_again(homes, candidate) -> None:
    candidate()
    open_next_experiment(homes)
    roll_back(homes, CO1, **BY)
    row = undo(homes, DecisionId(1), **BY)
    assert tried_candidate(homes) == "CO1"
    assert row.undo == "homes roll-back CO1"
    with pytest.raises(Refused, match="undo it by `homes roll-back CO1`"):
        undo(homes, DecisionId(2), **BY)


def test_a_rollback_is_not_undone_while_another_candidate_is_on_trial(homes, candidate) -> None:
    candidate(b"one")
    open_next_experiment(homes)
    candidate(b"two")
    roll_back(homes, CO1, **BY)
    with pytest.raises(Refused, match="while E2 is open with CO2"):
        undo(homes, DecisionId(1), **BY)


def test_a_verdict_that_changed_nothing_cannot_be_undone(homes, candidate) -> None:
    candidate()
    open_next_experiment(homes)
    decide(homes)
    with pytest.raises(Refused, match="it changed nothing"):
        undo(homes, DecisionId(1), **BY)


def test_a_change_of_production_interrupts_the_trial_and_starts_it_anew(homes, candidate) -> None:
    candidate(b"one")
    promote(homes, CO1, **BY)
    candidate(b"two")
    open_next_experiment(homes)
    undone = undo(homes, DecisionId(1), **BY)
    assert undone.reasons == ["because", "E1, the trial of CO2, is interrupted"]
    assert homes.experiments.ending(ExperimentId(1)).verdict == "INTERRUPTED"
    experiment = homes.experiments.open_now()
    assert (experiment.id, experiment.candidate, experiment.production) == ("E2", "CO2", "BO3")


def test_a_held_trial_is_not_decided_until_the_hold_is_undone(homes, candidate) -> None:
    candidate()
    open_next_experiment(homes)
    held = hold(homes, **BY)
    homes.decision_units.candidate = {"mean_rating": 4.9}
    assert decide(homes) == held
    undo(homes, DecisionId.parse(held.id), **BY)
    assert decide(homes).verdict is Verdict.PROMOTE


def test_a_trial_that_is_held_already_is_not_held_again(homes, candidate) -> None:
    candidate()
    open_next_experiment(homes)
    assert hold(homes, **BY) == hold(homes, **BY)
    assert len(homes.decisions.latest()) == 1


def test_a_candidate_left_waiting_by_a_crash_goes_on_trial_at_the_next_decision(
    homes, candidate
) -> None:
    candidate()
    assert decide(homes) is None
    assert tried_candidate(homes) == "CO1"


def test_a_trial_cannot_open_under_a_policy_that_does_not_exist(homes, candidate) -> None:
    candidate()
    homes.policy = "coin"
    with pytest.raises(NotFound, match="no policy is called 'coin'"):
        open_next_experiment(homes)


def test_a_trial_that_may_not_open_under_a_policy_file_says_so(homes, candidate, tmp_path) -> None:
    candidate()
    homes.policy_file = tmp_path / "hasty.toml"
    homes.policy_file.write_text(
        '[policy]\nname = "composite"\n[parameters]\nmin_ratings = 2', encoding="utf-8"
    )
    with pytest.raises(Refused, match=r"not accepted yet; run homes experiment rehearse"):
        open_next_experiment(homes)
    assert homes.experiments.all() == []


def test_no_undo_is_begun_that_a_policy_file_would_leave_half_way(homes, candidate) -> None:
    candidate()
    open_next_experiment(homes)
    row = roll_back(homes, CO1, actor="Ann", reason="no")
    homes.policy_file = Path("none.toml")
    with pytest.raises(Refused, match=r"none\.toml"):
        undo(homes, DecisionId.parse(row.id), actor="Ann", reason="yes")
    assert homes.decisions.unfinished() is None


def test_a_candidate_on_trial_that_equals_production_is_not_said_to_be_promoted(
    homes, candidate
) -> None:
    candidate(b"first")
    open_experiment(homes, CO1)
    with pytest.raises(Refused, match=r"CO1 is equal to BO1.*homes roll-back CO1"):
        promote(homes, CO1, **BY)
    assert tried_candidate(homes) == "CO1"


def test_a_row_is_judged_first_and_acted_on_once(homes, candidate) -> None:
    candidate(b"better")
    open_next_experiment(homes)
    homes.decision_units.candidate = {"mean_rating": 4.9}
    row = evaluate_only(homes)
    assert (row.verdict, row.done) == (Verdict.PROMOTE, False)
    assert homes.registry.production().version == "BO1"
    assert evaluate_only(homes) == row
    done = apply_row(homes, DecisionId.parse(row.id))
    assert (done.after, done.done) == ("BO2", True)
    assert apply_row(homes, DecisionId.parse(row.id)) == done
    assert len(homes.registry.versions(Role.PRODUCTION)) == 2


def test_a_row_that_waits_is_finished_by_whoever_decides_next(homes, candidate) -> None:
    candidate(b"better")
    open_next_experiment(homes)
    homes.decision_units.candidate = {"mean_rating": 4.9}
    row = evaluate_only(homes)
    assert decide(homes).id == row.id
    assert apply_row(homes, DecisionId.parse(row.id)).done
    assert len(homes.registry.versions(Role.PRODUCTION)) == 2


def test_a_candidate_is_tried_once_however_often_it_is_asked(homes, candidate) -> None:
    candidate()
    first = ensure_experiment(homes, CO1)
    assert ensure_experiment(homes, CO1) == first
    roll_back(homes, CO1, **BY)
    assert ensure_experiment(homes, CO1) == first
    assert tried_candidate(homes) is None


DRIFT = DriftReport("drift", "Visitors ask about other homes.", True, 500, 7, "V1")


def test_drift_in_the_last_twelve_hours_blocks_a_promotion_and_says_so(
    homes, candidate, clock
) -> None:
    candidate()
    open_next_experiment(homes)
    homes.decision_units.candidate = {"mean_rating": 4.9}
    homes.drift_log.keep(clock().date(), clock(), DRIFT)
    clock.advance(hours=11)
    blocked = decide(homes)
    assert blocked.verdict is Verdict.CONTINUE
    assert blocked.reasons[0].startswith(
        "promotion is blocked: drift was seen at 2026-11-02T09:00Z. Visitors ask"
    )
    assert decide(homes) == blocked
    assert homes.registry.production().version == "BO1"
    clock.advance(hours=1.1)
    assert decide(homes).verdict is Verdict.PROMOTE


def test_drift_does_not_keep_a_bad_candidate_on_trial(homes, candidate, clock) -> None:
    candidate()
    open_next_experiment(homes)
    homes.decision_units.candidate = {"mean_rating": 1.5}
    homes.drift_log.keep(clock().date(), clock(), DRIFT)
    assert decide(homes).verdict is Verdict.ROLL_BACK


def test_a_person_may_promote_in_spite_of_drift(homes, candidate, clock) -> None:
    candidate()
    homes.drift_log.keep(clock().date(), clock(), DRIFT)
    assert promote(homes, CO1, **BY).verdict is Verdict.PROMOTE


def test_a_candidate_tried_again_by_an_undo_and_then_interrupted_waits_again(
    homes, candidate
) -> None:
    candidate(b"one")
    open_next_experiment(homes)
    lost = roll_back(homes, CO1, **BY)
    undo(homes, DecisionId.parse(lost.id), **BY)
    assert tried_candidate(homes) == "CO1"
    homes.registry.publish(Role.PRODUCTION, {"model.json": b"other"}, describe)
    promote(homes, ModelVersion(Role.PRODUCTION, 1), **BY)
    assert homes.experiments.ending(ExperimentId(2)).verdict == "INTERRUPTED"
    assert tried_candidate(homes) == "CO1"
