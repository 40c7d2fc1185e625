"""What an idle service asks of the store, however much has happened before."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from conftest import StoppedClock
from homeprices.domain.experiments.experiment import (
    ClosedExperiment,
    ExperimentConfig,
    PolicyDocument,
)
from homeprices.domain.versions import ExperimentId, ModelVersion, Role
from homeprices.settings import Settings
from homeprices.stores.candidates import candidate_history
from homeprices.stores.experiments import Experiments
from homeprices.stores.objects import ObjectStore
from homeprices.stores.registry import Registry
from homeprices.stores.sequences import claim
from support.counting import CountingObjects
from support.fakes import describe

FILES = {"model.json": b"{}"}
AT = "2026-11-02T09:00:00+00:00"
CONFIG = ExperimentConfig(0.2, "salt", PolicyDocument("composite"), AT)
PAST, REPORT_FILES = 200, 40


@pytest.fixture
def objects() -> ObjectStore:
    """An empty store."""
    return ObjectStore("memory:///")


@pytest.fixture
def past(objects: ObjectStore, clock: StoppedClock) -> ObjectStore:
    """BO1 in production, and candidates that all have lost their experiments."""
    Registry(objects, clock).publish(Role.PRODUCTION, FILES, describe)
    experiments = Experiments(objects)
    for number in range(1, PAST + 1):
        version = ModelVersion(Role.CANDIDATE, number)
        folder = f"models/price_check_{version}"
        objects.create(f"{folder}/claim.json", claim(clock()))
        for picture in range(REPORT_FILES):
            objects.create(f"{folder}/report/{picture}.png", b"")
        objects.create(f"{folder}/manifest.json", msgspec.json.encode(describe(version, {})))
        opened = experiments.open(str(version), "BO1", CONFIG)
        experiments.close(ClosedExperiment(opened.id, "ROLL_BACK", ["worse"], "D-0001", AT))
    return objects


def test_an_idle_candidate_service_asks_little_after_two_hundred_candidates(
    past: ObjectStore, clock: StoppedClock
) -> None:
    counting = CountingObjects(past)
    registry, experiments = Registry(counting, clock), Experiments(counting)
    assert candidate_history(registry, experiments).to_serve is None
    counting.forget()
    assert candidate_history(registry, experiments).to_serve is None
    assert counting.requests <= 3
    assert counting.listed <= 3 * PAST + 10
    assert Settings.model_fields["poll_s"].default >= 5


def test_an_idle_production_service_and_the_router_ask_less(
    past: ObjectStore, clock: StoppedClock
) -> None:
    counting = CountingObjects(past)
    registry, experiments = Registry(counting, clock), Experiments(counting)
    assert str(registry.newest_production()) == "BO1"
    counting.forget()
    assert str(registry.newest_production()) == "BO1"
    assert experiments.open_now() is None
    assert counting.requests == 2


def test_what_is_new_is_seen_at_the_next_look(past: ObjectStore, clock: StoppedClock) -> None:
    registry, experiments = Registry(past, clock), Experiments(past)
    assert len(candidate_history(registry, experiments).retired) == PAST
    assert candidate_history(registry, experiments).to_serve is None
    elsewhere = Registry(past, clock)
    manifest = elsewhere.publish(Role.CANDIDATE, {"model.json": b"new"}, describe)
    made = ModelVersion.parse(manifest.version)
    assert candidate_history(registry, experiments).waiting == [made]
    assert candidate_history(registry, experiments).to_serve == made
    Experiments(past).open("CO7", "BO1", CONFIG)
    assert str(candidate_history(registry, experiments).to_serve) == "CO7"
    elsewhere.publish(Role.PRODUCTION, FILES, describe)
    assert str(registry.newest_production()) == "BO2"


def test_a_version_that_is_still_being_written_is_looked_for_and_one_of_a_crash_is_not(
    objects: ObjectStore, clock: StoppedClock
) -> None:
    counting = CountingObjects(objects)
    registry, experiments = Registry(counting, clock), Experiments(counting)
    objects.create("models/price_check_CO1/claim.json", claim(clock()))
    assert candidate_history(registry, experiments).to_serve is None
    clock.advance(0.5)
    manifest = msgspec.json.encode(describe(ModelVersion.parse("CO1"), {}))
    objects.create("models/price_check_CO1/manifest.json", manifest)
    assert str(candidate_history(registry, experiments).to_serve) == "CO1"
    objects.create("models/price_check_CO2/claim.json", claim(clock()))
    clock.advance(1.5)
    for expected in (5, 3):
        counting.forget()
        assert str(candidate_history(registry, experiments).to_serve) == "CO1"
        assert counting.requests == expected


def test_candidates_that_wait_cost_an_idle_service_nothing_either(
    objects: ObjectStore, clock: StoppedClock
) -> None:
    counting = CountingObjects(objects)
    registry, experiments = Registry(counting, clock), Experiments(counting)
    for _ in range(5):
        registry.publish(Role.CANDIDATE, FILES, describe)
    assert str(candidate_history(registry, experiments).to_serve) == "CO5"
    counting.forget()
    assert str(candidate_history(registry, experiments).to_serve) == "CO5"
    assert counting.requests <= 3


def test_a_first_production_model_that_is_finished_hours_after_a_crash_is_seen_by_all(
    objects: ObjectStore, clock: StoppedClock
) -> None:
    watching = Registry(objects, clock)
    Registry(objects, clock).publish_first(FILES, describe)
    objects.delete("models/price_check_BO1/manifest.json")
    clock.advance(2)
    assert watching.newest_production() is None
    assert watching.publish_first(FILES, describe) is None
    assert str(watching.newest_production()) == "BO1"


def test_a_folder_that_is_there_before_its_claim_is_no_version_yet(
    tmp_path: Path, clock: StoppedClock
) -> None:
    (tmp_path / "models" / "price_check_BO1").mkdir(parents=True)
    registry = Registry(ObjectStore(tmp_path.as_uri()), clock)
    assert registry.newest_production() is None
    assert registry.publish_first(FILES, describe).version == "BO1"


def test_an_experiment_of_a_part_of_the_market_is_read_as_it_was_opened(
    objects: ObjectStore,
) -> None:
    config = replace(CONFIG, scope="north", zones=("north", "south"))
    opened = Experiments(objects).open("CO1", "BO1", config)
    assert (opened.scope, opened.zones) == ("north", ("north", "south"))
    assert Experiments(objects).open_now() == opened


def test_experiments_of_releases_without_zones_are_of_the_whole_market(
    objects: ObjectStore,
) -> None:
    Experiments(objects).open("CO1", "BO1", CONFIG)
    kept = msgspec.json.decode(objects.read("experiments/E1.json"))
    del kept["zones"], kept["scope"]
    objects.create("experiments/E2.json", msgspec.json.encode(kept | {"id": "E2"}))
    earlier = Experiments(objects).read(ExperimentId(2))
    assert (earlier.scope, earlier.zones) == (None, ())
