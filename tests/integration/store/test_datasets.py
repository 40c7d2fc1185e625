"""Datasets exist whole or not at all, in a folder and in a bucket."""

import pytest

from homeprices.bootstrap import utc_now
from homeprices.domain.drift import Profile
from homeprices.domain.errors import Corrupt, NotFound
from homeprices.domain.manifest import DatasetManifest
from homeprices.domain.versions import DatasetVersion
from homeprices.stores.datasets import DatasetStore
from homeprices.stores.objects import ObjectStore

V1 = DatasetVersion(1)


@pytest.fixture
def shelf(objects: ObjectStore) -> DatasetStore:
    return DatasetStore(objects, utc_now)


def publish(shelf: DatasetStore, content: bytes = b"listings") -> DatasetManifest:
    def manifest(version, files) -> DatasetManifest:
        return DatasetManifest(
            version=str(version),
            market="bangalore",
            source="listings.csv",
            simulated=False,
            rows=1,
            rejected={},
            created_at=utc_now().isoformat(),
            files=files,
            profile=Profile({}, {}),
        )

    return shelf.publish(lambda version: {f"train_{version}.csv": content}, manifest)


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
    for _ in range(11):
        publish(shelf)
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
