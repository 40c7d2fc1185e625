"""Keeps the body of a batch in a file of no name, and reads it from there piece by piece.

Most clients read no answer before their whole body is sent, and nginx may stop passing a body on
once an answer has begun: who answers while the body still comes waits for ever. So the body is
taken in first, into memory while it is small and onto the disk otherwise.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from time import monotonic
from typing import IO

from starlette.types import Message, Receive

from homeprices.domain.errors import TooLarge, Unavailable, Unreadable
from homeprices.serving.http.body import RawHeaders
from homeprices.serving.http.encoding import GZIP, PIECE_BYTES, unpacked

IN_MEMORY_BYTES = 1 << 18
# Of each so many seconds in which its body is awaited a client has to send so many bytes: 8 kbit/s.
# Whoever sends a byte now and then keeps no turn (Apache's mod_reqtimeout, MinRate, does likewise).
WINDOW_S = 30.0
LEAST_BYTES = 30_000
# Up to so many times the limit a body is heard out before it is refused: a connection closed
# on somebody who still sends may take the answer with it.
HEARD_OUT = 2


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """What one batch may be, and how many may be priced at once by one worker.

    `size_bytes` holds for the body as it comes and for what it unpacks to.
    """

    size_bytes: int = 64 << 20
    rows: int = 250_000
    seconds: float = 600.0
    at_once: int = 2


async def receive_body(
    receive: Receive, headers: RawHeaders, limits: BatchLimits, folder: Path | None
) -> IO[bytes]:
    """The whole body, from its first byte; nobody but us can find the file, and it never stays.

    Raises TooLarge, Unreadable, and Unavailable where the disk takes no more.
    """
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > HEARD_OUT * limits.size_bytes:
        raise _too_large(limits.size_bytes)
    place = None if folder is None else str(folder)
    file = SpooledTemporaryFile(IN_MEMORY_BYTES, dir=place)  # noqa: SIM115 - handed over open
    try:
        async with asyncio.timeout(limits.seconds):
            await _fill(file, receive, limits.size_bytes)
    except BaseException as error:
        file.close()
        if isinstance(error, TimeoutError):
            raise Unreadable(f"the body did not come within {limits.seconds:,.0f} s") from None
        if isinstance(error, OSError):
            raise Unavailable(f"there is no room for the body: {error}") from None
        raise
    file.seek(0)
    return file


async def _fill(file: IO[bytes], receive: Receive, most_bytes: int) -> None:
    size, more, pace = 0, True, _Pace()
    while more and size <= HEARD_OUT * most_bytes:
        message = await pace.next_message(receive)
        if message["type"] == "http.disconnect":
            raise Unreadable("the connection ended before the body did")
        body = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(body)
        if size <= most_bytes:
            await asyncio.to_thread(file.write, body)
    if size > most_bytes:
        raise _too_large(most_bytes)


class _Pace:
    """Awaits a body window by window."""

    def __init__(self) -> None:
        self._ends_at = monotonic() + WINDOW_S
        self._came = 0

    async def next_message(self, receive: Receive) -> Message:
        """What comes next; raises Unreadable where too little has come of a window's body."""
        coming = asyncio.ensure_future(receive())
        try:
            while not coming.done():
                left_s = self._ends_at - monotonic()
                if left_s <= 0:
                    self._begin_next()
                else:
                    await asyncio.wait([coming], timeout=left_s)
        finally:
            coming.cancel()
        message = coming.result()
        self._came += len(message.get("body", b""))
        return message

    def _begin_next(self) -> None:
        if self._came < LEAST_BYTES:
            raise Unreadable(
                f"only {self._came:,} bytes of the body came within {WINDOW_S:,.0f} s; a client "
                f"must send {LEAST_BYTES:,} in that time"
            )
        self._ends_at, self._came = monotonic() + WINDOW_S, 0


def pieces(file: IO[bytes], encoding: str, most_bytes: int) -> Iterator[bytes]:
    """What `file` holds, unpacked where `encoding` is gzip; raises Unreadable, TooLarge."""
    read = iter(lambda: file.read(PIECE_BYTES), b"")
    size = 0
    for piece in unpacked(read) if encoding == GZIP else read:
        size += len(piece)
        if size > most_bytes:
            raise _too_large(most_bytes)
        yield piece


def _too_large(most_bytes: int) -> TooLarge:
    return TooLarge(
        f"a batch must be at most {most_bytes:,} bytes, also unpacked (HOMES_BATCH_MB); "
        "send several"
    )
