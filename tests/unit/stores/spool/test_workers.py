"""Each worker has a spool of its own, and none that was left is forgotten."""

import logging
from pathlib import Path

import pytest

from homeprices.domain.errors import Refused
from homeprices.stores.spool.spool import Spool
from homeprices.stores.spool.workers import open_first, open_free, worker_folders


def test_the_first_worker_spools_to_the_folder_of_a_lone_one(tmp_path: Path) -> None:
    folders = worker_folders(tmp_path / "production", 2)
    assert [f.name for f in folders.workers] == ["production", "production-2"]
    assert folders.left == []


def test_folders_of_more_workers_than_there_are_now_were_left(tmp_path: Path) -> None:
    for name in ("production", "production-2", "production-3", "production-old", "candidate-2"):
        (tmp_path / name).mkdir()
    folders = worker_folders(tmp_path / "production", 2)
    assert [f.name for f in folders.left] == ["production-3"]


def test_workers_take_the_folders_in_turn_and_one_too_many_is_told_who_holds_them(
    tmp_path: Path,
) -> None:
    folders = worker_folders(tmp_path / "production", 2).workers
    first, second = open_first(folders, Spool), open_first(folders, Spool)
    assert [first.folder.name, second.folder.name] == ["production", "production-2"]
    with pytest.raises(Refused, match="belongs to process"):
        open_first(folders, Spool)
    first.close()
    again = open_first(folders, Spool)
    assert again.folder.name == "production"
    again.close()
    second.close()


def test_what_another_process_holds_is_not_emptied_beside(tmp_path: Path) -> None:
    held = Spool(tmp_path / "production-2")
    free = tmp_path / "production-3"
    spools = open_free([held.folder, free], Spool)
    assert [spool.folder for spool in spools] == [free]
    for spool in (held, *spools):
        spool.close()


def test_a_left_folder_that_cannot_be_opened_is_told_and_costs_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    damaged, free = tmp_path / "production-2", tmp_path / "production-4"
    (damaged / "lock").mkdir(parents=True)
    held = Spool(tmp_path / "production-3")
    (spool,) = open_free([damaged, held.folder, free], Spool)
    assert spool.folder == free
    told = [(record.levelno, record.getMessage()) for record in caplog.records]
    assert [level for level, _ in told] == [logging.WARNING, logging.INFO]
    assert "production-2 cannot be opened: Is a directory" in told[0][1]
    assert "production-3 belongs to process" in told[1][1]
    for one in (held, spool):
        one.close()
