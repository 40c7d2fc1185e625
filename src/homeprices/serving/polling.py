"""Looks at something again and again beside the requests, and keeps none of them waiting."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from random import random

# Services that were started together shall not all ask the store together.
JITTER = 0.2
_LOG = logging.getLogger(__name__)


async def poll(
    look: Callable[[], None], looked: Callable[[BaseException | None], None], every_s: float
) -> None:
    """Look off the event loop, then tell `looked` what `look` has raised, until cancelled.

    From one look to the next it is `every_s`, and up to a fifth more. What `looked` raises is
    logged, and it is told again the next time.
    """
    trouble: str | None = None
    while True:
        looking = asyncio.ensure_future(asyncio.to_thread(look))
        await asyncio.wait([looking])
        trouble = attempt(partial(looked, looking.exception()), trouble)
        await asyncio.sleep(every_s * (1 + random() * JITTER))  # noqa: S311 - no secret


def attempt(act: Callable[[], None], before: str | None) -> str | None:
    """Call `act`, and let its loop go on; what it raised, None where it did not.

    Nobody expected that, so it is logged, unless it is what was raised `before`.
    """
    try:
        act()
    except Exception as error:  # noqa: BLE001 - a loop that has ended is missed by nobody
        trouble = f"{type(error).__name__}: {error}"
        if trouble != before:
            _LOG.exception("what runs beside the requests has failed: %s", trouble)
        return trouble
    return None
