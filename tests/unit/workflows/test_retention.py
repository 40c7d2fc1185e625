"""What has outlived its retention goes; what may still be needed stays."""

import pytest

from conftest import StoppedClock
from homeprices.domain.errors import NotFound
from homeprices.domain.experiments.decision import Draft, Verdict
from homeprices.domain.manifest import both_forms
from homeprices.domain.versions import DecisionId, ModelVersion, Role
from homeprices.workflows.experiments.decide import decide
from homeprices.workflows.experiments.promote import promote
from homeprices.workflows.experiments.roll_back import roll_back
from homeprices.workflows.experiments.start import open_next_experiment
from homeprices.workflows.experiments.undo import undo
from homeprices.workflows.retention import enforce_retention
from support.fakes import MemoryHomes, describe

BY = {"actor": "test", "reason": "because"}
CO1 = ModelVersion.parse("CO1")
DAY = 24.0


@pytest.fixture(autouse=True)
def months(homes: MemoryHomes) -> None:
    """The months are made, so that only what a test does is told."""
    enforce_retention(homes)
    homes.partitions.made |= {f"month {n}" for n in range(1, 20)}


@pytest.fixture
def lost(homes: MemoryHomes, candidate) -> DecisionId:
    """The decision by which CO1 lost."""
    candidate()
    open_next_experiment(homes)
    return DecisionId.parse(roll_back(homes, CO1, **BY).id)


def test_months_are_made_ahead_and_old_rows_dropped(
    homes: MemoryHomes, clock: StoppedClock
) -> None:
    homes.partitions.made, homes.partitions.old = set(), {"predictions_y2025m09": 66_960}
    assert enforce_retention(homes) == [
        "made room for predictions: month 11, month 12, month 13, month 14",
        "dropped 66,960 rows of predictions_y2025m09: over 400 days old",
    ]
    assert (clock() - homes.partitions.dropped_to).days == 400
    assert enforce_retention(homes) == []


def test_files_of_a_candidate_go_half_a_year_after_it_lost(
    homes: MemoryHomes, lost: DecisionId, clock: StoppedClock
) -> None:
    clock.advance(179.9 * DAY)
    assert enforce_retention(homes) == []
    assert homes.registry.files(CO1)
    clock.advance(0.2 * DAY)
    assert enforce_retention(homes) == [
        "deleted the files of CO1 (1), retired on 2026-11-02; its manifest and report stay"
    ]
    assert enforce_retention(homes) == []
    assert homes.registry.manifest(CO1).version == "CO1"


def test_both_forms_go_together_and_a_production_keeps_both(
    homes: MemoryHomes, clock: StoppedClock
) -> None:
    def publish(better: bytes) -> None:
        files = both_forms({"model.json": better}, {"model.json": b"judged"})
        homes.registry.publish(Role.CANDIDATE, files, describe)

    publish(b"one")
    open_next_experiment(homes)
    roll_back(homes, CO1, **BY)
    publish(b"two")
    promote(homes, ModelVersion.parse("CO2"), **BY)
    clock.advance(181 * DAY)
    assert enforce_retention(homes) == [
        "deleted the files of CO1 (2), retired on 2026-11-02; its manifest and report stay"
    ]
    with pytest.raises(NotFound, match="deleted after 180 days"):
        homes.registry.judged_files(CO1)
    production = ModelVersion.parse("BO2")
    assert homes.registry.files(production) == {"model.json": b"two"}
    assert homes.registry.judged_files(production) == {"model.json": b"judged"}


def test_a_rollback_whose_files_are_gone_is_not_undone_and_the_day_is_told(
    homes: MemoryHomes, lost: DecisionId, clock: StoppedClock
) -> None:
    clock.advance(181 * DAY)
    enforce_retention(homes)
    with pytest.raises(NotFound, match="deleted after 180 days, on 2027-05-02"):
        undo(homes, lost, **BY)
    with pytest.raises(NotFound, match="deleted after 180 days"):
        promote(homes, CO1, **BY)
    assert homes.experiments.open_now() is None
    assert len(homes.decisions.latest()) == 1


def test_a_candidate_that_an_undo_has_put_on_trial_again_keeps_its_files(
    homes: MemoryHomes, lost: DecisionId, clock: StoppedClock
) -> None:
    clock.advance(170 * DAY)
    undo(homes, lost, **BY)
    clock.advance(30 * DAY)
    assert enforce_retention(homes) == []
    assert homes.registry.files(CO1)


def test_the_last_trial_that_was_lost_counts(
    homes: MemoryHomes, lost: DecisionId, clock: StoppedClock
) -> None:
    clock.advance(170 * DAY)
    undo(homes, lost, **BY)
    again = roll_back(homes, CO1, **BY)
    clock.advance(179 * DAY)
    assert enforce_retention(homes) == []
    undo(homes, DecisionId.parse(again.id), **BY)
    roll_back(homes, CO1, **BY)
    clock.advance(181 * DAY)
    assert len(enforce_retention(homes)) == 1


def test_while_a_decision_is_half_way_no_file_goes(
    homes: MemoryHomes, lost: DecisionId, clock: StoppedClock
) -> None:
    clock.advance(181 * DAY)
    begun = Draft(Verdict.PROMOTE, "cli:me", ("by hand",), subject="CO1", before="BO1")
    homes.decisions.add(begun, clock())
    assert enforce_retention(homes) == [
        "deleted no files: a decision is half-way; `homes decide` finishes it"
    ]
    assert decide(homes).after == "BO2"
    assert len(enforce_retention(homes)) == 1
    assert homes.registry.files(ModelVersion.parse("BO2")) == {"model.json": b"better"}


def test_production_and_candidates_that_lost_nothing_keep_their_files_for_ever(
    homes: MemoryHomes, candidate, clock: StoppedClock
) -> None:
    candidate(b"one")
    candidate(b"two")
    promote(homes, ModelVersion.parse("CO2"), **BY)
    clock.advance(1_000 * DAY)
    assert enforce_retention(homes) == []
    for role in Role:
        for version in homes.registry.versions(role):
            assert homes.registry.files(version)
    undone = undo(homes, DecisionId(1), **BY)
    assert undone.after == "BO3"
