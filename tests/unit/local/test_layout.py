import os
from pathlib import Path

import pytest

from homeprices.local.layout import is_reachable, lay_out


def test_folders_are_made_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    first = lay_out(tmp_path / "data", shared)
    again = lay_out(tmp_path / "data", shared)
    assert first == again
    assert first.open == again.open
    assert first.run.is_dir()
    assert first.logs.is_dir()


def test_only_the_owner_reads_logs_and_state(tmp_path: Path) -> None:
    layout = lay_out(tmp_path / "data", tmp_path / "shared")
    assert {layout.logs.stat().st_mode & 0o777, layout.run.stat().st_mode & 0o777} == {0o700}


def test_modes_of_parents_are_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    lay_out(tmp_path / "data", tmp_path / "shared")
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_a_folder_under_a_closed_one_is_not_reachable(tmp_path: Path) -> None:
    inner = tmp_path / "closed" / "inner"
    inner.mkdir(parents=True)
    inner.parent.chmod(0o700)
    assert not is_reachable(inner)


def test_root_gets_a_folder_that_everyone_can_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    tmp_path.chmod(0o700)
    layout = lay_out(tmp_path / "data", tmp_path / "shared")
    assert layout.open.parent == tmp_path / "shared"
    assert (layout.data / "open").is_symlink()


def test_an_ordinary_account_keeps_everything_in_its_own_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    tmp_path.chmod(0o700)
    layout = lay_out(tmp_path / "data", tmp_path / "shared")
    assert layout.open == layout.data / "open"
