"""Records are counted by version and hour, and one that is missing is missed in its own hour."""

import asyncio
import math
import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeprices.domain.errors import Unavailable
from homeprices.domain.requests.records import Client, FeedbackRecord
from homeprices.ports import RequestLog
from homeprices.stores.spool import kept
from homeprices.stores.spool.checkpoint import Checkpoint, HoursFile
from homeprices.stores.spool.files import PositionFile
from homeprices.stores.spool.hours import (
    DAMAGED,
    EARLIER,
    FEEDBACK,
    MOST_HOURS,
    NO_HOUR,
    NO_VERSION,
    UNREADABLE,
    Cell,
    CellCounts,
    HourlyCounts,
    cell_in,
    cell_of,
    missing_records,
    newest_apart,
)
from homeprices.stores.spool.segments import Frame, Record, frames, numbers_in, pack, path_of
from homeprices.stores.spool.spool import Spool
from homeprices.stores.spool.uploader import Uploader
from support.service import MemoryLog, prediction

HOUR = 498_055
OPINION = FeedbackRecord("1", HOUR * 3600.0, prediction(1).id, "rating", Client(), 4.0)


def of_hour(number: int, hour: int, version: str | None = "BO1") -> Record:
    return prediction(number, at=hour * 3600.0 + 1, model_version=version)


def append(spool: Spool, *records: Record) -> None:
    for record in records:
        asyncio.run(spool.append(record))


def stored(spool: Spool) -> dict[Cell, int]:
    return {(row.model_version, row.hour): row.stored for row in spool.hours() if row.stored}


def copied(folder: Path) -> Path:
    """What a kill at this moment leaves."""
    copy = folder.with_name(f"{folder.name} copied")
    shutil.copytree(folder, copy)
    return copy


def upload(spool: Spool, log: RequestLog) -> None:
    while Uploader(spool, log).once():
        pass


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path, sync=False)


@given(at=st.floats(allow_nan=True), version=st.none() | st.sampled_from(["BO1", "CO7"]))
def test_a_record_is_counted_where_its_bytes_are(at: float, version: str | None) -> None:
    for record in (prediction(1, at=at, model_version=version), replace(OPINION, at=at)):
        (frame,) = frames(pack(record))
        assert cell_in(frame) == cell_of(record)


def test_what_has_no_version_or_hour_has_a_name_of_its_own() -> None:
    assert cell_of(of_hour(1, HOUR)) == ("BO1", HOUR)
    assert cell_of(of_hour(1, HOUR, None)) == (NO_VERSION, HOUR)
    assert cell_of(OPINION) == (FEEDBACK, HOUR)
    assert [cell_of(prediction(1, at=at))[1] for at in (1e18, -1.0, math.nan)] == [NO_HOUR] * 3
    for payload in (b"", b"X", b"P\x01", b"P\x80"):
        assert cell_in(Frame(payload, 1)) == (UNREADABLE, NO_HOUR)
    assert cell_in(Frame(b"P", 1, sound=False)) == (DAMAGED, NO_HOUR)


def test_every_version_and_hour_has_its_counts_and_they_last(tmp_path: Path, spool: Spool) -> None:
    log = MemoryLog()
    log.poison = {prediction(2).id}
    append(spool, of_hour(1, HOUR), of_hour(2, HOUR), of_hour(3, HOUR + 1, "CO2"), OPINION)
    upload(spool, log)
    append(spool, of_hour(4, HOUR), of_hour(5, HOUR, None))
    expected = {
        ("BO1", HOUR): (3, 1, 1, 1),
        ("CO2", HOUR + 1): (1, 1, 0, 0),
        (FEEDBACK, HOUR): (1, 1, 0, 0),
        (NO_VERSION, HOUR): (1, 0, 1, 0),
    }
    for _ in range(2):
        rows = {
            (row.model_version, row.hour): (row.issued, row.stored, row.waiting, row.set_aside)
            for row in spool.hours()
        }
        assert rows == expected
        spool.close()
        spool = Spool(tmp_path, sync=False)
    spool.close()


class Forgetful(Uploader):
    """Does not hand over the last record of a batch."""

    def _store(self, records: Sequence[Record]):
        return super()._store(records[:-1])


def test_a_record_that_an_uploader_forgets_is_missed_in_its_hour(spool: Spool) -> None:
    append(spool, of_hour(1, HOUR), of_hour(2, HOUR + 1))
    Forgetful(spool, MemoryLog()).once()
    assert {row.hour: row.missing for row in spool.hours()} == {HOUR: 0, HOUR + 1: 1}
    counts = spool.counts()
    assert counts.issued - counts.stored - counts.waiting - counts.set_aside == 1
    spool.close()


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_segment_that_was_deleted_is_missed_after_a_restart(
    tmp_path: Path, spool: Spool, is_killed: bool
) -> None:
    append(spool, *(of_hour(number, HOUR) for number in range(5)))
    spool.tidy() if is_killed else spool.close()
    (number,) = numbers_in(tmp_path)
    path_of(tmp_path, number).unlink()
    if is_killed:
        spool.close()
    again = Spool(tmp_path, sync=False)
    append(again, of_hour(9, HOUR), of_hour(10, HOUR + 1))
    upload(again, MemoryLog())
    assert {row.hour: row.missing for row in again.hours()} == {HOUR: 5, HOUR + 1: 0}
    again.close()


def test_damaged_records_are_missing_where_they_were_issued_and_only_there(
    tmp_path: Path, spool: Spool
) -> None:
    append(spool, of_hour(1, HOUR), of_hour(2, HOUR + 1), of_hour(3, HOUR + 1), of_hour(4, HOUR))
    (number,) = numbers_in(tmp_path)
    content = bytearray(path_of(tmp_path, number).read_bytes())
    ends = [frame.end for frame in frames(bytes(content))]
    content[ends[0] + 20] ^= 0xFF
    content[ends[1] + 20] ^= 0xFF
    path_of(tmp_path, number).write_bytes(content)
    upload(spool, MemoryLog())
    assert stored(spool) == {("BO1", HOUR): 2}
    assert {(row.model_version, row.missing) for row in spool.hours()} == {
        ("BO1", 0),
        ("BO1", 2),
        (DAMAGED, 0),
    }
    assert spool.counts().waiting == 0
    spool.close()


def test_hours_of_long_ago_become_one_sum_but_not_while_they_wait(
    tmp_path: Path, spool: Spool
) -> None:
    log = MemoryLog()
    append(spool, of_hour(0, HOUR))
    log.away = True
    for number in range(1, 2 * MOST_HOURS):
        append(spool, of_hour(number, HOUR + number))
        with pytest.raises(Unavailable):
            Uploader(spool, log).once()
    assert len(spool.hours()) == 2 * MOST_HOURS
    log.away = False
    upload(spool, log)
    rows = spool.hours()
    assert [row.model_version for row in rows].count(EARLIER) == 1
    assert len(rows) == MOST_HOURS + 1
    assert missing_records(rows) == 0
    assert sum(row.stored for row in rows) == 2 * MOST_HOURS
    spool.close()
    assert Spool(tmp_path, sync=False).hours() == rows


def test_a_clock_that_was_set_wrong_does_not_keep_hours_of_today_out() -> None:
    hours = HourlyCounts({})
    for hour in [*range(900_000, 900_000 + MOST_HOURS), HOUR]:
        hours.issue(("BO1", hour))
        hours.settle({("BO1", hour): 1}, {})
        hours.fold({})
    assert ("BO1", HOUR, CellCounts(1, 1, 0)) in hours.snapshot(0, 0).cells


def test_what_is_shown_is_few_and_adds_up_to_all() -> None:
    hours = HourlyCounts({})
    for number in range(30):
        hours.issue(("BO1" if number % 2 else "CO1", HOUR + number // 2))
    rows = list(hours.rows(Counter()))
    shown = newest_apart(rows, 6)
    assert sum(row.issued for row in shown) == 30
    assert [row.hour for row in shown] == [NO_HOUR] * 2 + [HOUR + 9 + n // 2 for n in range(12)]


def test_what_is_uploaded_again_is_counted_in_its_hour_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path, sync=False, budget_bytes=40_000, keep_hours=48)
    log = MemoryLog()
    log.poison = {prediction(7).id}
    records = [of_hour(number, HOUR + number // 10) for number in range(40)]
    for record in records:
        append(spool, record)
        upload(spool, log)
    before = spool.hours()
    spool.close()
    assert kept.rewind(tmp_path) == 40
    again = Spool(tmp_path, sync=False, budget_bytes=40_000, keep_hours=48)
    assert (again.counts().issued, again.counts().waiting, missing_records(again.hours())) == (
        40,
        40,
        0,
    )
    upload(again, log)
    assert sorted(again.hours(), key=str) == sorted(before, key=str)
    again.close()


@pytest.mark.parametrize("part", ["hours", "position"])
def test_a_kill_in_the_middle_of_a_commit_leaves_both_as_they_were_or_both_as_they_are(
    tmp_path: Path, spool: Spool, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    log = MemoryLog()
    append(spool, of_hour(1, HOUR))
    upload(spool, log)
    append(spool, of_hour(2, HOUR), of_hour(3, HOUR + 1))

    def dies(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(HoursFile if part == "hours" else PositionFile, "write", dies)
        upload(spool, log)
    copy = copied(tmp_path)
    again = Spool(copy, sync=False)
    assert missing_records(again.hours()) == 0
    assert stored(again) == {("BO1", HOUR): 1}
    upload(again, log)
    assert stored(again) == {("BO1", HOUR): 2, ("BO1", HOUR + 1): 1}
    assert missing_records(again.hours()) == 0
    again.close()
    spool.close()


def test_counts_by_hour_that_are_torn_anywhere_leave_the_sums(tmp_path: Path, spool: Spool) -> None:
    append(spool, of_hour(1, HOUR))
    upload(spool, MemoryLog())
    spool.close()
    content = (tmp_path / "hours").read_bytes()
    start = len(content) // 2
    length = len(content[start:].rstrip(b"\0"))
    assert length > 20
    for cut in range(start, start + length):
        (tmp_path / "hours").write_bytes(content[:cut])
        again = Spool(tmp_path, sync=False)
        assert stored(again) == {(EARLIER, NO_HOUR): 1}
        assert missing_records(again.hours()) == 0
        again.close()


def test_without_space_for_counts_by_hour_records_are_stored_and_counted_all_the_same(
    tmp_path: Path, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(HoursFile, "write", full)
    append(spool, of_hour(1, HOUR))
    upload(spool, MemoryLog())
    assert stored(spool) == {("BO1", HOUR): 1}
    spool.close()
    again = Spool(tmp_path, sync=False)
    assert stored(again) == {(EARLIER, NO_HOUR): 1}
    assert missing_records(again.hours()) == 0
    again.close()


def test_a_folder_that_the_release_before_went_on_with_keeps_its_sums(
    tmp_path: Path, spool: Spool
) -> None:
    append(spool, of_hour(1, HOUR), of_hour(2, HOUR))
    upload(spool, MemoryLog())
    spool.close()
    place = PositionFile(tmp_path / "position", sync=False)
    place.write(replace(place.position, stored=7))
    place.close()
    again = Spool(tmp_path, sync=False)
    assert stored(again) == {(EARLIER, NO_HOUR): 7}
    assert (again.counts().issued, missing_records(again.hours())) == (7, 0)
    again.close()


def test_an_uploader_that_comes_back_late_writes_nothing_into_a_closed_spool(
    tmp_path: Path, spool: Spool
) -> None:
    append(spool, of_hour(1, HOUR))
    batch = spool.batch()
    assert batch is not None
    spool.close()
    with pytest.raises(OSError, match="the spool is closed"):
        spool.commit(batch, stored=Counter(map(cell_in, batch.frames)))
    again = Spool(tmp_path, sync=False)
    assert (again.counts().waiting, missing_records(again.hours())) == (1, 0)
    again.close()


def test_counts_are_told_and_tidied_beside_writing_and_none_is_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = HourlyCounts.issue

    def slowly(counts: HourlyCounts, cell: Cell, count: int = 1) -> None:
        time.sleep(0.0005)  # another thread's turn
        issue(counts, cell, count)

    monkeypatch.setattr(HourlyCounts, "issue", slowly)
    spool, ended = Spool(tmp_path / "spool", sync=False), Event()

    def again_and_again(work: Callable[[], object]) -> None:
        while not ended.is_set():
            work()

    with ThreadPoolExecutor(2) as pool:
        others = [pool.submit(again_and_again, work) for work in (spool.tidy, spool.hours)]
        append(spool, *(prediction(number) for number in range(200)))
        ended.set()
    assert [other.exception() for other in others] == [None, None]
    assert (spool.counts().issued, missing_records(spool.hours())) == (200, 0)
    spool.close()


def test_what_is_kept_at_the_end_is_not_older_than_what_a_late_uploader_has_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path, sync=False)
    append(spool, *(prediction(number) for number in range(10)))
    batch = spool.batch()
    assert batch is not None
    write, is_kept, may_go_on = Checkpoint.write, Event(), Event()

    def write_and_wait(*arguments: Any) -> None:
        write(*arguments)
        is_kept.set()
        may_go_on.wait(10)

    monkeypatch.setattr(Checkpoint, "write", write_and_wait)
    with ThreadPoolExecutor(2) as pool:
        late = pool.submit(spool.commit, batch, stored=Counter({cell_of(prediction(1)): 10}))
        is_kept.wait(10)
        append(spool, prediction(10))
        monkeypatch.setattr(Checkpoint, "write", write)
        closing = pool.submit(spool.close)
        with pytest.raises(TimeoutError):
            closing.result(0.2)
        may_go_on.set()
        assert (late.exception(), closing.exception()) == (None, None)
    again = Spool(tmp_path)
    assert (again.counts().stored, again.counts().waiting) == (10, 1)
    assert missing_records(again.hours()) == 0
