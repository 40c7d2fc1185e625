"""What has outlived its retention goes; what may still be needed stays."""

from __future__ import annotations

import pytest

from conftest import StoppedClock
from homeprices.domain.errors import NotFound
from homeprices.domain.experiments.decision import Draft, Verdict
from homeprices.domain.versions import DecisionId, ModelVersion, Role
from homeprices.workflows.experiments.decide import decide
from homeprices.workflows.experiments.desk import Desk
from homeprices.workflows.experiments.promote import promote
from homeprices.workflows.experiments.roll_back import roll_back
from homeprices.workflows.experiments.start import open_next_trial
from homeprices.workflows.experiments.undo import undo
from homeprices.workflows.retention.enforce import House, Retention, keep_house
from support.fakes import MemoryPartitions

BY = {"actor": "test", "reason": "because"}
CO1 = ModelVersion.parse("CO1")
DAY = 24.0


@pytest.fixture
def partitions() -> MemoryPartitions:
    return MemoryPartitions()


@pytest.fixture
def house(desk: Desk, clock: StoppedClock, partitions: MemoryPartitions) -> House:
    """A house whose months are made, so that only what a test does is told."""
    house = House(desk.registry, desk.experiments, desk.log, partitions, clock, Retention(400, 180))
    keep_house(house)
    partitions.made |= {f"month {n}" for n in range(1, 20)}
    return house


@pytest.fixture
def lost(desk: Desk, candidate) -> DecisionId:
    """The decision by which CO1 lost."""
    candidate()
    open_next_trial(desk.trials)
    return DecisionId.parse(roll_back(desk, CO1, **BY).id)


def test_months_are_made_ahead_and_old_rows_dropped(
    house: House, partitions: MemoryPartitions, clock: StoppedClock
) -> None:
    partitions.made, partitions.old = set(), {"predictions_y2025m09": 66_960}
    assert keep_house(house) == [
        "made room for predictions: month 11, month 12, month 13, month 14",
        "dropped 66,960 rows of predictions_y2025m09: over 400 days old",
    ]
    assert (clock() - partitions.dropped_to).days == 400
    assert keep_house(house) == []


def test_files_of_a_candidate_go_half_a_year_after_it_lost(
    desk: Desk, house: House, lost: DecisionId, clock: StoppedClock
) -> None:
    clock.advance(179.9 * DAY)
    assert keep_house(house) == []
    assert desk.registry.files(CO1)
    clock.advance(0.2 * DAY)
    assert keep_house(house) == [
        "deleted the files of CO1 (1), which lost on 2026-11-02; its manifest and report stay"
    ]
    assert keep_house(house) == []
    assert desk.registry.manifest(CO1).version == "CO1"


def test_a_rollback_whose_files_are_gone_is_not_undone_and_the_day_is_told(
    desk: Desk, house: House, lost: DecisionId, clock: StoppedClock
) -> None:
    clock.advance(181 * DAY)
    keep_house(house)
    with pytest.raises(NotFound, match="deleted after 180 days, on 2027-05-02"):
        undo(desk, lost, **BY)
    with pytest.raises(NotFound, match="deleted after 180 days"):
        promote(desk, CO1, **BY)
    assert desk.experiments.open_now() is None
    assert len(desk.log.latest()) == 1


def test_a_candidate_that_an_undo_has_put_on_trial_again_keeps_its_files(
    desk: Desk, house: House, lost: DecisionId, clock: StoppedClock
) -> None:
    clock.advance(170 * DAY)
    undo(desk, lost, **BY)
    clock.advance(30 * DAY)
    assert keep_house(house) == []
    assert desk.registry.files(CO1)


def test_the_last_trial_that_was_lost_counts(
    desk: Desk, house: House, lost: DecisionId, clock: StoppedClock
) -> None:
    clock.advance(170 * DAY)
    undo(desk, lost, **BY)
    again = roll_back(desk, CO1, **BY)
    clock.advance(179 * DAY)
    assert keep_house(house) == []
    undo(desk, DecisionId.parse(again.id), **BY)
    roll_back(desk, CO1, **BY)
    clock.advance(181 * DAY)
    assert len(keep_house(house)) == 1


def test_while_a_decision_is_half_way_no_file_goes(
    desk: Desk, house: House, lost: DecisionId, clock: StoppedClock
) -> None:
    clock.advance(181 * DAY)
    begun = Draft(Verdict.PROMOTE, "cli:me", ("by hand",), subject="CO1", before="BO1")
    desk.log.add(begun, clock())
    assert keep_house(house) == [
        "deleted no files: a decision is half-way; `homes decide` finishes it"
    ]
    assert decide(desk).after == "BO2"
    assert len(keep_house(house)) == 1
    assert desk.registry.files(ModelVersion.parse("BO2")) == {"model.json": b"better"}


def test_production_and_candidates_that_lost_nothing_keep_their_files_for_ever(
    desk: Desk, house: House, candidate, clock: StoppedClock
) -> None:
    candidate(b"one")
    candidate(b"two")
    promote(desk, ModelVersion.parse("CO2"), **BY)
    clock.advance(1_000 * DAY)
    assert keep_house(house) == []
    for role in Role:
        for version in desk.registry.versions(role):
            assert desk.registry.files(version)
    undone = undo(desk, DecisionId(1), **BY)
    assert undone.after == "BO3"
