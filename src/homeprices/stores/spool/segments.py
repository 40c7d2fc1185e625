"""The form of the spool's files: frames, each a mark, a length, a checksum and one record."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import msgspec

from homeprices.domain.errors import Unreadable
from homeprices.domain.requests.records import FeedbackRecord, PredictionRecord

Record = PredictionRecord | FeedbackRecord

MARK = b"\xa5\xf2"
MOST_PAYLOAD_BYTES = 1 << 20
_HEAD = struct.Struct("<2sII")
PREDICTION_KIND, FEEDBACK_KIND = b"P", b"F"
_KINDS: dict[bytes, type[Record]] = {
    PREDICTION_KIND: PredictionRecord,
    FEEDBACK_KIND: FeedbackRecord,
}
_ENCODER = msgspec.msgpack.Encoder()


@dataclass(frozen=True, slots=True)
class Frame:
    """One record's bytes and where they end in the file; `sound` is False for damaged bytes."""

    payload: bytes
    end: int
    sound: bool = True


def pack(record: Record) -> bytes:
    """The frame that holds `record`; raises Unreadable for one that is too long."""
    kind = PREDICTION_KIND if isinstance(record, PredictionRecord) else FEEDBACK_KIND
    payload = kind + _ENCODER.encode(record)
    if len(payload) > MOST_PAYLOAD_BYTES:
        raise Unreadable(
            f"a record must be at most {MOST_PAYLOAD_BYTES:,} bytes; got {len(payload):,}"
        )
    return _HEAD.pack(MARK, len(payload), crc32(payload)) + payload


def unpack(payload: bytes) -> Record:
    """The record in a frame's payload; raises Unreadable."""
    kind = _KINDS.get(payload[:1])
    if kind is None:
        raise Unreadable(f"a record starts with P or F; got {payload[:1]!r}")
    try:
        return msgspec.msgpack.decode(payload[1:], type=kind)
    except msgspec.DecodeError as error:
        raise Unreadable(f"not a {kind.__name__}: {error}") from error


def frames(content: bytes) -> Iterator[Frame]:
    """The frames of `content` in order; bytes that no frame follows are left out.

    Damage in the middle is one frame that is not sound, up to the next whole
    frame: what was written after it is not lost with it.
    """
    start = 0
    while start < len(content):
        frame = _frame_at(content, start)
        if frame is None:
            following = _next_whole(content, start + 1)
            if following is None:
                return
            frame = Frame(content[start:following], following, sound=False)
        yield frame
        start = frame.end


def _frame_at(content: bytes, start: int) -> Frame | None:
    if len(content) - start < _HEAD.size:
        return None
    mark, length, check = _HEAD.unpack_from(content, start)
    first = start + _HEAD.size
    if mark != MARK or not 0 < length <= min(MOST_PAYLOAD_BYTES, len(content) - first):
        return None
    payload = content[first : first + length]
    return Frame(payload, first + length) if crc32(payload) == check else None


def _next_whole(content: bytes, start: int) -> int | None:
    place = content.find(MARK, start)
    while place >= 0:
        if _frame_at(content, place) is not None:
            return place
        place = content.find(MARK, place + 1)
    return None


def path_of(folder: Path, number: int) -> Path:
    """The file of segment `number`."""
    return folder / f"{number:010d}.seg"


def numbers_in(folder: Path) -> list[int]:
    """The segments that exist in `folder`, ascending."""
    return sorted(int(path.stem) for path in folder.glob("*.seg") if path.stem.isdigit())
