"""Everything goes into one file and comes back; what outlived it is not lost by that."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import IO

import pytest

from homeprices import __version__
from homeprices.domain.errors import Corrupt, Refused, Unavailable
from homeprices.domain.requests.records import Erasure, ErasureOrder
from homeprices.stores import backup_file
from homeprices.stores.objects import ObjectStore
from homeprices.stores.spool.spool import Spool
from homeprices.stores.spool.uploader import Uploader
from homeprices.workflows.backup import ReturningKeys, back_up, restore
from homeprices.workflows.forget import forget_visitor
from support.service import MemoryLog, prediction

AT = datetime(2026, 11, 28, 9, tzinfo=UTC)


class MemoryErasures:
    """Who was erased."""

    def __init__(self) -> None:
        self.orders: list[ErasureOrder] = []

    def forget(self, order: ErasureOrder) -> Erasure:
        self.orders.append(order)
        return Erasure(1, 0)


class MemoryDumps:
    """Databases that are texts; `after_dump` is called after each."""

    def __init__(self, **contents: str) -> None:
        self.contents = contents
        self.after_dump: Callable[[], None] = lambda: None

    def databases(self) -> list[str]:
        return sorted(self.contents)

    def dump(self, database: str, path: Path) -> None:
        path.write_text(self.contents[database])
        self.after_dump()

    def restore(self, database: str, dump: IO[bytes]) -> None:
        self.contents[database] = dump.read().decode()


class DeciderLock:
    """One decider at a time."""

    def __init__(self) -> None:
        self.is_locked = False

    @contextmanager
    def lock(self, within_s: float = 10.0) -> Iterator[None]:
        assert within_s > 60  # a backup is made once a night
        assert not self.is_locked
        self.is_locked = True
        yield
        self.is_locked = False


def installation(root: Path, dumps: MemoryDumps, objects: dict[str, bytes]) -> SimpleNamespace:
    store = ObjectStore("memory:///")
    for key, content in objects.items():
        store.create(key, content)
    return SimpleNamespace(
        clock=lambda: AT,
        objects=store,
        decisions=DeciderLock(),
        dumps=dumps,
        spool_root=root / "spool",
        erasures=MemoryErasures(),
        spool_keep_hours=48,
    )


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


def test_a_decision_that_comes_meanwhile_is_in_it_with_its_row_or_not_at_all(
    home, tmp_path: Path
) -> None:
    waiting = []

    def decide() -> None:
        home.dumps.after_dump = lambda: None
        if home.decisions.is_locked:
            waiting.append(decide)
        else:
            home.dumps.contents["homes"] = "rows and D7"
            home.objects.create("experiments/E1.closed.json", b'{"decision": "D7"}')

    home.dumps.after_dump = decide
    back_up(home, tmp_path / "b")
    assert waiting
    assert not home.decisions.is_locked
    other = installation(tmp_path / "other", MemoryDumps(), {})
    restore(other, tmp_path / "b")
    assert other.dumps.contents["homes"] == "rows"
    assert contents(other.objects) == MODELS


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


def test_a_key_that_was_taken_back_since_the_backup_stays_so(home, tmp_path: Path) -> None:
    home.objects.create("keys/K1.json", b"{}")
    back_up(home, tmp_path / "b")
    home.objects.create("keys/K1.revoked.json", b"{}")
    restore(home, tmp_path / "b")
    restore(home, tmp_path / "b", is_replacing=True)
    assert home.objects.keys("keys/") == ["keys/K1.json", "keys/K1.revoked.json"]


def test_a_key_of_another_is_not_written_over(home, tmp_path: Path) -> None:
    home.objects.create("keys/K1.json", b'{"name": "of before"}')
    back_up(home, tmp_path / "b")
    other = installation(tmp_path / "other", MemoryDumps(), {"keys/K1.json": b'{"name": "new"}'})
    restore(other, tmp_path / "b", is_replacing=True)
    assert other.objects.read("keys/K1.json") == b'{"name": "new"}'


def test_into_an_empty_store_a_key_comes_back_that_was_taken_back_since(
    home, tmp_path: Path
) -> None:
    home.objects.create("keys/K1.json", b"{}")
    back_up(home, tmp_path / "b")
    home.objects.create("keys/K1.revoked.json", b"{}")
    other = installation(tmp_path / "other", MemoryDumps(), {})
    assert restore(other, tmp_path / "b", keys=ReturningKeys.KEEP).keys == ("K1",)
    assert other.objects.keys("keys/") == ["keys/K1.json"]


def test_no_key_lets_in_again_by_a_restore_before_somebody_has_said_so(
    home, tmp_path: Path
) -> None:
    for name in ("K1", "K2", "K2.revoked", "K10"):
        home.objects.create(f"keys/{name}.json", b"{}")
    back_up(home, tmp_path / "b")
    other = installation(tmp_path / "other", MemoryDumps(), {})
    with pytest.raises(Refused, match=r"\(K1, K10\).*--keys revoke.*--keys keep"):
        restore(other, tmp_path / "b", is_replacing=True)
    assert contents(other.objects) == {}
    assert other.dumps.contents == {}
    report = restore(other, tmp_path / "b", keys=ReturningKeys.REVOKE)
    assert report.keys == ("K1", "K10")
    ended = [key for key in other.objects.keys("keys/") if key.endswith(".revoked.json")]
    assert ended == [f"keys/K{n}.revoked.json" for n in (1, 10, 2)]
    assert b"is not known" in other.objects.read("keys/K1.revoked.json")
    # Done again, where the store has them by now, nothing is asked and nobody is let in.
    assert restore(other, tmp_path / "b").keys == ()
    assert [key for key in other.objects.keys("keys/") if key.endswith("d.json")] == ended


def test_a_restore_that_broke_off_lets_no_key_in(
    home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.objects.create("keys/K1.json", b"{}")
    back_up(home, tmp_path / "b")
    other = installation(tmp_path / "other", MemoryDumps(), {})
    create = other.objects.create

    def breaking(key: str, content: bytes) -> None:
        create(key, content)
        if key == "keys/K1.json":
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(other.objects, "create", breaking)
        restore(other, tmp_path / "b", keys=ReturningKeys.REVOKE)
    restore(other, tmp_path / "b")
    assert other.objects.keys("keys/") == ["keys/K1.json", "keys/K1.revoked.json"]


def test_whoever_decides_waits_for_no_object_that_is_read(
    home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, are_locked = home.objects.read, []

    def reading(key: str) -> bytes:
        are_locked.append(home.decisions.is_locked)
        return read(key)

    monkeypatch.setattr(home.objects, "read", reading)
    back_up(home, tmp_path / "b")
    assert are_locked == [False, False]


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
    with backup_file.writing(tmp_path / "b", AT.isoformat(), __version__) as backup:
        backup.add("spool/../../elsewhere", b"")
    other = installation(tmp_path / "other", MemoryDumps(), {})
    with pytest.raises(Corrupt, match="a file outside of"):
        restore(other, tmp_path / "b")


def test_a_restore_that_broke_off_is_done_again_and_loses_no_spool(
    home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spooled(home.spool_root / "candidate", range(20, 50))
    back_up(home, tmp_path / "b")
    other = installation(tmp_path / "other", MemoryDumps(), {})
    whole, written = Path.write_bytes, []

    def full(path: Path, content: bytes) -> int:
        written.append(path.name)
        if len(written) == 2:
            raise OSError(28, "No space left on device")
        return whole(path, content)

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(Path, "write_bytes", full)
        restore(other, tmp_path / "b")
    restore(other, tmp_path / "b")
    waiting = {}
    for name in ("candidate", "production"):
        spool = Spool(other.spool_root / name, sync=False)
        waiting[name] = (spool.counts().waiting, spool.counts().torn)
        spool.close()
    assert waiting == {"candidate": (30, 0), "production": (20, 0)}


def test_a_spool_that_is_gone_comes_back_beside_one_that_is_there(home, tmp_path: Path) -> None:
    spooled(home.spool_root / "candidate", range(20, 50))
    back_up(home, tmp_path / "b")
    shutil.rmtree(home.spool_root / "candidate")
    spooled(home.spool_root / "production", range(50, 55))
    restore(home, tmp_path / "b")
    for name, expected in (("candidate", 30), ("production", 25)):
        spool = Spool(home.spool_root / name, sync=False)
        assert spool.counts().waiting == expected
        spool.close()


def test_spools_of_one_name_in_folders_of_their_own_are_not_confused(home, tmp_path: Path) -> None:
    spooled(home.spool_root / "production-standby" / "production", range(20, 50))
    back_up(home, tmp_path / "b")
    other = installation(tmp_path / "other", MemoryDumps(), {})
    # The place where a volume is mounted is there before.
    (other.spool_root / "production-standby").mkdir(parents=True)
    restore(other, tmp_path / "b")
    for name, expected in (("production-standby/production", 30), ("production", 20)):
        spool = Spool(other.spool_root / name, sync=False)
        assert spool.counts().waiting == expected
        spool.close()
    assert list(other.spool_root.rglob("*.part")) == []


def test_objects_are_lost_only_once_the_databases_are_there(home, tmp_path: Path) -> None:
    back_up(home, tmp_path / "b")
    home.objects.create("models/BO2/manifest.json", b"{}")

    def away(_name: str, _dump: IO[bytes]) -> None:
        raise Unavailable("PostgreSQL does not answer")

    home.dumps.restore = away
    with pytest.raises(Unavailable):
        restore(home, tmp_path / "b", is_replacing=True)
    assert "models/BO2/manifest.json" in contents(home.objects)


def test_who_was_forgotten_since_the_backup_is_forgotten_in_it(home, tmp_path: Path) -> None:
    back_up(home, tmp_path / "b")
    forget_visitor(home, "a" * 32, actor="test", reason="asked")
    (order,) = home.erasures.orders
    assert "a" * 32 not in order.visitor
    report = restore(home, tmp_path / "b", is_replacing=True)
    assert (report.forgotten, home.erasures.orders) == (1, [order, order])


@pytest.mark.parametrize(("release", "is_refused"), [("0.0.99", False), ("10.0.0", True)])
def test_a_backup_of_a_later_release_is_refused_and_changes_nothing(
    tmp_path: Path, release: str, is_refused: bool
) -> None:
    with backup_file.writing(tmp_path / "b", AT.isoformat(), release) as backup:
        backup.add("databases/homes", b"rows")
    place = installation(tmp_path / "place", MemoryDumps(homes="before"), {})
    refusal = pytest.raises(
        Refused, match=rf"by release 10\.0\.0, and this is {__version__}; restore it by 10\.0\.0"
    )
    with refusal if is_refused else nullcontext():
        restore(place, tmp_path / "b")
    assert place.dumps.contents["homes"] == ("before" if is_refused else "rows")


def test_two_backups_at_once_do_not_write_into_one_another(home, tmp_path: Path) -> None:
    with backup_file.writing(tmp_path / "b", AT.isoformat(), __version__) as first:
        first.add("objects/a", b"1" * 100_000)
        back_up(home, tmp_path / "b")
        first.add("objects/b", b"2" * 100_000)
    assert backup_file.checked(tmp_path / "b").members.keys() == {"objects/a", "objects/b"}
    assert [path.name for path in tmp_path.glob("*.part")] == []
