"""Versions exist whole or not at all, and no two writers get one number."""

from __future__ import annotations

import multiprocessing
import signal
from pathlib import Path

import pytest

from fakes import describe
from homeprices.bootstrap import clock
from homeprices.domain.errors import Corrupt, NotFound, Refused
from homeprices.domain.experiment import ClosedExperiment, Terms
from homeprices.domain.versions import ExperimentId, ModelVersion, Role
from homeprices.stores.experiments import Experiments
from homeprices.stores.objects import ObjectStore
from homeprices.stores.registry import Registry
from publishers import FILES, die_half_way, publish

SPAWN = multiprocessing.get_context("spawn")
TERMS = Terms(share=0.2, salt="s", policy="composite", started_at="2026-11-02T09:00:00+00:00")


def test_sixteen_processes_get_sixteen_versions_and_a_killed_one_leaves_none(
    tmp_path: Path,
) -> None:
    url = tmp_path.as_uri()
    registry = Registry(ObjectStore(url), clock)
    killed = SPAWN.Process(target=die_half_way, args=(url,))
    killed.start()
    killed.join(60)
    assert killed.exitcode == -signal.SIGKILL
    assert registry.versions(Role.CANDIDATE) == []

    start, versions = SPAWN.Event(), SPAWN.Queue()
    writers = [SPAWN.Process(target=publish, args=(url, start, versions)) for _ in range(16)]
    for writer in writers:
        writer.start()
    start.set()
    made = {versions.get(timeout=120) for _ in writers}
    for writer in writers:
        writer.join(60)
    assert made == {f"CO{number}" for number in range(2, 18)}
    assert {str(version) for version in registry.versions(Role.CANDIDATE)} == made


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    return ObjectStore(tmp_path.as_uri())


@pytest.fixture
def registry(objects: ObjectStore) -> Registry:
    return Registry(objects, clock)


def test_production_is_the_highest_complete_one(registry: Registry, objects: ObjectStore) -> None:
    assert registry.production() is None
    for _ in range(11):
        registry.publish(Role.PRODUCTION, FILES, describe)
    objects.create("models/price_check_BO12/claim.json", b"{}")
    assert registry.production().version == "BO11"


def test_a_number_claimed_by_a_crash_is_skipped_for_ever(
    registry: Registry, objects: ObjectStore
) -> None:
    objects.create("models/price_check_CO7/claim.json", b"{}")
    assert registry.publish(Role.CANDIDATE, FILES, describe).version == "CO8"


def test_files_come_back_as_they_were_published(registry: Registry) -> None:
    registry.publish(Role.CANDIDATE, FILES, describe)
    assert registry.files(ModelVersion.parse("CO1")) == FILES


def test_a_changed_byte_is_found_at_loading(registry: Registry, tmp_path: Path) -> None:
    registry.publish(Role.CANDIDATE, FILES, describe)
    (tmp_path / "models/price_check_CO1/trees.txt").write_bytes(b"treE")
    with pytest.raises(Corrupt, match=r"trees.txt: expected 4 bytes with sha256"):
        registry.files(ModelVersion.parse("CO1"))


def test_a_report_is_kept_beside_the_model_and_is_no_part_of_it(
    registry: Registry, tmp_path: Path
) -> None:
    bare = registry.publish(Role.CANDIDATE, FILES, describe)
    told = registry.publish(
        Role.CANDIDATE, FILES, describe, lambda manifest: {"card": manifest.version.encode()}
    )
    version = ModelVersion.parse("CO2")
    assert registry.report(version) == {"card": b"CO2"}
    assert registry.report(ModelVersion.parse("CO1")) == {}
    assert registry.files(version) == FILES
    assert told.digest == bare.digest
    assert registry.manifest(version) == told
    (tmp_path / "models/price_check_CO2/report/card").write_bytes(b"CO3")
    with pytest.raises(Corrupt, match="report/card"):
        registry.report(version)


def test_the_first_run_that_a_version_is_tracked_as_counts(registry: Registry) -> None:
    registry.publish(Role.CANDIDATE, FILES, describe)
    version = ModelVersion.parse("CO1")
    assert registry.tracked(version) is None
    registry.mark_tracked(version, "first")
    registry.mark_tracked(version, "second")
    assert registry.tracked(version) == "first"
    assert registry.versions(Role.CANDIDATE) == [version]


def test_a_version_that_does_not_exist_is_named(registry: Registry) -> None:
    with pytest.raises(NotFound, match="there is no model BO3"):
        registry.manifest(ModelVersion.parse("BO3"))


def test_retiring_is_remembered_and_repeats(registry: Registry) -> None:
    registry.publish(Role.CANDIDATE, FILES, describe)
    version = ModelVersion.parse("CO1")
    assert not registry.is_retired(version)
    registry.retire(version, "lost")
    registry.retire(version, "lost again")
    assert registry.is_retired(version)


def test_at_most_one_trial_is_open(objects: ObjectStore) -> None:
    experiments = Experiments(objects)
    assert experiments.open_now() is None
    first = experiments.open("CO1", "BO1", TERMS)
    with pytest.raises(Refused, match="E1 is open with CO1 on trial"):
        experiments.open("CO2", "BO1", TERMS)
    ending = ClosedExperiment("E1", "PROMOTE", ["better"], "D-0001", TERMS.started_at)
    experiments.close(ending)
    experiments.close(ending)
    assert experiments.open_now() is None
    assert experiments.open("CO2", "BO2", TERMS).id == "E2"
    assert experiments.read(ExperimentId(1)) == first
    assert experiments.ending(ExperimentId(1)) == ending
    assert [trial.id for trial in experiments.all()] == ["E1", "E2"]


def test_of_two_writers_who_open_a_trial_at_once_one_is_told_to_wait(
    objects: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = Experiments(objects)
    monkeypatch.setattr(late, "_last", lambda: None)
    Experiments(objects).open("CO1", "BO1", TERMS)
    with pytest.raises(Refused, match="another writer has just opened E1"):
        late.open("CO2", "BO1", TERMS)
