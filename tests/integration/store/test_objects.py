"""One contract for every object store."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from homeprices.domain.errors import NotFound, Refused, Taken, Unavailable
from homeprices.stores.objects import ObjectStore
from support.buckets import new_bucket, new_folder


@pytest.fixture(params=["memory", "file", "s3"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    match request.param:
        case "memory":
            return ObjectStore("memory:///")
        case "file":
            return new_folder(tmp_path).open()
    return new_bucket(request.getfixturevalue("s3_endpoint")).open()


def test_what_was_created_is_read_back(objects: ObjectStore) -> None:
    objects.create("models/a/manifest.json", b"\x00bytes")
    assert objects.read("models/a/manifest.json") == b"\x00bytes"


def test_nothing_is_overwritten(objects: ObjectStore) -> None:
    objects.create("a", b"first")
    with pytest.raises(Taken, match="a exists already"):
        objects.create("a", b"second")
    assert objects.read("a") == b"first"


def test_what_does_not_exist_is_named(objects: ObjectStore) -> None:
    with pytest.raises(NotFound, match="models/none does not exist"):
        objects.read("models/none")


def test_keys_are_those_of_the_folder_sorted(objects: ObjectStore) -> None:
    for key in ("b/2", "b/1/x", "bb/3", "a"):
        objects.create(key, b"")
    assert objects.keys("b/") == ["b/1/x", "b/2"]
    assert objects.keys("none/") == []


def test_more_than_a_thousand_keys_are_all_listed(objects: ObjectStore) -> None:
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: objects.create(f"many/{number:04d}", b""), range(1_100)))
    assert len(objects.keys("many/")) == 1_100


def test_of_sixteen_racing_writers_exactly_one_wins(objects: ObjectStore) -> None:
    def race(number: int) -> bool:
        try:
            objects.create("prize", str(number).encode())
        except Taken:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(race, range(16)))
    assert sum(won) == 1
    assert objects.read("prize") == str(won.index(True)).encode()


def test_what_was_deleted_is_gone_and_deleting_it_again_changes_nothing(
    objects: ObjectStore,
) -> None:
    for key in ("a/1", "a/2"):
        objects.create(key, b"")
    for _ in range(2):
        objects.delete("a/1")
    assert objects.keys("a/") == ["a/2"]
    objects.create("a/1", b"again")


@pytest.mark.parametrize("url", ["ftp://x", "s3://", "homes"])
def test_a_place_that_is_no_object_store_is_refused(url: str) -> None:
    with pytest.raises(Refused, match=f"at file:///folder or s3://bucket; got '{url}'"):
        ObjectStore(url)


@pytest.fixture
def broken_folder(tmp_path: Path) -> Callable[[], ObjectStore]:
    (tmp_path / "file").write_text("not a folder")
    return lambda: ObjectStore((tmp_path / "store").as_uri())


def test_a_store_that_cannot_be_written_is_away(
    broken_folder: Callable[[], ObjectStore], tmp_path: Path
) -> None:
    objects = broken_folder()
    (tmp_path / "store" / "models").write_text("a file where a folder should be")
    with pytest.raises(Unavailable, match="could not write models/x"):
        objects.create("models/x", b"")


def test_folders_are_listed_by_name_and_not_what_is_in_them(objects: ObjectStore) -> None:
    for key in ("m/b/1", "m/b/2/3", "m/a/1", "m/file", "other/x/1"):
        objects.create(key, b"")
    assert objects.folders("m/") == ["a", "b"]
    assert objects.folders("nothing/") == []
