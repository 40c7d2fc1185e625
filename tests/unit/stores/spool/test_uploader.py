"""The uploader stores everything once, waits out outages, and finds rows that poison a batch."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from homeprices.domain.errors import Unavailable
from homeprices.stores.spool import files
from homeprices.stores.spool.segments import numbers_in
from homeprices.stores.spool.spool import Spool
from homeprices.stores.spool.uploader import Uploader
from support.service import MemoryLog, prediction


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    spool = Spool(tmp_path / "spool", sync=False)
    yield spool
    spool.close()


def append(spool: Spool, *numbers: int) -> None:
    for number in numbers:
        asyncio.run(spool.append(prediction(number)))


def until(true: Callable[[], object]) -> None:
    latest = monotonic() + 10
    while not true():
        assert monotonic() < latest
        sleep(0.005)


def test_poisoned_rows_are_found_kept_aside_with_the_reason_and_counted(spool: Spool) -> None:
    log = MemoryLog()
    append(spool, *range(40))
    log.poison = {prediction(7).id, prediction(8).id, prediction(31).id}
    assert Uploader(spool, log).once() == 40
    assert set(log.rows) == {prediction(n).id for n in range(40)} - log.poison
    lines = (spool.folder / "set_aside.jsonl").read_text().splitlines()
    kept = [json.loads(line) for line in lines]
    assert {one["record"]["id"] for one in kept} == log.poison
    assert "poisoned" in kept[0]["reason"]
    counts = spool.counts()
    assert (counts.stored, counts.set_aside, counts.waiting) == (37, 3, 0)


def test_an_outage_keeps_all_rows_waiting_and_they_arrive_when_it_ends(spool: Spool) -> None:
    log = MemoryLog()
    log.away = True
    uploader = Uploader(spool, log, rest_s=0.005, longest_wait_s=0.02)
    uploader.start()
    append(spool, 1, 2, 3)
    until(lambda: uploader.problem)
    assert "PostgreSQL does not answer" in str(uploader.problem)
    assert spool.counts().waiting == 3
    log.away = False
    until(lambda: spool.counts().stored == 3)
    until(lambda: uploader.problem is None)
    uploader.stop()
    assert not uploader.is_running


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_has_died_does_not_run(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "batch", lambda: 1 / 0)
    uploader = Uploader(spool, MemoryLog(), rest_s=0.05)
    assert not uploader.is_running
    uploader.start()
    assert uploader.is_running
    until(lambda: not uploader.is_running)


def test_a_spool_is_tidied_though_nothing_comes(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LONGEST_OPEN_HOURS", 0)
    monkeypatch.setattr("homeprices.stores.spool.uploader.TIDY_EVERY_S", 0.01)
    append(spool, 1)
    uploader = Uploader(spool, MemoryLog(), rest_s=0.005)
    uploader.start()
    until(lambda: spool.counts().stored == 1 and not numbers_in(spool.folder))
    uploader.stop()


def test_a_batch_that_was_stored_but_not_committed_is_stored_once(spool: Spool) -> None:
    log = MemoryLog()
    append(spool, 1, 2)
    batch = spool.batch()
    assert batch is not None
    log.store([prediction(1), prediction(2)])
    Uploader(spool, log).once()
    assert len(log.rows) == 2
    assert spool.counts().stored == 2


def test_stopping_stores_what_still_waits(spool: Spool) -> None:
    log = MemoryLog()
    uploader = Uploader(spool, log, rest_s=60)
    uploader.start()
    append(spool, 1, 2)
    uploader.stop(within_s=5)
    assert len(log.rows) == 2


def test_stopping_in_an_outage_takes_no_longer_than_it_may(spool: Spool) -> None:
    log = MemoryLog()
    log.away = True
    append(spool, 1)
    uploader = Uploader(spool, log, rest_s=0.01)
    uploader.start()
    began = monotonic()
    uploader.stop(within_s=1)
    assert monotonic() - began < 2
    assert spool.counts().waiting == 1


def test_without_space_for_the_set_aside_file_nothing_moves_on(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = MemoryLog()
    append(spool, 1)
    log.poison = {prediction(1).id}

    def full(self: Uploader, lines: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as small:
        small.setattr(Uploader, "_set_aside", full)
        with pytest.raises(OSError, match="No space"):
            Uploader(spool, log).once()
    assert spool.counts().waiting == 1
    Uploader(spool, log).once()
    assert spool.counts().set_aside == 1


def test_an_outage_is_raised_to_whoever_asks_for_one_batch(spool: Spool) -> None:
    log = MemoryLog()
    log.away = True
    append(spool, 1)
    with pytest.raises(Unavailable):
        Uploader(spool, log).once()
