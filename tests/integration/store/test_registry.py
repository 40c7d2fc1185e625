"""Versions exist whole or not at all, and no two writers get one number."""

import multiprocessing
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from homeprices.bootstrap import utc_now
from homeprices.domain.errors import Corrupt, NotFound, Refused, Unavailable
from homeprices.domain.experiments.experiment import (
    ClosedExperiment,
    ExperimentConfig,
    PolicyDocument,
)
from homeprices.domain.manifest import ModelManifest, both_forms
from homeprices.domain.versions import ExperimentId, ModelVersion, Role
from homeprices.stores.datasets import DatasetStore
from homeprices.stores.experiments import Experiments
from homeprices.stores.objects import ObjectStore
from homeprices.stores.registry import FIRST, Registry
from homeprices.stores.sequences import claim
from homeprices.workflows.experiments.apply import copy
from support.buckets import Place, new_folder
from support.fakes import describe
from support.publishers import FILES, die_half_way, publish, publish_equal, train_firsts

CO1 = ModelVersion.parse("CO1")
SPAWN = multiprocessing.get_context("spawn")
TERMS = ExperimentConfig(
    share=0.2, salt="s", policy=PolicyDocument("composite"), started_at="2026-11-02T09:00:00+00:00"
)


def test_a_writer_that_is_killed_leaves_no_version_and_its_number_is_skipped(place: Place) -> None:
    registry = Registry(place.open(), utc_now)
    killed = SPAWN.Process(target=die_half_way, args=(place,))
    killed.start()
    killed.join(60)
    assert killed.exitcode == -signal.SIGKILL
    assert registry.versions(Role.CANDIDATE) == []
    assert registry.publish(Role.CANDIDATE, FILES, describe).version == "CO2"


def test_as_many_processes_get_as_many_versions(tmp_path: Path, scale) -> None:
    racing = scale(6, 16)
    place = new_folder(tmp_path)
    start, versions = SPAWN.Event(), SPAWN.Queue()
    writers = [SPAWN.Process(target=publish, args=(place, start, versions)) for _ in range(racing)]
    for writer in writers:
        writer.start()
    start.set()
    made = {versions.get(timeout=240) for _ in writers}
    for writer in writers:
        writer.join(60)
    assert made == {f"CO{number}" for number in range(1, racing + 1)}


def test_sixteen_writers_with_stores_of_their_own_get_sixteen_versions(place: Place) -> None:
    registries = [Registry(place.open(), utc_now) for _ in range(16)]
    with ThreadPoolExecutor(16) as pool:
        made = list(
            pool.map(lambda r: r.publish(Role.CANDIDATE, FILES, describe).version, registries)
        )
    assert sorted(made) == sorted(f"CO{number}" for number in range(1, 17))
    assert {str(version) for version in registries[0].versions(Role.CANDIDATE)} == set(made)


ROUNDS = 50


def test_of_two_first_trainings_at_once_one_is_production_and_the_other_a_candidate(
    place: Place,
) -> None:
    start, versions = SPAWN.Barrier(2), SPAWN.Queue()
    places = [Place(f"{place.url}/{number}", place.access) for number in range(ROUNDS)]
    writers = [SPAWN.Process(target=train_firsts, args=(places, start, versions)) for _ in "ab"]
    for writer in writers:
        writer.start()
    made = [versions.get(timeout=240) for _ in writers]
    for writer in writers:
        writer.join(60)
    assert [sorted(pair) for pair in zip(*made, strict=True)] == [["BO1", "CO1"]] * ROUNDS
    for folder in places:
        registry = Registry(folder.open(), utc_now)
        assert [str(v) for v in registry.versions(Role.PRODUCTION)] == ["BO1"]


def test_of_writers_at_once_with_equal_content_one_makes_the_version(place: Place, scale) -> None:
    """In each of many places, a dataset and a candidate."""
    racing, rounds = scale(3, 6), scale(10, 100)
    start, versions = SPAWN.Barrier(racing), SPAWN.Queue()
    places = [Place(f"{place.url}/{number}", place.access) for number in range(rounds)]
    writers = [
        SPAWN.Process(target=publish_equal, args=(places, start, versions)) for _ in range(racing)
    ]
    for writer in writers:
        writer.start()
    made = [versions.get(timeout=240) for _ in writers]
    for writer in writers:
        writer.join(60)
    for folder, outcomes in zip(places, zip(*made, strict=True), strict=True):
        objects = folder.open()
        datasets, registry = DatasetStore(objects, utc_now), Registry(objects, utc_now)
        (dataset,) = datasets.manifests()
        (model,) = registry.manifests(Role.CANDIDATE)
        assert {outcome[0] for outcome in outcomes} == {dataset.version}
        assert sorted(outcome[1] or "" for outcome in outcomes)[-2:] == ["", model.version]
    # The control: that they do race is seen by numbers that were claimed in vain.
    assert sum(len(Registry(p.open(), utc_now).claimed()) for p in places) > rounds


def impatient(place: Place) -> Registry:
    return Registry(place.open(), utc_now, first_patience_s=0.5)


def test_a_first_training_that_was_killed_keeps_no_other_from_being_the_first(
    place: Place,
) -> None:
    assert ModelVersion.parse("BO1") not in impatient(place).claimed()
    place.open().create("models/price_check_BO1/claim.json", claim(utc_now()))
    assert impatient(place).publish_first(FILES, describe).version == "BO2"
    assert impatient(place).production().version == "BO2"
    assert impatient(place).publish(Role.PRODUCTION, FILES, describe).version == "BO3"


def test_a_first_training_that_was_only_slow_is_not_the_first_any_more(place: Place) -> None:
    def slow(manifest: ModelManifest) -> dict[str, bytes]:
        assert manifest.version == "BO1"
        assert impatient(place).publish_first(FILES, describe).version == "BO2"
        return {}

    assert impatient(place).publish_first(FILES, describe, slow) is None
    assert [str(v) for v in impatient(place).versions(Role.PRODUCTION)] == ["BO2"]


def test_a_crash_just_before_the_manifest_of_the_first_is_finished_by_the_next_training(
    place: Place,
) -> None:
    made = impatient(place).publish_first(FILES, describe)
    place.open().delete("models/price_check_BO1/manifest.json")
    assert impatient(place).production() is None
    assert impatient(place).publish_first(FILES, describe) is None
    assert impatient(place).production() == made


def test_the_first_of_the_release_before_has_no_second(place: Place) -> None:
    registry = Registry(place.open(), utc_now)
    registry.publish(Role.PRODUCTION, FILES, describe)
    assert registry.publish_first(FILES, describe) is None
    assert FIRST not in place.open().keys("models/")


@pytest.fixture
def registry(objects: ObjectStore) -> Registry:
    return Registry(objects, utc_now)


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


BOTH = both_forms(FILES, {"model.json": b"judged"})


def test_each_form_is_read_by_itself_and_a_copy_has_both(registry: Registry) -> None:
    made = registry.publish(Role.CANDIDATE, BOTH, describe)
    assert registry.files(CO1) == FILES
    assert registry.judged_files(CO1) == {"model.json": b"judged"}
    assert made.metrics_of == "judged form"
    copied = copy(registry, CO1, "D-0001", "2026-11-02")
    assert (copied.version, copied.digest) == ("BO1", made.digest)
    registry.delete_files(CO1, 180)
    assert registry.judged_files(ModelVersion.parse("BO1")) == {"model.json": b"judged"}


def test_the_only_form_of_an_older_version_is_its_judged_form(registry: Registry) -> None:
    made = registry.publish(Role.CANDIDATE, FILES, describe)
    assert registry.judged_files(CO1) == registry.files(CO1) == registry.every_file(CO1) == FILES
    assert made.metrics_of == "only form"


def test_a_changed_byte_of_the_judged_form_is_found_where_it_is_asked_for(
    registry: Registry, objects: ObjectStore
) -> None:
    registry.publish(Role.CANDIDATE, BOTH, describe)
    objects.delete("models/price_check_CO1/judged/model.json")
    objects.create("models/price_check_CO1/judged/model.json", b"other")
    assert registry.files(CO1) == FILES
    for read in (registry.judged_files, registry.every_file):
        with pytest.raises(Corrupt, match=r"judged/model.json: expected 6 bytes"):
            read(CO1)


def test_both_forms_are_deleted_together(registry: Registry) -> None:
    registry.publish(Role.CANDIDATE, BOTH, describe)
    assert registry.delete_files(CO1, 180) == 3
    for read in (registry.files, registry.judged_files):
        with pytest.raises(NotFound, match="files of CO1 are gone"):
            read(CO1)


def test_a_changed_byte_is_found_at_loading(registry: Registry, objects: ObjectStore) -> None:
    registry.publish(Role.CANDIDATE, FILES, describe)
    objects.delete("models/price_check_CO1/trees.txt")
    objects.create("models/price_check_CO1/trees.txt", b"treE")
    with pytest.raises(Corrupt, match=r"trees.txt: expected 4 bytes with sha256"):
        registry.files(ModelVersion.parse("CO1"))


def test_a_manifest_that_is_half_there_is_named_and_read_again_once_it_is_whole(
    registry: Registry, objects: ObjectStore
) -> None:
    version = ModelVersion.parse(registry.publish(Role.PRODUCTION, FILES, describe).version)
    key = f"models/price_check_{version}/manifest.json"
    whole = objects.read(key)
    objects.delete(key)
    objects.create(key, whole[: len(whole) // 2])
    again = Registry(objects, utc_now)
    assert again.newest_production() == version
    with pytest.raises(Corrupt, match=r"BO1/manifest\.json cannot be read.*restore it"):
        again.manifest(version)
    objects.delete(key)
    objects.create(key, whole)
    assert again.manifest(version).version == "BO1"


def test_a_report_is_kept_beside_the_model_and_is_no_part_of_it(
    registry: Registry, objects: ObjectStore
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
    objects.delete("models/price_check_CO2/report/card")
    objects.create("models/price_check_CO2/report/card", b"CO3")
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
    assert registry.retired_at(version) is None
    registry.retire(version, "lost")
    registry.retire(version, "lost again")
    assert registry.retired_at(version) is not None


REPORT = {"card.md": b"a card", "plots/error.png": b"png"}


def test_deleted_files_are_told_and_manifest_and_report_stay(
    registry: Registry, objects: ObjectStore
) -> None:
    registry.publish(Role.CANDIDATE, FILES, describe, lambda _: REPORT)
    registry.retire(CO1, "lost")
    assert registry.delete_files(CO1, 180) == 2
    assert registry.delete_files(CO1, 180) == 0
    with pytest.raises(NotFound, match=r"files of CO1 are gone: .* after 180 days, on 20"):
        registry.files(CO1)
    assert registry.manifest(CO1).files.keys() == FILES.keys()
    assert registry.report(CO1) == REPORT
    left = {key.removeprefix("models/price_check_CO1/") for key in objects.keys("models/")}
    notes = {"claim.json", "manifest.json", "retired.json", "deleted.json"}
    assert left == {*notes, "report/card.md", "report/plots/error.png"}
    assert registry.publish(Role.CANDIDATE, FILES, describe).version == "CO2"


class AwayAfterOne(ObjectStore):
    """Goes away when the second object should be deleted."""

    deleted = 0

    def delete(self, key: str) -> None:
        self.deleted += 1
        if self.deleted > 1:
            raise Unavailable("the object store is away")
        super().delete(key)


def test_a_deletion_that_stops_half_way_is_told_and_finished_by_the_next(
    place: Place, registry: Registry
) -> None:
    registry.publish(Role.CANDIDATE, FILES, describe, lambda _: REPORT)
    with pytest.raises(Unavailable):
        Registry(AwayAfterOne(place.url, place.access), utc_now).delete_files(CO1, 180)
    with pytest.raises(NotFound, match="files of CO1 are gone"):
        registry.files(CO1)
    assert registry.delete_files(CO1, 180) == 1


def test_a_file_that_is_missing_for_no_known_reason_is_named(
    registry: Registry, objects: ObjectStore
) -> None:
    registry.publish(Role.CANDIDATE, FILES, describe)
    objects.delete("models/price_check_CO1/trees.txt")
    with pytest.raises(NotFound, match=r"trees.txt does not exist"):
        registry.files(CO1)


def test_what_is_noted_beside_a_version_is_read_back(
    registry: Registry, objects: ObjectStore
) -> None:
    registry.publish(Role.CANDIDATE, FILES, describe)
    assert (registry.retired_at(CO1), registry.tracked(CO1)) == (None, None)
    registry.retire(CO1, "lost")
    assert abs(registry.retired_at(CO1) - utc_now()) < timedelta(minutes=1)
    objects.create("models/price_check_CO1/tracked.json", b'{"run_id": "a1", "tracked_at": ""}')
    assert registry.tracked(CO1) == "a1"


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
    assert [experiment.id for experiment in experiments.all()] == ["E1", "E2"]


class LooksTooEarly(ObjectStore):
    """Lists what was there before another writer wrote."""

    def keys(self, prefix: str) -> list[str]:
        return []


def test_of_two_writers_who_open_a_trial_at_once_one_is_told_to_wait(place: Place) -> None:
    late = Experiments(LooksTooEarly(place.url, place.access))
    Experiments(place.open()).open("CO1", "BO1", TERMS)
    with pytest.raises(Refused, match="another writer has just opened a trial"):
        late.open("CO2", "BO1", TERMS)
