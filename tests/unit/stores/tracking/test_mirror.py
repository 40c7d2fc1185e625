"""The tracking server is told everything, later if need be, and never the other way round."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from homeprices import markets
from homeprices.datasets.simulate import simulate
from homeprices.domain.drift import DriftReport, FeatureDrift
from homeprices.domain.errors import Refused, Unavailable
from homeprices.domain.manifest import ModelManifest
from homeprices.domain.training import TuningTrial, TuningTrialState
from homeprices.domain.versions import ModelVersion, Role
from homeprices.stores.datasets import DatasetStore
from homeprices.stores.tracking.mirror import (
    Books,
    catch_up,
    follow_registry,
    track,
    track_untracked,
    untracked,
)
from homeprices.workflows.datasets.publish import publish_dataset
from homeprices.workflows.drift.keep import keep_drift
from homeprices.workflows.experiments.promote import promote
from homeprices.workflows.experiments.roll_back import roll_back
from homeprices.workflows.experiments.start import open_next_trial
from support.fakes import MemoryTracker, describe

MARKET = markets.load("bangalore")
BY = {"actor": "test", "reason": "because"}
BO1, CO1, BO2 = (ModelVersion.parse(text) for text in ("BO1", "CO1", "BO2"))
TRIAL = TuningTrial(0, {"rounds": 60.0}, TuningTrialState.FINISHED, 0.2, [0.2], 1.0)


@pytest.fixture
def tracker() -> MemoryTracker:
    return MemoryTracker()


@pytest.fixture
def books(desk, clock, tracker: MemoryTracker) -> Books:
    shelf = DatasetStore(desk.registry._objects, clock)
    content = simulate(MARKET, 40, 1)
    publish_dataset(content, "x.csv", shelf=shelf, market=MARKET, simulated=True, clock=clock)
    return Books(tracker, desk.registry, shelf, MARKET)


def test_a_version_is_told_with_everything_that_the_object_store_has(books: Books, tracker) -> None:
    def described(version, files) -> ModelManifest:
        metrics = {"mae_price": 21.5, "male": 0.2, "mdape_percent": 15.0}
        bare = describe(version, files)
        return replace(bare, metrics=metrics, parameters={"rounds": 60.0}, order="run 7")

    books.registry.publish(
        Role.CANDIDATE,
        {"model.json": b"{}"},
        described,
        lambda _: {"trials.json": msgspec.json.encode([TRIAL]), "card.html": b"<p>"},
    )
    assert track(CO1, books) == "run of CO1"
    record = tracker.records["CO1"]
    assert record.metrics == {"mae_lakh": 21.5, "male": 0.2, "mdape_percent": 15.0}
    assert record.files == {"model.json": b"{}"}
    assert record.report["card.html"] == b"<p>"
    assert record.trials == [TRIAL]
    assert (record.dataset.version, record.dataset.source) == ("V1", "x.csv")
    assert record.tags["homes.order"] == "run 7"
    assert record.tags["mlflow.source.git.commit"] == "test"
    assert books.registry.tracked(CO1) == "run of CO1"


def test_while_the_server_is_away_versions_stay_untracked_and_are_told_later(
    books: Books, candidate, tracker
) -> None:
    candidate()
    tracker.is_away = True
    with pytest.raises(Unavailable):
        track_untracked(books)
    assert untracked(books.registry) == [BO1, CO1]
    tracker.is_away = False
    assert track_untracked(books) == [
        "BO1 is tracked as run run of BO1",
        "CO1 is tracked as run run of CO1",
    ]
    assert track_untracked(books) == []


def test_aliases_follow_a_candidate_through_trial_promotion_and_undo(
    books: Books, desk, candidate, tracker
) -> None:
    candidate()
    open_next_trial(desk.trials)
    assert catch_up(books, desk.experiments)[-2:] == [
        "alias production named nothing, now BO1",
        "alias candidate named nothing, now CO1",
    ]
    promote(desk, CO1, **BY)
    assert follow_registry(books, desk.experiments) == [
        "alias production named BO1, now CO1",
        "alias candidate named CO1, now nothing",
    ]
    promote(desk, BO1, **BY)
    assert desk.registry.production().version == "BO3"
    follow_registry(books, desk.experiments)
    assert tracker.named == {"production": "BO1"}
    assert follow_registry(books, desk.experiments) == []


def test_an_alias_that_somebody_moved_is_moved_back(books, desk, candidate, tracker) -> None:
    candidate()
    catch_up(books, desk.experiments)
    tracker.named = {"production": "CO1", "champion": "CO1"}
    assert follow_registry(books, desk.experiments) == ["alias production named CO1, now BO1"]
    assert tracker.named["champion"] == "CO1"


def test_a_server_that_was_set_up_anew_is_told_again(books, desk, tracker) -> None:
    catch_up(books, desk.experiments)
    tracker.records, tracker.named = {}, {}
    assert follow_registry(books, desk.experiments) == [
        "BO1 was unknown to the server and is tracked as run run of BO1",
        "alias production named nothing, now BO1",
    ]


def test_a_candidate_that_lost_is_nobodys_alias(books, desk, candidate, tracker) -> None:
    candidate()
    open_next_trial(desk.trials)
    catch_up(books, desk.experiments)
    roll_back(desk, CO1, **BY)
    catch_up(books, desk.experiments)
    assert tracker.named == {"production": "BO1"}


def test_a_copy_is_no_training(books: Books, desk, candidate) -> None:
    candidate()
    open_next_trial(desk.trials)
    promote(desk, CO1, **BY)
    with pytest.raises(Refused, match="BO2 is a copy of CO1"):
        track(BO2, books)
    assert untracked(books.registry) == [BO1, CO1]


def test_a_damaged_version_is_told_and_does_not_stop_the_others(books, desk, candidate) -> None:
    candidate()
    key = "models/price_check_BO1/model.json"
    objects = desk.registry._objects
    read = objects.read
    objects.read = lambda k: b"torn" if k == key else read(k)
    told = track_untracked(books)
    assert told[0].startswith("BO1 cannot be tracked: models/price_check_BO1/model.json")
    assert told[1:] == ["CO1 is tracked as run run of CO1"]


def test_a_command_whose_own_work_is_done_only_says_that_the_server_is_away(
    books, desk, tracker
) -> None:
    tracker.is_away = True
    assert catch_up(books, desk.experiments) == [
        "BO1 is still untracked: the tracking server is away",
        "the tracking server is away",
    ]


def test_the_days_drift_is_kept_as_a_page_once(books: Books, tracker, clock) -> None:
    moved = {"area": FeatureDrift(0.41, 21.5, True)}
    report = DriftReport("drift", "They ask otherwise.", True, 1500, 7, "V1", moved)
    assert keep_drift(report, books, clock()) == "run of drift 2026-11-02"
    page = tracker.pages["drift 2026-11-02"]
    assert b"They ask otherwise." in page
    assert tracker.figures == {
        "requests": 1500.0,
        "total_sqft/psi": 0.41,
        "total_sqft/largest_move_points": 21.5,
    }
    keep_drift(replace(report, message="Later."), books, clock())
    assert tracker.pages["drift 2026-11-02"] == page
