"""Disks that are really full or read-only, mounted where this test alone sees them."""

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

# Whoever is not root is so in a namespace; loops need the real one.
UNSHARE = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]


def lines_of(case: str, folder: Path) -> dict[str, list[str]]:
    """What the case prints, by the first word."""
    script = Path(__file__).with_name("spool_on_disk.py")
    process = subprocess.run(
        [*UNSHARE, sys.executable, script, case, folder / "disk"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    lines = defaultdict(list)
    for line in process.stdout.splitlines():
        word, _, rest = line.partition(" ")
        lines[word].append(rest)
    return lines


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    return lines_of("full", tmp_path_factory.mktemp("full"))


def test_a_full_disk_refuses_records_and_keeps_each_that_it_acknowledged(
    full: dict[str, list[str]],
) -> None:
    assert full["kept"][:3] == ["0", "1", "2"]
    assert full["kept"][-3:] == ["60", "61", "62"]
    assert len(full["refused"]) > 10
    assert all("free some space" in words for words in full["refused"])
    assert sorted(full["stored"], key=int) == full["kept"]
    assert full["missing"] == ["0"]


def test_on_the_same_full_disk_a_queue_in_memory_loses_what_it_acknowledged(
    full: dict[str, list[str]],
) -> None:
    assert (len(full["queued"]), full["queue"]) == (3, ["refused"])
    assert set(full["queued"]) - set(full["unqueued"]) != set()


@pytest.fixture(scope="module")
def read_only(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    return lines_of("read_only", tmp_path_factory.mktemp("read_only"))


def test_a_disk_that_becomes_read_only_refuses_and_what_was_kept_is_stored_once(
    read_only: dict[str, list[str]],
) -> None:
    assert read_only["kept"] == [*map(str, range(6)), "9", "10", "11"]
    assert [words.split()[0] for words in read_only["refused"]] == ["6", "7", "8"]
    assert all("the spool cannot be written" in words for words in read_only["refused"])
    assert len(read_only["uploader"]) == 1
    assert sorted(read_only["stored"], key=int) == read_only["kept"]
    assert read_only["missing"] == ["0"]


def test_on_the_same_read_only_disk_a_queue_in_memory_loses_what_it_acknowledged(
    read_only: dict[str, list[str]],
) -> None:
    assert (len(read_only["queued"]), read_only["queue"]) == (3, ["refused"])
    assert read_only.get("unqueued", []) == []


def test_a_spool_on_a_read_only_disk_is_not_opened_and_not_harmed(tmp_path: Path) -> None:
    lines = lines_of("read_only_from_the_start", tmp_path)
    (words,) = lines["refused"]
    assert "cannot be opened: Read-only file system" in words
    assert lines["stored"] == lines["kept"] == ["0", "1", "2"]
