"""The request that a model is asked about, kept where it outlives the process that asks."""

import os
from pathlib import Path

from homeprices.domain.errors import Unavailable, Unreadable
from homeprices.domain.requests.records import PredictionRecord
from homeprices.stores.spool.segments import MOST_PAYLOAD_BYTES, frames, pack, unpack

_NOTHING = b"\0"


class CrashNote:
    """The file `asked` in the folder of a spool: the record of one request, or nothing.

    The file is never synced: it is to outlive the process, not the machine. Raises Unavailable
    where it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self._file = os.open(folder / "asked", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise Unavailable(f"{folder} cannot be written: {error.strerror}") from error

    def write(self, record: PredictionRecord) -> None:
        """Note what is asked now, as it is to be counted if nobody lives to answer."""
        self._put(pack(record))

    def clear(self) -> None:
        """There was an answer, or an error."""
        self._put(_NOTHING)

    def read(self) -> PredictionRecord | None:
        """What was asked and had no end; None for nothing, or for what cannot be read."""
        content = os.pread(self._file, MOST_PAYLOAD_BYTES, 0)
        frame = next(iter(frames(content)), None)
        if content[:1] == _NOTHING or frame is None or not frame.sound:
            return None
        try:
            record = unpack(frame.payload)
        except Unreadable:
            return None
        return record if isinstance(record, PredictionRecord) else None

    def close(self) -> None:
        """Give the file back; what is in it stays."""
        os.close(self._file)

    def _put(self, content: bytes) -> None:
        try:
            os.pwrite(self._file, content, 0)
        except OSError as error:
            raise Unavailable(
                f"what is asked cannot be noted: {error.strerror}; free some space"
            ) from error
