"""Frames are read back as written, whatever is torn off or damaged around them."""

from dataclasses import asdict

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeprices.domain.errors import Unreadable
from homeprices.domain.requests.records import Client, FeedbackRecord, PredictionRecord
from homeprices.stores.spool.segments import frames, pack, unpack
from support.service import prediction

FEEDBACK = FeedbackRecord("f1", 1.0, prediction(1).id, "rating", Client(), 4.0, "fine")
RECORDS = [prediction(1), FEEDBACK, prediction(3, inputs={"location": "Ḥebbāḷ ₹"})]
WHOLE = [pack(record) for record in RECORDS]


def _sound(content: bytes) -> list[object]:
    return [unpack(frame.payload) for frame in frames(content) if frame.sound]


def test_predictions_and_feedback_come_back_as_they_were() -> None:
    assert _sound(b"".join(WHOLE)) == RECORDS


@given(st.integers(1, sum(map(len, WHOLE)) - 1))
def test_a_cut_anywhere_leaves_the_records_before_it(length: int) -> None:
    content = b"".join(WHOLE)[:length]
    complete = sum(length >= end for end in (len(WHOLE[0]), len(WHOLE[0]) + len(WHOLE[1])))
    assert _sound(content) == RECORDS[:complete]


@given(st.integers(0, len(WHOLE[1]) - 1), st.integers(1, 255))
def test_one_damaged_byte_costs_one_record_and_not_the_next(place: int, change: int) -> None:
    damaged = bytearray(WHOLE[1])
    damaged[place] ^= change
    found = list(frames(WHOLE[0] + bytes(damaged) + WHOLE[2]))
    assert [frame.sound for frame in found] == [True, False, True]
    assert found[1].payload == bytes(damaged)


@given(st.binary(max_size=200))
def test_a_tail_of_anything_else_is_left_out(tail: bytes) -> None:
    found = list(frames(WHOLE[0] + tail))
    assert found[0].sound
    assert found[0].end == len(WHOLE[0])


def test_a_tail_of_zeros_is_no_record() -> None:
    assert len(list(frames(WHOLE[0] + bytes(4096)))) == 1


def _of_the_release_before(record: PredictionRecord | FeedbackRecord) -> bytes:
    """The payload that the release before 0003 wrote: without the fields added since."""
    kind = b"P" if isinstance(record, PredictionRecord) else b"F"
    fields = asdict(record)
    for name in ("served_arm", "feature_version", "price_production", "price_candidate"):
        fields.pop(name, None)
    del fields["caller"]["client_name"]
    return kind + msgspec.msgpack.encode(fields)


def test_frames_of_the_release_before_are_read() -> None:
    for record in RECORDS:
        assert unpack(_of_the_release_before(record)) == record


@pytest.mark.parametrize("payload", [b"", b"X123", b"P\xc1", b"F\x80", b"P\x01"])
def test_a_payload_that_is_no_record_says_so(payload: bytes) -> None:
    with pytest.raises(Unreadable):
        unpack(payload)
