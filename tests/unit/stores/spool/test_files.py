"""A segment writer that is refused by the disk keeps no file open, and writes again afterwards."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from homeprices.stores.spool import files
from homeprices.stores.spool.files import SegmentWriter


def fails(*_arguments: object) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def content_of(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.glob("*.seg"))]


def test_a_segment_whose_name_is_not_synced_is_closed_and_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, before = SegmentWriter(tmp_path, 1, sync=True, most_bytes=10), open_files()
    with monkeypatch.context() as broken:
        broken.setattr(files, "_sync_folder", fails)
        for _ in range(5):
            with pytest.raises(OSError, match="Input/output"):
                writer.write(b"refused")
    assert open_files() == before
    assert content_of(tmp_path) == []
    writer.write(b"taken")
    writer.close()
    assert content_of(tmp_path) == [b"taken"]


def closing_that_fails_once(file: int) -> Callable[[int], None]:
    """`os.close` on a disk that tells of an error by it: the file is closed all the same."""
    close, told = os.close, []

    def closed(closing: int) -> None:
        close(closing)
        if closing == file and not told:
            told.append(closing)
            fails()

    return closed


@pytest.mark.parametrize("at", ["rotation", "end"])
def test_a_segment_that_is_closed_with_an_error_is_let_go_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    writer = SegmentWriter(tmp_path, 1, sync=False, most_bytes=10)
    segment = writer.write(b"a whole one")
    assert writer._file is not None
    with monkeypatch.context() as broken:
        broken.setattr(
            "homeprices.stores.spool.files.os.close", closing_that_fails_once(writer._file)
        )
        with pytest.raises(OSError, match="Input/output"):
            writer.write(b"refused") if at == "rotation" else writer.close()
    assert not writer.is_open_on(segment)
    writer.write(b"the next")
    writer.close()
    assert content_of(tmp_path) == [b"a whole one", b"the next"]


def test_what_was_half_written_is_cut_whatever_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = SegmentWriter(tmp_path, 1, sync=False, most_bytes=100)
    writer.write(b"first ")
    write = os.write

    def interrupted(file: int, content: memoryview) -> int:
        write(file, content[:3])
        raise KeyboardInterrupt

    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr("homeprices.stores.spool.files.os.write", interrupted)
        writer.write(b"second")
    writer.write(b"third")
    writer.close()
    assert content_of(tmp_path) == [b"first ", b"third"]
