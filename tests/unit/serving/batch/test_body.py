import asyncio

import pytest
from starlette.types import Message

from homeprices.domain.errors import TooLarge
from homeprices.serving.batch.body import BatchLimits, receive_body


@pytest.mark.parametrize(("pieces", "heard"), [(11, 11), (100, 21)])
@pytest.mark.parametrize("is_declared", [False, True])
def test_a_body_that_is_a_little_too_large_is_heard_out_before_it_is_refused(
    pieces: int, heard: int, is_declared: bool
) -> None:
    left = pieces

    async def receive() -> Message:
        nonlocal left
        left -= 1
        return {"type": "http.request", "body": b" " * 100, "more_body": left > 0}

    headers = {b"content-length": b"%d" % (100 * pieces)} if is_declared else {}
    limits = BatchLimits(size_bytes=1_000)
    with pytest.raises(TooLarge):
        asyncio.run(receive_body(receive, headers, limits, None))
    # Of one that is declared to be far too large nothing is heard.
    assert pieces - left == (0 if is_declared and pieces > 20 else heard)
