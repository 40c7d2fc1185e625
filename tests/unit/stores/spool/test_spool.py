"""The spool keeps what it acknowledged, and its counts always add up."""

import asyncio
import errno
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from homeprices.domain.errors import Refused, Unavailable
from homeprices.stores.spool import files
from homeprices.stores.spool.hours import Cell, cell_in, cell_of, missing_records
from homeprices.stores.spool.segments import pack, unpack
from homeprices.stores.spool.spool import Spool
from homeprices.stores.spool.uploader import Uploader
from support.service import MemoryLog, prediction


@pytest.fixture(params=[True, False], ids=["sync", "no sync"])
def spool(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Spool]:
    spool = Spool(tmp_path / "spool", sync=request.param)
    yield spool
    spool.close()


def append(spool: Spool, *numbers: int) -> None:
    async def all_at_once() -> None:
        await asyncio.gather(*(spool.append(prediction(number)) for number in numbers))

    asyncio.run(all_at_once())


def waiting(spool: Spool) -> list[str]:
    batch = spool.batch(10_000)
    return [unpack(frame.payload).id for frame in batch.frames] if batch else []


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.seg"))


def test_what_is_appended_waits_until_it_is_committed(spool: Spool) -> None:
    append(spool, 1, 2, 3)
    assert sorted(waiting(spool)) == [prediction(n).id for n in (1, 2, 3)]
    batch = spool.batch()
    assert batch is not None
    cells = Counter(map(cell_in, batch.frames))
    (cell,) = cells
    spool.commit(batch, stored=Counter({cell: 2}), set_aside=Counter({cell: 1}))
    assert spool.batch() is None
    counts = spool.counts()
    assert (counts.issued, counts.stored, counts.waiting, counts.set_aside) == (3, 2, 0, 1)


def test_what_waits_is_there_after_a_restart(tmp_path: Path) -> None:
    first = Spool(tmp_path, sync=False)
    append(first, 1)
    batch = first.batch()
    assert batch is not None
    first.commit(batch, stored=Counter(map(cell_in, batch.frames)))
    append(first, 2, 3)
    first.close()
    second = Spool(tmp_path, sync=False)
    append(second, 4)
    found = waiting(second)
    following = second.batch(1)
    assert found == [prediction(2).id, prediction(3).id]
    assert following is not None
    assert (second.counts().issued, second.counts().stored, second.counts().waiting) == (4, 1, 3)
    second.close()


def test_a_torn_last_record_is_dropped_and_counted(tmp_path: Path) -> None:
    first = Spool(tmp_path, sync=False)
    append(first, 1, 2)
    first.close()
    (segment,) = segments(tmp_path)
    with segment.open("ab") as file:
        file.write(pack(prediction(3))[:-5])
    second = Spool(tmp_path, sync=False)
    assert waiting(second) == [prediction(1).id, prediction(2).id]
    assert second.counts().torn == 1
    assert second.counts().issued == 2
    second.close()
    third = Spool(tmp_path, sync=False)
    assert third.counts().torn == 0
    third.close()


def cut_after(folder: Path, length: int) -> Spool:
    """The spool that a crash leaves when so much of the last of three records was written."""
    folder.mkdir()
    spool = Spool(folder, sync=False)
    append(spool, 1, 2)
    spool.close()
    (segment,) = segments(folder)
    with segment.open("ab") as file:
        file.write(pack(prediction(3))[:length])
    return Spool(folder, sync=False)


def test_the_last_record_may_be_torn_anywhere(tmp_path: Path) -> None:
    whole = len(pack(prediction(3)))
    for length in range(whole + 1):
        spool, log = cut_after(tmp_path / str(length), length), MemoryLog()
        append(spool, 4)
        while Uploader(spool, log).once():
            pass
        last = [3] if length == whole else []
        assert sorted(log.rows) == [prediction(n).id for n in (1, 2, *last, 4)]
        assert spool.counts().torn == (0 < length < whole)
        assert missing_records(spool.hours()) == 0
        spool.close()


def test_a_cut_into_what_was_acknowledged_is_missed(tmp_path: Path) -> None:
    whole = len(pack(prediction(2)))
    for cut in range(1, whole, 50):
        folder = tmp_path / str(cut)
        cut_after(folder, 0).close()
        (segment,) = segments(folder)
        os.truncate(segment, segment.stat().st_size - cut)
        spool, log = Spool(folder, sync=False), MemoryLog()
        Uploader(spool, log).once()
        assert sorted(log.rows) == [prediction(1).id]
        assert missing_records(spool.hours()) == 1
        spool.close()


def test_a_damaged_record_in_the_middle_is_set_aside_and_the_next_is_stored(
    tmp_path: Path,
) -> None:
    first = Spool(tmp_path, sync=False)
    for number in (1, 2, 3):
        append(first, number)
    first.close()
    (segment,) = segments(tmp_path)
    content = bytearray(segment.read_bytes())
    content[len(content) // 2] ^= 0xFF
    segment.write_bytes(content)
    second, log = Spool(tmp_path, sync=False), MemoryLog()
    Uploader(second, log).once()
    assert sorted(log.rows) == [prediction(1).id, prediction(3).id]
    assert (second.counts().stored, second.counts().set_aside) == (2, 1)
    assert b"damaged" in (tmp_path / "set_aside.jsonl").read_bytes()
    second.close()


def test_a_second_process_is_refused_and_told_who_has_the_folder(tmp_path: Path) -> None:
    first = Spool(tmp_path)
    with pytest.raises(Refused, match=f"belongs to process {os.getpid()}"):
        Spool(tmp_path)
    first.close()
    Spool(tmp_path).close()


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("damaged", ["lock", "position", "hours", "0000000001.seg"])
def test_a_folder_that_cannot_be_opened_is_unavailable_and_let_go_of(
    tmp_path: Path, damaged: str
) -> None:
    (tmp_path / damaged).mkdir()
    before = open_files()
    with pytest.raises(Unavailable, match=r"cannot be opened: Is a directory"):
        Spool(tmp_path)
    assert open_files() == before
    (tmp_path / damaged).rmdir()
    Spool(tmp_path).close()


@pytest.mark.parametrize("call", ["truncate", "unlink"])
def test_a_torn_tail_on_a_read_only_disk_is_unavailable_and_its_folder_is_let_go_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def refuses(*_arguments: object, **_named: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    (tmp_path / "0000000001.seg").write_bytes(b"torn" if call == "truncate" else b"")
    before = open_files()
    with monkeypatch.context() as broken, pytest.raises(Unavailable, match="Read-only"):
        broken.setattr(os, call, refuses)
        Spool(tmp_path)
    assert open_files() == before
    Spool(tmp_path).close()


def test_segments_that_are_stored_are_deleted(tmp_path: Path) -> None:
    spool = Spool(tmp_path, sync=False, budget_bytes=40_000)
    for number in range(60):
        append(spool, number)
    assert len(segments(tmp_path)) > 2
    while (batch := spool.batch()) is not None:
        spool.commit(batch, stored=Counter(map(cell_in, batch.frames)))
    assert len(segments(tmp_path)) == 1
    assert spool.counts().size_bytes < 5_000
    spool.close()


def test_a_full_budget_is_unavailable_and_uploading_makes_room(tmp_path: Path) -> None:
    spool = Spool(tmp_path, sync=False, budget_bytes=8_000)
    with pytest.raises(Unavailable, match="raise HOMES_SPOOL_BUDGET_MB"):
        for number in range(100):
            append(spool, number)
    kept = spool.counts().waiting
    assert 0 < kept < 100
    assert spool.counts().size_bytes <= 8_000
    while (batch := spool.batch()) is not None:
        spool.commit(batch, stored=Counter(map(cell_in, batch.frames)))
    append(spool, 200)
    assert spool.counts().stored == kept
    spool.close()


class SmallDisk:
    """Stands in for `os.write` on a disk with `room` bytes left; `failing` breaks syncs."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room = 10**9
        self._write = os.write
        monkeypatch.setattr("homeprices.stores.spool.files.os.write", self.write)

    def write(self, file: int, content: memoryview) -> int:
        if self.room <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = self._write(file, content[: self.room])
        self.room -= written
        return written


def test_a_full_disk_loses_nothing_acknowledged_and_is_used_again_when_there_is_space(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = SmallDisk(monkeypatch)
    append(spool, 1)
    disk.room = 50
    with pytest.raises(Unavailable, match="No space left on device; free some space"):
        append(spool, 2)
    with pytest.raises(Unavailable):
        append(spool, 3)
    assert spool.counts().issued == 1
    disk.room = 10**9
    append(spool, 4)
    log = MemoryLog()
    uploader = Uploader(spool, log)
    while uploader.once():
        pass
    assert sorted(log.rows) == [prediction(1).id, prediction(4).id]
    assert spool.counts().set_aside == 0


def test_a_failed_sync_acknowledges_nothing_and_starts_a_new_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(file: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    spool = Spool(tmp_path, sync=True)
    append(spool, 1)
    with monkeypatch.context() as broken:
        broken.setattr("homeprices.stores.spool.files.os.fdatasync", fails)
        with pytest.raises(Unavailable, match="cannot be written"):
            append(spool, 2)
    append(spool, 3)
    assert len(segments(tmp_path)) == 2
    spool.close()
    again = Spool(tmp_path)
    assert again.counts().waiting == 2
    again.close()


def test_a_closed_spool_takes_nothing_more(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.close()
    with pytest.raises(Unavailable, match="closed"):
        append(spool, 1)


def test_one_sync_serves_many_who_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    real = os.fdatasync
    monkeypatch.setattr(
        "homeprices.stores.spool.files.os.fdatasync", lambda file: (calls.append(1), real(file))
    )
    spool = Spool(tmp_path, sync=True)
    append(spool, *range(500))
    assert spool.counts().waiting == 500
    assert len(calls) < 100
    spool.close()


class Conservation(RuleBasedStateMachine):
    """Appends, uploads, poison, outages and restarts in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.log = MemoryLog()
        self.acknowledged: dict[str, Cell] = {}
        self.number = 0
        self.open()

    def open(self) -> None:
        self.spool = Spool(Path(self.folder.name), sync=False, budget_bytes=30_000)
        self.uploader = Uploader(self.spool, self.log)

    @rule(
        count=st.integers(1, 20),
        poisoned=st.booleans(),
        version=st.sampled_from(["BO1", "CO2", None]),
        hour=st.integers(0, 3),
    )
    def issue(self, count: int, poisoned: bool, version: str | None, hour: int) -> None:
        for _ in range(count):
            self.number += 1
            record = prediction(self.number, model_version=version, at=3600.0 * hour)
            if poisoned:
                self.log.poison.add(record.id)
            try:
                asyncio.run(self.spool.append(record))
            except Unavailable:
                continue
            self.acknowledged[record.id] = cell_of(record)

    @rule()
    def upload_one_batch(self) -> None:
        try:
            self.uploader.once()
        except Unavailable:
            assert self.log.away

    @rule(hours=st.sampled_from([0, 1]))
    def tidy(self, hours: int) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(files, "LONGEST_OPEN_HOURS", hours)
            self.spool.tidy()

    @rule(away=st.booleans())
    def database(self, away: bool) -> None:
        self.log.away = away

    @rule(torn=st.binary(max_size=30))
    def restart(self, torn: bytes) -> None:
        self.spool.close()
        for segment in segments(Path(self.folder.name))[-1:]:
            with segment.open("ab") as file:
                file.write(torn)
        self.open()

    @rule()
    def kill(self) -> None:
        """What is on the disk at this moment is all there is."""
        copy = tempfile.TemporaryDirectory()
        shutil.copytree(self.folder.name, copy.name, dirs_exist_ok=True)
        self.spool.close()
        self.folder.cleanup()
        self.folder = copy
        self.open()

    @invariant()
    def of_every_version_and_hour_so(self) -> None:
        rows = self.spool.hours()
        issued = Counter({(row.model_version, row.hour): row.issued for row in rows})
        stored = Counter({(row.model_version, row.hour): row.stored for row in rows})
        assert issued == Counter(self.acknowledged.values())
        assert stored == Counter(map(cell_of, self.log.rows.values()))
        assert [row.missing for row in rows] == [0] * len(rows)

    @invariant()
    def issued_is_stored_and_waiting_and_set_aside(self) -> None:
        counts = self.spool.counts()
        assert counts.issued == len(self.acknowledged)
        assert counts.issued == counts.stored + counts.waiting + counts.set_aside
        assert counts.stored == len(self.log.rows)
        assert counts.set_aside <= len(self.log.poison)

    def teardown(self) -> None:
        self.log.away = False
        while self.uploader.once():
            pass
        assert set(self.log.rows) == set(self.acknowledged) - self.log.poison
        self.spool.close()
        self.folder.cleanup()


TestConservation = Conservation.TestCase
TestConservation.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
