"""What a model was asked when its process ended is read by the next one."""

from pathlib import Path

import pytest

from homeprices.domain.errors import Unavailable
from homeprices.stores.spool.crash_note import CrashNote
from homeprices.stores.spool.segments import pack
from support.service import prediction


@pytest.fixture
def note(tmp_path: Path) -> CrashNote:
    return CrashNote(tmp_path)


def test_what_was_not_cleared_is_read_by_the_next(tmp_path: Path, note: CrashNote) -> None:
    note.write(prediction(1))
    note.write(prediction(2, status=500))
    assert CrashNote(tmp_path).read() == prediction(2, status=500)


def test_nothing_is_read_after_an_answer_and_in_a_new_folder(
    tmp_path: Path, note: CrashNote
) -> None:
    assert note.read() is None
    note.write(prediction(1))
    note.clear()
    assert CrashNote(tmp_path).read() is None


@pytest.mark.parametrize("cut", range(0, len(pack(prediction(1))), 7))
def test_a_note_that_was_torn_is_no_note(tmp_path: Path, cut: int) -> None:
    (tmp_path / "asked").write_bytes(pack(prediction(1))[:cut])
    assert CrashNote(tmp_path).read() is None


def test_a_shorter_record_over_a_longer_one_is_read_alone(note: CrashNote) -> None:
    note.write(prediction(1, inputs={"location": "x" * 500}))
    note.write(prediction(2))
    assert note.read() == prediction(2)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be written"):
        CrashNote(tmp_path / "nowhere")
