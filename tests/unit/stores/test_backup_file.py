"""A backup is whole or not there, and says which of its members is damaged."""

import gzip
from pathlib import Path

import pytest

from homeprices.domain.errors import Corrupt, NotFound
from homeprices.stores import backup_file

AT = "2026-11-28T09:00:00+00:00"


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    path = tmp_path / "a.backup"
    (tmp_path / "a.txt").write_bytes(b"of a file")
    with backup_file.writing(path, AT, "1.0") as writer:
        writer.add("objects/a", b"first")
        writer.add_file("spool/b", tmp_path / "a.txt")
    return path


def test_members_come_back_in_their_order(backup: Path) -> None:
    contents = {name: file.read() for name, file in backup_file.members(backup)}
    assert list(contents) == ["objects/a", "spool/b", "manifest.json"]
    assert (contents["objects/a"], contents["spool/b"]) == (b"first", b"of a file")
    manifest = backup_file.checked(backup)
    assert (manifest.made_at, manifest.release) == (AT, "1.0")
    assert manifest.members.keys() == {"objects/a", "spool/b"}


def test_others_cannot_read_it(backup: Path) -> None:
    assert backup.stat().st_mode & 0o777 == 0o600


def test_one_that_was_interrupted_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "a.backup"
    with (
        pytest.raises(KeyboardInterrupt),
        backup_file.writing(path, AT, "1.0") as writer,
    ):
        writer.add("objects/a", b"first")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(NotFound, match="there is no backup"):
        backup_file.checked(path)


def test_a_member_that_was_changed_is_named(backup: Path) -> None:
    content = gzip.decompress(backup.read_bytes()).replace(b"first", b"fIrst")
    backup.write_bytes(gzip.compress(content))
    with pytest.raises(Corrupt, match="objects/a is not what was backed up"):
        backup_file.checked(backup)


@pytest.mark.parametrize("length", [0, 40, -200])
def test_one_that_was_cut_or_is_none_is_told(backup: Path, length: int) -> None:
    backup.write_bytes(backup.read_bytes()[:length])
    with pytest.raises(Corrupt):
        backup_file.checked(backup)
