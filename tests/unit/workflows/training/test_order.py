"""One training at a time, whoever orders it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homeprices.domain.drift import DriftReport
from homeprices.domain.errors import Declined, Refused
from homeprices.domain.training import Outcome
from homeprices.domain.versions import ModelVersion, Role, TrainingId
from homeprices.workflows.experiments.roll_back import roll_back
from homeprices.workflows.experiments.start import open_next_trial
from homeprices.workflows.training.order import begin_training, end_training, look, refuse_training
from homeprices.workflows.training.training_desk import TrainingDesk
from support.fakes import describe
from support.trainings import publish, training_desk

T1 = TrainingId(1)


@pytest.fixture
def training(desk, objects) -> TrainingDesk:
    return training_desk(desk, objects)


def made_by(training: TrainingDesk, order: str) -> str:
    """A candidate that `order` has published."""
    registry = training.stores.registry
    manifest = registry.publish(
        Role.CANDIDATE,
        {"model.json": b"new"},
        lambda version, files: replace(describe(version, files), order=order),
    )
    return manifest.version


def end_first(training: TrainingDesk) -> None:
    """The training that a fresh start brings: its model was not good enough."""
    begin(training, "the first")
    refuse_training(training, T1, "it is worse")


def begin(training: TrainingDesk, order: str = "run 1", *, by_hand: bool = True):
    return begin_training(training, order=order, by_hand=by_hand)


def test_the_first_production_gets_a_candidate_without_being_asked(training) -> None:
    assert begin(training, by_hand=False).reasons == ("no candidate was tried against BO1 yet",)


def test_without_a_reason_no_training_begins(training) -> None:
    end_first(training)
    with pytest.raises(Refused, match="nothing new to learn"):
        begin(training, "run 2", by_hand=False)
    assert len(training.stores.trainings.all()) == 1


def test_a_new_dataset_is_trained_on_once(training) -> None:
    end_first(training)
    publish(training, seed=2)
    begun = begin(training, by_hand=False)
    assert (begun.dataset, begun.reasons) == ("V2", ("dataset V2 is newer than production's V1",))
    refuse_training(training, TrainingId(2), "it is worse")
    assert not look(training).is_needed


def test_a_training_that_broke_off_is_tried_again_until_it_failed_three_times(
    training, clock
) -> None:
    end_first(training)
    publish(training, seed=2)
    for n in range(2, 5):
        clock.advance(hours=1)
        begin(training, f"run {n}", by_hand=False)
        end_training(training, TrainingId(n))
    told = look(training).reasons[0]
    assert told.startswith("the last 3 trainings failed")
    assert look(training, by_hand=True).is_needed
    clock.advance(hours=24)
    assert look(training).reasons == ("dataset V2 is newer than production's V1",)


def test_of_two_orders_one_trains_and_the_other_is_told_why_not(training) -> None:
    first = begin(training, "run 1")
    with pytest.raises(Refused, match="T1 is under way since 09:00Z, ordered by run 1"):
        begin(training, "run 2")
    assert begin(training, "run 1") == first


def test_a_training_ends_with_what_it_published(training) -> None:
    begin(training)
    made_by(training, "run 1")
    end_training(training, T1)
    ending = training.stores.trainings.ending(T1)
    assert (ending.outcome, ending.model) == (Outcome.PUBLISHED, "CO1")
    with pytest.raises(Refused, match="has ended: published CO1; start a new run"):
        begin(training, "run 1")


def test_a_refused_model_is_told_and_a_later_end_changes_nothing(training) -> None:
    begin(training)
    refuse_training(training, T1, "it is worse")
    end_training(training, T1)
    ending = training.stores.trainings.ending(T1)
    assert (ending.outcome, ending.words, ending.model) == (Outcome.REFUSED, "it is worse", None)


def test_a_training_that_published_nothing_has_failed(training) -> None:
    begin(training)
    end_training(training, T1)
    assert training.stores.trainings.ending(T1).outcome is Outcome.FAILED


def test_an_open_trial_keeps_trainings_out(training, desk, candidate) -> None:
    candidate()
    with pytest.raises(Refused, match="CO1 waits for its trial"):
        begin(training)
    open_next_trial(desk.trials)
    with pytest.raises(Refused, match="E1 is open with CO1 on trial"):
        begin(training)


def test_after_a_lost_trial_a_training_begins_with_another_seed(
    training, desk, candidate, clock
) -> None:
    end_first(training)
    clock.advance(hours=1)
    candidate()
    open_next_trial(desk.trials)
    roll_back(desk, ModelVersion(Role.CANDIDATE, 1), actor="test", reason="bad")
    begun = begin(training, "run 2", by_hand=False)
    assert (begun.seed, begun.reasons) == (
        1,
        ("CO1 lost its trial and nothing was trained since",),
    )
    refuse_training(training, TrainingId(2), "it is worse")
    assert not look(training).is_needed


def test_drift_since_the_last_training_asks_for_one(training, clock) -> None:
    report = DriftReport("drift", "area moved", True, 500, 7, "V1")
    training.drift.keep(clock().date(), clock(), report)
    assert look(training).is_needed
    begin(training, by_hand=False)
    refuse_training(training, T1, "it is worse")
    clock.advance(hours=1)
    assert not look(training).is_needed


def test_a_training_that_nobody_ended_is_abandoned_after_six_hours(training, clock) -> None:
    begin(training, "run 1")
    clock.advance(hours=6)
    with pytest.raises(Refused, match="under way"):
        begin(training, "run 2")
    clock.advance(hours=0.1)
    assert look(training).is_needed
    assert begin(training, "run 2").id == "T2"
    assert training.stores.trainings.ending(T1).outcome is Outcome.ABANDONED


def test_no_training_begins_on_made_up_listings_while_production_knows_real_ones(
    training, desk
) -> None:
    desk.registry.publish(
        Role.PRODUCTION,
        {"model.json": b"real"},
        lambda version, files: replace(describe(version, files), simulated=False),
    )
    told = "dataset V1 is of a simulated market and BO2 learned from real listings"
    for by_hand in (True, False):
        with pytest.raises(Declined, match=told):
            begin(training, by_hand=by_hand)
    publish(training, seed=2, simulated=False)
    assert begin(training, by_hand=False).dataset == "V2"
