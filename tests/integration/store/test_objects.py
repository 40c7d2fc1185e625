"""One contract for every object store."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from homeprices.domain.errors import NotFound, Taken, Unavailable
from homeprices.stores.objects import ObjectStore


@pytest.fixture(params=["memory", "file"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "memory":
        return ObjectStore("memory:///")
    return ObjectStore((tmp_path / "a folder with spaces").as_uri())


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
    for number in range(1_100):
        objects.create(f"many/{number:04d}", b"")
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
