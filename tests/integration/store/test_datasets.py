"""Datasets exist whole or not at all, in a folder and in a bucket."""

import multiprocessing
import signal

import pytest

from homeprices.bootstrap import utc_now
from homeprices.domain.errors import Corrupt, NotFound
from homeprices.domain.manifest import DatasetManifest
from homeprices.domain.versions import DatasetVersion
from homeprices.stores.datasets import DatasetStore
from homeprices.stores.objects import ObjectStore
from support.buckets import Place
from support.fakes import describe_dataset
from support.publishers import die_with_a_dataset

V1 = DatasetVersion(1)


@pytest.fixture
def shelf(objects: ObjectStore) -> DatasetStore:
    return DatasetStore(objects, utc_now)


def publish(shelf: DatasetStore, content: bytes = b"listings") -> DatasetManifest:
    return shelf.publish(
        lambda version: {f"train_{version}.csv": content}, describe_dataset, content.hex()
    )


def test_an_empty_shelf_has_no_dataset(shelf: DatasetStore) -> None:
    assert shelf.latest() is None
    with pytest.raises(NotFound, match="there is no dataset V1"):
        shelf.manifest(V1)


def test_a_dataset_comes_back_as_it_was_published(shelf: DatasetStore) -> None:
    made = publish(shelf)
    assert (made.version, shelf.manifest(V1), shelf.read(V1)) == ("V1", made, b"listings")


def test_the_latest_is_the_highest_number_that_is_complete(
    shelf: DatasetStore, objects: ObjectStore
) -> None:
    for number in range(11):
        publish(shelf, str(number).encode())
    objects.create("data/raw/train_V12.claim.json", b"{}")
    objects.create("data/raw/train_V12.csv", b"half of the li")
    assert shelf.latest().version == "V11"
    assert publish(shelf).version == "V13"


def test_a_changed_byte_is_found_at_reading(shelf: DatasetStore, objects: ObjectStore) -> None:
    publish(shelf)
    objects.delete("data/raw/train_V1.csv")
    objects.create("data/raw/train_V1.csv", b"listing5")
    with pytest.raises(Corrupt, match=r"train_V1.csv: expected 8 bytes"):
        shelf.read(V1)


def test_equal_content_is_one_version_until_another_came(shelf: DatasetStore) -> None:
    contents = (b"old", b"old", b"new", b"new", b"old", b"old")
    versions = [publish(shelf, content).version for content in contents]
    assert versions == ["V1", "V1", "V2", "V2", "V3", "V3"]
    assert [m.version for m in shelf.manifests()] == ["V1", "V2", "V3"]


def test_a_publication_that_was_killed_before_its_manifest_is_finished_by_the_next(
    place: Place,
) -> None:
    killed = multiprocessing.get_context("spawn").Process(target=die_with_a_dataset, args=(place,))
    killed.start()
    killed.join(60)
    assert killed.exitcode == -signal.SIGKILL
    shelf = DatasetStore(place.open(), utc_now)
    assert shelf.latest() is None
    made = shelf.publish(
        lambda version: {f"train_{version}.csv": b"listings"}, describe_dataset, "a digest"
    )
    assert (made.version, shelf.latest(), shelf.read(V1)) == ("V1", made, b"listings")
