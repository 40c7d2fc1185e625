"""Looks at something again and again beside the requests, and keeps none of them waiting."""

import asyncio
from collections.abc import Callable
from random import random

# Services that were started together shall not all ask the store together.
JITTER = 0.2


async def poll(
    look: Callable[[], None], looked: Callable[[BaseException | None], None], every_s: float
) -> None:
    """Look off the event loop, then tell `looked` what `look` has raised, until cancelled.

    From one look to the next it is `every_s`, and up to a fifth more.
    """
    while True:
        looking = asyncio.ensure_future(asyncio.to_thread(look))
        await asyncio.wait([looking])
        looked(looking.exception())
        await asyncio.sleep(every_s * (1 + random() * JITTER))  # noqa: S311 - no secret
