"""The thread that writes for many at once outlives whatever befalls one batch."""

import asyncio
from collections.abc import Iterator, Sequence

import pytest

from homeprices.domain.errors import Unavailable
from homeprices.stores.spool.group import GroupWriter


class Disk:
    """What was written; `error` is raised instead."""

    def __init__(self) -> None:
        self.frames: list[str] = []
        self.error: Exception | None = None

    def write(self, batch: Sequence[str]) -> None:
        if self.error is not None:
            raise self.error
        self.frames += batch


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def writer(disk: Disk) -> Iterator[GroupWriter[str]]:
    writer = GroupWriter(disk.write)
    yield writer
    writer.close()


def put(writer: GroupWriter[str], frame: str) -> None:
    asyncio.run(asyncio.wait_for(writer.put(frame), 5))


def test_an_error_that_nobody_expects_is_logged_and_refuses_its_batch_alone(
    disk: Disk, writer: GroupWriter[str], caplog: pytest.LogCaptureFixture
) -> None:
    disk.error = LookupError("no such cell")
    with pytest.raises(Unavailable, match="cannot be recorded; the service's log says why"):
        put(writer, "refused")
    disk.error = None
    put(writer, "taken")
    assert disk.frames == ["taken"]
    (told,) = caplog.records
    assert told.levelname == "ERROR"
    assert told.exc_info is not None
    assert told.exc_info[0] is LookupError


def test_an_expected_error_is_said_to_who_waits_and_not_logged(
    disk: Disk, writer: GroupWriter[str], caplog: pytest.LogCaptureFixture
) -> None:
    disk.error = Unavailable("the disk is full")
    with pytest.raises(Unavailable, match="the disk is full"):
        put(writer, "refused")
    assert caplog.records == []


def test_who_left_while_the_batch_was_written_keeps_nobody_waiting(
    disk: Disk, writer: GroupWriter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their loop may be closed between the question whether it is and the call."""

    def closed(*_arguments: object) -> None:
        raise RuntimeError("Event loop is closed")

    async def leave() -> None:
        loop = asyncio.get_running_loop()
        with monkeypatch.context() as patch:
            patch.setattr(loop, "call_soon_threadsafe", closed)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(writer.put("left"), 0.2)

    asyncio.run(leave())
    put(writer, "next")
    assert disk.frames == ["left", "next"]
