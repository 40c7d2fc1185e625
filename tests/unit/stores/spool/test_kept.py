"""Uploaded segments are kept a while, and a spool that is set back uploads them again, once."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from homeprices.domain.errors import Refused
from homeprices.stores.spool import files, kept
from homeprices.stores.spool.files import PositionFile
from homeprices.stores.spool.hours import missing_records
from homeprices.stores.spool.segments import numbers_in, pack
from homeprices.stores.spool.spool import Spool, SpoolCounts
from homeprices.stores.spool.uploader import Uploader
from support.service import MemoryLog, prediction


def opened(folder: Path, hours: float = 48, budget: int = 40_000) -> Spool:
    """A spool whose segments hold some ten records."""
    return Spool(folder, sync=False, budget_bytes=budget, keep_hours=hours)


def uploaded(spool: Spool, numbers: range, log: MemoryLog) -> SpoolCounts:
    for number in numbers:
        asyncio.run(spool.append(prediction(number)))
        Uploader(spool, log).once()
    return spool.counts()


def everything(spool: Spool, log: MemoryLog) -> SpoolCounts:
    while Uploader(spool, log).once():
        pass
    return spool.counts()


def test_a_spool_that_is_set_back_uploads_again_what_a_restored_database_lacks(
    tmp_path: Path,
) -> None:
    spool = opened(tmp_path)
    before = uploaded(spool, range(40), MemoryLog())
    assert numbers_in(tmp_path / "uploaded")
    spool.close()
    assert kept.rewind(tmp_path) == 40
    assert kept.rewind(tmp_path) == 0
    again, log = opened(tmp_path), MemoryLog()
    assert (again.counts().waiting, again.counts().stored) == (40, 0)
    assert again.counts().issued == before.issued
    assert everything(again, log).stored == 40
    assert log.rows.keys() == {prediction(number).id for number in range(40)}
    again.close()


@pytest.mark.parametrize("step", ["link", "write", "unlink"])
def test_set_back_half_way_and_again_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    spool = opened(tmp_path)
    uploaded(spool, range(40), MemoryLog())
    spool.close()
    calls = []

    def dies(*arguments: object, **_named: object) -> None:
        calls.append(arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        where = {"link": (kept.os, "link"), "write": (PositionFile, "write")}
        patch.setattr(*where.get(step, (kept.Path, "unlink")), dies)
        kept.rewind(tmp_path)
    assert calls
    kept.rewind(tmp_path)
    again, log = opened(tmp_path), MemoryLog()
    assert (again.counts().issued, again.counts().waiting) == (40, 40)
    everything(again, log)
    assert len(log.rows) == 40
    again.close()


def test_what_was_kept_long_enough_or_is_too_much_goes(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    uploaded(spool, range(60), MemoryLog())
    place = tmp_path / "uploaded"
    oldest, *_, newest = numbers_in(place)
    old = time.time() - 49 * 3600
    os.utime(place / f"{oldest:010d}.seg", (old, old))
    uploaded(spool, range(60, 80), MemoryLog())
    assert oldest not in numbers_in(place)
    assert newest in numbers_in(place)
    uploaded(spool, range(80, 400), MemoryLog())
    assert sum(path.stat().st_size for path in place.iterdir()) <= 40_000
    spool.close()


def test_a_segment_with_room_left_is_kept_no_longer_than_a_full_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool, place = opened(tmp_path), tmp_path / "uploaded"
    uploaded(spool, range(3), MemoryLog())
    spool.tidy()
    assert not numbers_in(place)  # it is not an hour old
    monkeypatch.setattr(files, "LONGEST_OPEN_HOURS", 0)
    asyncio.run(spool.append(prediction(3)))
    spool.tidy()
    assert not numbers_in(place)  # a record waits
    everything(spool, MemoryLog())
    spool.tidy()
    (number,) = numbers_in(place)
    assert not numbers_in(tmp_path)
    old = time.time() - 49 * 3600
    os.utime(place / f"{number:010d}.seg", (old, old))
    spool.tidy()
    assert not numbers_in(place)
    assert uploaded(spool, range(4, 6), MemoryLog()).stored == 6
    spool.close()


def test_what_was_closed_with_room_left_is_uploaded_again_after_a_restore(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LONGEST_OPEN_HOURS", 0)
    spool = opened(tmp_path)
    uploaded(spool, range(3), MemoryLog())
    spool.tidy()
    uploaded(spool, range(3, 5), MemoryLog())
    spool.close()
    assert kept.rewind(tmp_path) == 5
    again, log = opened(tmp_path), MemoryLog()
    assert everything(again, log).stored == len(log.rows) == 5
    again.close()


def test_a_torn_write_behind_what_was_uploaded_costs_none_of_it(tmp_path: Path) -> None:
    spool, log = opened(tmp_path, hours=72), MemoryLog()
    uploaded(spool, range(5), log)
    spool.close()
    (segment,) = tmp_path.glob("*.seg")
    with segment.open("ab") as file:
        file.write(pack(prediction(5))[:3])
    again = opened(tmp_path, hours=72)
    assert (again.counts().torn, again.counts().stored) == (1, 5)
    assert missing_records(again.hours()) == 0
    assert numbers_in(tmp_path / "uploaded") == [int(segment.stem)]
    again.close()
    assert kept.rewind(tmp_path) == 5
    restored, database = opened(tmp_path, hours=72), MemoryLog()
    assert everything(restored, database).stored == 5
    assert database.rows == log.rows
    restored.close()


def test_a_segment_of_a_torn_write_alone_goes(tmp_path: Path) -> None:
    (tmp_path / "0000000001.seg").write_bytes(pack(prediction(1))[:3])
    spool = opened(tmp_path)
    assert spool.counts().torn == 1
    assert numbers_in(tmp_path) == numbers_in(tmp_path / "uploaded") == []
    spool.close()


def test_with_no_hours_nothing_is_kept(tmp_path: Path) -> None:
    spool = opened(tmp_path, hours=0)
    uploaded(spool, range(40), MemoryLog())
    assert not (tmp_path / "uploaded").exists()
    spool.close()


def test_a_spool_that_a_process_holds_is_not_set_back(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    with pytest.raises(Refused, match=f"belongs to process {os.getpid()}"):
        kept.rewind(tmp_path)
    spool.close()
