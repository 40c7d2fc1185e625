"""One training at a time, whoever orders it."""

from dataclasses import replace

import pytest

from homeprices.domain.drift import DriftReport
from homeprices.domain.errors import Declined, Refused
from homeprices.domain.training import Outcome
from homeprices.domain.versions import ModelVersion, Role, TrainingId
from homeprices.workflows.experiments.roll_back import roll_back
from homeprices.workflows.experiments.start import open_next_experiment
from homeprices.workflows.training.order import (
    begin_training,
    end_training,
    need_now,
    refuse_training,
)
from support.fakes import MemoryHomes, describe
from support.trainings import publish

T1 = TrainingId(1)


@pytest.fixture(autouse=True)
def dataset(homes: MemoryHomes) -> None:
    """V1 is published."""
    publish(homes, seed=1)


def made_by(homes: MemoryHomes, order: str) -> str:
    """A candidate that `order` has published."""
    registry = homes.registry
    manifest = registry.publish(
        Role.CANDIDATE,
        {"model.json": b"new"},
        lambda version, files: replace(describe(version, files), order=order),
    )
    return manifest.version


def end_first(homes: MemoryHomes) -> None:
    """The training that a fresh start brings: its model was not good enough."""
    begin(homes, "the first")
    refuse_training(homes, T1, "it is worse")


def begin(homes: MemoryHomes, order: str = "run 1", *, by_hand: bool = True):
    return begin_training(homes, order=order, by_hand=by_hand)


def test_the_first_production_gets_a_candidate_without_being_asked(homes) -> None:
    assert begin(homes, by_hand=False).reasons == ("no candidate was tried against BO1 yet",)


def test_without_a_reason_no_training_begins(homes) -> None:
    end_first(homes)
    with pytest.raises(Refused, match="nothing new to learn"):
        begin(homes, "run 2", by_hand=False)
    assert len(homes.trainings.all()) == 1


def test_a_new_dataset_is_trained_on_once(homes) -> None:
    end_first(homes)
    publish(homes, seed=2)
    begun = begin(homes, by_hand=False)
    assert (begun.dataset, begun.reasons) == ("V2", ("dataset V2 is newer than production's V1",))
    refuse_training(homes, TrainingId(2), "it is worse")
    assert not need_now(homes).is_needed


def test_a_training_that_broke_off_is_tried_again_until_it_failed_three_times(homes, clock) -> None:
    end_first(homes)
    publish(homes, seed=2)
    for n in range(2, 5):
        clock.advance(hours=1)
        begin(homes, f"run {n}", by_hand=False)
        end_training(homes, TrainingId(n))
    told = need_now(homes).reasons[0]
    assert told.startswith("the last 3 trainings failed")
    assert need_now(homes, by_hand=True).is_needed
    clock.advance(hours=24)
    assert need_now(homes).reasons == ("dataset V2 is newer than production's V1",)


def test_of_two_orders_one_trains_and_the_other_is_told_why_not(homes) -> None:
    first = begin(homes, "run 1")
    with pytest.raises(Refused, match="T1 is under way since 09:00Z, ordered by run 1"):
        begin(homes, "run 2")
    assert begin(homes, "run 1") == first


def test_a_training_ends_with_what_it_published(homes) -> None:
    begin(homes)
    made_by(homes, "run 1")
    end_training(homes, T1)
    ending = homes.trainings.ending(T1)
    assert (ending.outcome, ending.model) == (Outcome.PUBLISHED, "CO1")
    with pytest.raises(Refused, match="has ended: published CO1; start a new run"):
        begin(homes, "run 1")


def test_a_refused_model_is_told_and_a_later_end_changes_nothing(homes) -> None:
    begin(homes)
    refuse_training(homes, T1, "it is worse")
    end_training(homes, T1)
    ending = homes.trainings.ending(T1)
    assert (ending.outcome, ending.words, ending.model) == (Outcome.REFUSED, "it is worse", None)


def test_a_training_that_published_nothing_has_failed(homes) -> None:
    begin(homes)
    end_training(homes, T1)
    assert homes.trainings.ending(T1).outcome is Outcome.FAILED


def test_an_open_trial_keeps_trainings_out(homes, candidate) -> None:
    candidate()
    with pytest.raises(Refused, match="CO1 waits for its trial"):
        begin(homes)
    open_next_experiment(homes)
    with pytest.raises(Refused, match="E1 is open with CO1 on trial"):
        begin(homes)


def test_after_a_lost_trial_a_training_begins_with_another_seed(homes, candidate, clock) -> None:
    end_first(homes)
    clock.advance(hours=1)
    candidate()
    open_next_experiment(homes)
    roll_back(homes, ModelVersion(Role.CANDIDATE, 1), actor="test", reason="bad")
    begun = begin(homes, "run 2", by_hand=False)
    assert (begun.seed, begun.reasons) == (
        1,
        ("CO1 lost its trial and nothing was trained since",),
    )
    refuse_training(homes, TrainingId(2), "it is worse")
    assert not need_now(homes).is_needed


def test_drift_since_the_last_training_asks_for_one(homes, clock) -> None:
    report = DriftReport("drift", "area moved", True, 500, 7, "V1")
    homes.drift_log.keep(clock().date(), clock(), report)
    assert need_now(homes).is_needed
    begin(homes, by_hand=False)
    refuse_training(homes, T1, "it is worse")
    clock.advance(hours=1)
    assert not need_now(homes).is_needed


def test_a_training_that_nobody_ended_is_abandoned_after_six_hours(homes, clock) -> None:
    begin(homes, "run 1")
    clock.advance(hours=6)
    with pytest.raises(Refused, match="under way"):
        begin(homes, "run 2")
    clock.advance(hours=0.1)
    assert need_now(homes).is_needed
    assert begin(homes, "run 2").id == "T2"
    assert homes.trainings.ending(T1).outcome is Outcome.ABANDONED


def test_no_training_begins_on_made_up_listings_while_production_knows_real_ones(
    homes,
) -> None:
    homes.registry.publish(
        Role.PRODUCTION,
        {"model.json": b"real"},
        lambda version, files: replace(describe(version, files), simulated=False),
    )
    told = "dataset V1 is of a simulated market and BO2 learned from real listings"
    for by_hand in (True, False):
        with pytest.raises(Declined, match=told):
            begin(homes, by_hand=by_hand)
    publish(homes, seed=2, simulated=False)
    assert begin(homes, by_hand=False).dataset == "V2"
