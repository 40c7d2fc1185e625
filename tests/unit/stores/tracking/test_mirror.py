"""The tracking server is told everything, later if need be, and never the other way round."""

from dataclasses import replace

import msgspec
import pytest

from homeprices.domain.errors import Refused, Unavailable
from homeprices.domain.manifest import ModelManifest, both_forms
from homeprices.domain.model_card import EvaluationResult, Figure, Slice
from homeprices.domain.training import TuningTrial, TuningTrialState
from homeprices.domain.versions import ModelVersion, Role
from homeprices.stores.tracking.mirror import TrackingMirror
from homeprices.workflows.experiments.promote import promote
from homeprices.workflows.experiments.roll_back import roll_back
from homeprices.workflows.experiments.start import open_next_experiment
from support.fakes import MemoryHomes, MemoryTracker, describe
from support.service import a_card
from support.trainings import publish

BY = {"actor": "test", "reason": "because"}
BO1, CO1, BO2 = (ModelVersion.parse(text) for text in ("BO1", "CO1", "BO2"))
TRIAL = TuningTrial(0, {"rounds": 60.0}, TuningTrialState.FINISHED, 0.2, [0.2], 1.0)


@pytest.fixture
def tracker() -> MemoryTracker:
    return MemoryTracker()


@pytest.fixture
def mirror(homes: MemoryHomes, tracker: MemoryTracker) -> TrackingMirror:
    publish(homes, seed=1)
    return TrackingMirror(tracker, homes.registry, homes.datasets, homes.experiments, homes.market)


def test_a_version_is_told_with_everything_that_the_object_store_has(
    mirror: TrackingMirror, homes: MemoryHomes, tracker
) -> None:
    def described(version, files) -> ModelManifest:
        metrics = {"mae_price": 21.5, "mean_abs_log_error": 0.2, "mdape_percent": 15.0}
        bare = describe(version, files)
        return replace(bare, metrics=metrics, parameters={"rounds": 60.0}, order="run 7")

    homes.registry.publish(
        Role.CANDIDATE,
        {"model.json": b"{}"},
        described,
        lambda _: {"trials.json": msgspec.json.encode([TRIAL]), "card.html": b"<p>"},
    )
    assert mirror.track(CO1) == "run of CO1"
    record = tracker.records["CO1"]
    assert record.metrics == {"mae_lakh": 21.5, "mean_abs_log_error": 0.2, "mdape_percent": 15.0}
    assert record.files == {"model.json": b"{}"}
    assert record.report["card.html"] == b"<p>"
    assert record.trials == [TRIAL]
    assert (record.dataset.version, record.dataset.source) == ("V1", "x")
    assert record.tags["homes.order"] == "run 7"
    assert record.tags["homes.metrics_of"] == "only form"
    assert record.tags["mlflow.source.git.commit"] == "test"
    assert homes.registry.tracked(CO1) == "run of CO1"


def test_metrics_have_the_names_that_every_version_has_and_bands_are_a_table(
    mirror: TrackingMirror, homes: MemoryHomes, tracker
) -> None:
    parts = [
        Slice("bedrooms", "5+", 70, 20.0, 1.0, 81.0, 9.0),
        Slice("area, sqft", "under 812", 90, 16.0, -2.0, 79.0, 9.0, is_band=True),
    ]
    every = [
        EvaluationResult(
            facts, optional, 80.0, [Figure("mdape_percent", error, 1.0, 2.0, None)], parts
        )
        for facts, optional, error in (("four", [], 15.0), ("all", ["kind"], 12.0))
    ]
    card = replace(a_card("CO1"), slices=parts, judgements=every)
    homes.registry.publish(
        Role.CANDIDATE,
        {"model.json": b"{}"},
        describe,
        lambda _: {"card.json": msgspec.json.encode(card)},
    )
    mirror.track(CO1)
    record = tracker.records["CO1"]
    assert record.metrics["all/mdape_percent"] == 12.0
    assert record.metrics["bedrooms 5 and more/rows"] == 70
    assert not any("812" in name for name in record.metrics)
    table = record.report["bands.csv"].decode().splitlines()
    assert table[1:] == ['"area, sqft",under 812,90,16.0,-2.0,79.0']


def test_of_two_forms_the_published_one_is_told_and_the_metrics_are_of_the_other(
    mirror: TrackingMirror, homes: MemoryHomes, tracker
) -> None:
    homes.registry.publish(
        Role.CANDIDATE, both_forms({"model.json": b"all"}, {"model.json": b"less"}), describe
    )
    mirror.track(CO1)
    record = tracker.records["CO1"]
    assert record.files == {"model.json": b"all"}
    assert record.tags["homes.metrics_of"] == "judged form"
    assert "on the holdout (judged form)." in record.tags["mlflow.note.content"]


def test_while_the_server_is_away_versions_stay_untracked_and_are_told_later(
    mirror: TrackingMirror, candidate, tracker
) -> None:
    candidate()
    tracker.is_away = True
    with pytest.raises(Unavailable):
        list(mirror.track_untracked())
    assert mirror.untracked() == [BO1, CO1]
    tracker.is_away = False
    assert list(mirror.track_untracked()) == [
        "BO1 is tracked as run run of BO1",
        "CO1 is tracked as run run of CO1",
    ]
    assert list(mirror.track_untracked()) == []


def test_aliases_follow_a_candidate_through_trial_promotion_and_undo(
    mirror: TrackingMirror, homes, candidate, tracker
) -> None:
    candidate()
    open_next_experiment(homes)
    assert mirror.catch_up()[-2:] == [
        "alias production named nothing, now BO1",
        "alias candidate named nothing, now CO1",
    ]
    promote(homes, CO1, **BY)
    assert list(mirror.follow_registry()) == [
        "alias production named BO1, now CO1",
        "alias candidate named CO1, now nothing",
    ]
    promote(homes, BO1, **BY)
    assert homes.registry.production().version == "BO3"
    list(mirror.follow_registry())
    assert tracker.named == {"production": "BO1"}
    assert list(mirror.follow_registry()) == []


def test_differences_are_told_and_nothing_is_changed(mirror, homes, candidate, tracker) -> None:
    candidate()
    assert mirror.differences() == [
        "BO1 is not tracked",
        "CO1 is not tracked",
        "alias production names nothing, not BO1",
    ]
    assert (tracker.records, tracker.named, mirror.untracked()) == ({}, {}, [BO1, CO1])
    mirror.catch_up()
    assert mirror.differences() == []


def test_an_alias_that_somebody_moved_is_moved_back(mirror, homes, candidate, tracker) -> None:
    candidate()
    mirror.catch_up()
    tracker.named = {"production": "CO1", "champion": "CO1"}
    assert list(mirror.follow_registry()) == ["alias production named CO1, now BO1"]
    assert tracker.named["champion"] == "CO1"


def test_a_server_that_was_set_up_anew_is_told_again(mirror, homes, tracker) -> None:
    mirror.catch_up()
    tracker.records, tracker.named = {}, {}
    assert list(mirror.follow_registry()) == [
        "BO1 was unknown to the server and is tracked as run run of BO1",
        "alias production named nothing, now BO1",
    ]


def test_a_candidate_that_lost_is_nobodys_alias(mirror, homes, candidate, tracker) -> None:
    candidate()
    open_next_experiment(homes)
    mirror.catch_up()
    roll_back(homes, CO1, **BY)
    mirror.catch_up()
    assert tracker.named == {"production": "BO1"}


def test_a_copy_is_no_training(mirror: TrackingMirror, homes, candidate) -> None:
    candidate()
    open_next_experiment(homes)
    promote(homes, CO1, **BY)
    with pytest.raises(Refused, match="BO2 is a copy of CO1"):
        mirror.track(BO2)
    assert mirror.untracked() == [BO1, CO1]


def test_a_damaged_version_is_told_and_does_not_stop_the_others(mirror, homes, candidate) -> None:
    candidate()
    key = "models/price_check_BO1/model.json"
    objects = homes.objects
    read = objects.read
    objects.read = lambda k: b"torn" if k == key else read(k)
    told = list(mirror.track_untracked())
    assert told[0].startswith("BO1 cannot be tracked: models/price_check_BO1/model.json")
    assert told[1:] == ["CO1 is tracked as run run of CO1"]


def test_what_was_done_is_told_also_where_the_server_goes_away_in_the_middle(
    mirror, candidate, tracker, monkeypatch
) -> None:
    candidate()
    candidate(b"another")
    log, away = tracker.log, Unavailable("MLflow is away")

    def log_the_first(record):
        if record.version == "BO1":
            return log(record)
        raise away

    monkeypatch.setattr(tracker, "log", log_the_first)
    done = mirror.catch_up()
    assert done[0] == "BO1 is tracked as run run of BO1"
    assert away.message in done


def test_a_command_whose_own_work_is_done_only_says_that_the_server_is_away(
    mirror, tracker
) -> None:
    tracker.is_away = True
    assert mirror.catch_up() == [
        "BO1 is still untracked: the tracking server is away",
        "the tracking server is away",
    ]
