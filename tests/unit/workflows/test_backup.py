"""Everything goes into one file and comes back; what outlived it is not lost by that."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import IO

import pytest

from homeprices.domain.errors import Corrupt, Refused
from homeprices.stores import backup_file
from homeprices.stores.objects import ObjectStore
from homeprices.stores.spool.spool import Spool
from homeprices.stores.spool.uploader import Uploader
from homeprices.workflows.backup import back_up, restore
from support.service import MemoryLog, prediction

AT = datetime(2026, 11, 28, 9, tzinfo=UTC)


class MemoryDumps:
    """Databases that are texts."""

    def __init__(self, **contents: str) -> None:
        self.contents = contents

    def databases(self) -> list[str]:
        return sorted(self.contents)

    def dump(self, database: str, path: Path) -> None:
        path.write_text(self.contents[database])

    def restore(self, database: str, dump: IO[bytes]) -> None:
        self.contents[database] = dump.read().decode()


def installation(root: Path, dumps: MemoryDumps, objects: dict[str, bytes]) -> SimpleNamespace:
    store = ObjectStore("memory:///")
    for key, content in objects.items():
        store.create(key, content)
    return SimpleNamespace(clock=lambda: AT, objects=store, dumps=dumps, spool_root=root / "spool")


def contents(store: ObjectStore) -> dict[str, bytes]:
    return {key: store.read(key) for key in store.keys("") if not key.startswith("backups/")}


def spooled(folder: Path, numbers: range, log: MemoryLog | None = None) -> None:
    """Records that wait, or with a `log` were uploaded."""
    spool = Spool(folder, sync=False, keep_hours=48, budget_bytes=40_000)
    for number in numbers:
        asyncio.run(spool.append(prediction(number)))
    while log is not None and Uploader(spool, log).once():
        pass
    spool.close()


MODELS = {"models/BO1/manifest.json": b"{}", "models/BO1/trees.txt": b"tree" * 1000}


@pytest.fixture
def home(tmp_path: Path) -> SimpleNamespace:
    home = installation(tmp_path / "home", MemoryDumps(homes="rows", mlflow="runs"), MODELS)
    spooled(home.spool_root / "production", range(20))
    return home


def test_an_empty_place_becomes_what_was_backed_up(home, tmp_path: Path) -> None:
    report = back_up(home, tmp_path / "b")
    assert (report.databases, report.objects) == (("homes", "mlflow"), 2)
    other = installation(tmp_path / "other", MemoryDumps(), {})
    assert restore(other, tmp_path / "b").backup == report
    assert other.dumps.contents == {"homes": "rows", "mlflow": "runs"}
    assert contents(other.objects) == MODELS
    spool = Spool(other.spool_root / "production", sync=False)
    assert (spool.counts().waiting, spool.counts().issued) == (20, 20)
    spool.close()


def test_that_a_backup_was_made_is_kept(home, tmp_path: Path) -> None:
    back_up(home, tmp_path / "b")
    assert home.objects.keys("backups/") == [f"backups/{AT.isoformat()}.json"]


def test_an_older_backup_costs_no_record_that_a_spool_still_has(home, tmp_path: Path) -> None:
    back_up(home, tmp_path / "b")
    log = MemoryLog()
    spooled(home.spool_root / "production", range(20, 60), log)
    assert len(log.rows) == 60
    report = restore(home, tmp_path / "b")
    assert report.again == 60
    spool, restored = Spool(home.spool_root / "production", sync=False), MemoryLog()
    while Uploader(spool, restored).once():
        pass
    assert len(restored.rows) == 60
    assert spool.counts().issued == spool.counts().stored == 60
    spool.close()


def test_what_the_backup_does_not_know_is_only_lost_by_word(home, tmp_path: Path) -> None:
    back_up(home, tmp_path / "b")
    home.objects.create("models/BO2/manifest.json", b"{}")
    home.dumps.contents["homes"] = "later"
    with pytest.raises(Refused, match=r"1 objects .*models/BO2/manifest.json.*--replace"):
        restore(home, tmp_path / "b")
    assert home.dumps.contents["homes"] == "later"
    restore(home, tmp_path / "b", is_replacing=True)
    assert contents(home.objects) == MODELS
    assert home.dumps.contents["homes"] == "rows"


def test_a_damaged_backup_changes_nothing(home, tmp_path: Path) -> None:
    back_up(home, tmp_path / "b")
    (tmp_path / "b").write_bytes((tmp_path / "b").read_bytes()[:-300])
    home.dumps.contents["homes"] = "later"
    with pytest.raises(Corrupt):
        restore(home, tmp_path / "b", is_replacing=True)
    assert home.dumps.contents["homes"] == "later"


def test_nothing_is_restored_beside_a_service_that_runs(home, tmp_path: Path) -> None:
    back_up(home, tmp_path / "b")
    spool = Spool(home.spool_root / "production", sync=False)
    with pytest.raises(Refused, match="belongs to process"):
        restore(home, tmp_path / "b")
    spool.close()


def test_a_member_leads_to_no_other_folder(home, tmp_path: Path) -> None:
    with backup_file.writing(tmp_path / "b", AT.isoformat(), "1") as backup:
        backup.add("spool/../../elsewhere", b"")
    other = installation(tmp_path / "other", MemoryDumps(), {})
    with pytest.raises(Corrupt, match="outside of the data folder"):
        restore(other, tmp_path / "b")
