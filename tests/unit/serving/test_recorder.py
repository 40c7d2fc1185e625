"""The recorder tells of every spool it holds, also of those that past workers have left."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep, thread_time

import pytest

from homeprices.domain.errors import Refused
from homeprices.serving.app import create_app
from homeprices.serving.recorder import REMEMBERED, OpenSpools, Recorder
from homeprices.stores.spool.spool import Spool
from homeprices.stores.spool.uploader import Uploader
from support.client import Client
from support.service import MemoryLog, Service, prediction


class ClosableLog(MemoryLog):
    closed = False

    def close(self) -> None:
        self.closed = True


class BrokenUploader(Uploader):
    def stop(self, within_s: float = 3.0) -> None:
        super().stop(within_s)
        raise OSError("no space left on the device")


def _left(folder: Path, *numbers: int) -> None:
    """What a worker that is no more has left in `folder`."""
    spool = Spool(folder, sync=False)
    for number in numbers:
        asyncio.run(spool.append(prediction(number)))
    spool.close()


def _opened(
    *folders: Path, log: MemoryLog, kind: type[Uploader] = Uploader, budget_bytes: int = 1 << 20
) -> OpenSpools:
    def open_spools() -> list[tuple[Spool, Uploader]]:
        spools = [Spool(folder, sync=False, budget_bytes=budget_bytes) for folder in folders]
        return [(spool, kind(spool, log, rest_s=0.01, longest_wait_s=0.02)) for spool in spools]

    return open_spools


def _until(true: Callable[[], object]) -> None:
    latest = monotonic() + 10
    while not true():
        assert monotonic() < latest
        sleep(0.005)


def test_counts_and_problems_are_those_of_all_spools(tmp_path: Path) -> None:
    own, left = tmp_path / "production", tmp_path / "production-2"
    _left(left, 1, 2, 3)
    log = MemoryLog()
    log.away = True
    recorder = Recorder(_opened(own, left, log=log))
    recorder.open()
    asyncio.run(recorder.append(prediction(4)))
    _until(recorder.problems)
    counts = recorder.counts()
    assert (counts.issued, counts.waiting, counts.budget_bytes) == (4, 4, 2 << 20)
    assert len(recorder.problems()) == 1
    assert "PostgreSQL does not answer" in recorder.problems()[0]
    assert recorder.problems(is_database_away=True) == []
    log.away = False
    _until(lambda: recorder.counts().stored == 4)
    _until(lambda: recorder.problems() == [])
    recorder.close()
    assert len(log.rows) == 4


def test_health_tells_of_a_left_spool_that_is_not_uploaded(tmp_path: Path) -> None:
    service = Service(tmp_path / "spool")
    _left(tmp_path / "spool-2", 1)
    away = MemoryLog()
    away.away = True
    spool = Spool(tmp_path / "spool-2", sync=False)
    uploader = Uploader(spool, away, rest_s=0.01, longest_wait_s=0.02)
    spools = [(service.spool, service.uploader), (spool, uploader)]
    dependencies = replace(service.dependencies, open_spools=lambda: spools)
    with Client(create_app(dependencies)) as client:
        client.until(lambda: "PostgreSQL does not answer" in client.get("/api/health").text)
        assert client.get("/api/health").json()["spool"]["waiting"] == 1
        away.away = False
        client.until(lambda: client.get("/api/health").json()["status"] == "healthy")
        uploader.stop()
        reasons = client.get("/api/health").json()["reasons"]
    assert reasons == [
        "the spool spool-2 is not uploaded: its thread has ended; restart the service"
    ]


def test_a_spool_that_is_nearly_full_is_told_however_empty_the_others_are(tmp_path: Path) -> None:
    log = MemoryLog()
    log.away = True
    recorder = Recorder(_opened(tmp_path / "a", tmp_path / "a-2", log=log, budget_bytes=4000))
    recorder.open()
    size = 0
    while recorder.counts().size_bytes + size <= 4000:
        before = recorder.counts().size_bytes
        asyncio.run(recorder.append(prediction(size)))
        size = recorder.counts().size_bytes - before
    assert any("of 4,000 bytes" in sentence for sentence in recorder.problems())
    log.away = False
    recorder.close()


class NoSpool:
    async def append(self, record: object) -> None:
        pass


def _recorded(recorder: Recorder, numbers: range) -> float:
    """Records so many prices; the seconds of this thread that it took."""
    records = [prediction(number, price=float(number)) for number in numbers]

    async def record_all() -> float:
        began = thread_time()
        for record in records:
            await recorder.append(record)
        return thread_time() - began

    return asyncio.run(record_all())


def test_the_oldest_price_is_forgotten_as_fast_as_the_first_are_remembered() -> None:
    recorder = Recorder(lambda: [])
    recorder.spool = NoSpool()  # type: ignore[assignment]
    filling = _recorded(recorder, range(REMEMBERED))
    full = _recorded(recorder, range(REMEMBERED, 2 * REMEMBERED))
    assert recorder.price(prediction(REMEMBERED - 1).id) is None
    assert recorder.price(prediction(REMEMBERED).id) == REMEMBERED
    assert full < 5 * filling


def test_every_spool_is_given_back_and_every_log_closed_also_when_one_raises(
    tmp_path: Path,
) -> None:
    folders = tmp_path / "a", tmp_path / "a-2"
    log = ClosableLog()
    recorder = Recorder(_opened(*folders, log=log, kind=BrokenUploader))
    recorder.open()
    with pytest.raises(Refused):
        Spool(folders[1])
    with pytest.raises(OSError, match="no space left"):
        recorder.close()
    assert log.closed
    for folder in folders:
        Spool(folder, sync=False).close()
