"""Confirms a change by asking the service that should have followed it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from homeprices.domain.errors import Unavailable
from homeprices.domain.requests.records import Slot
from homeprices.ports import ServedVersion

PATIENCE_S = 120.0
ASK_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """How time passes, in seconds, and how one waits for it."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def confirm(
    served: ServedVersion,
    slot: Slot,
    is_right: Callable[[str | None], bool],
    *,
    away_is_right: bool = False,
    waiting: Waiting = Waiting(),
) -> str:
    """What `slot` serves, in words, as soon as it `is_right`.

    A service that is away is asked again, unless that is right, too. Raises
    Unavailable, with what it serves instead, when it has not followed after two minutes.
    """
    until, heard = waiting.now() + PATIENCE_S, "nothing: it does not answer"
    while waiting.now() < until:
        try:
            version = served(slot)
        except Unavailable:
            if away_is_right:
                return f"the {slot.value} service is away and serves nobody"
        else:
            if is_right(version):
                return f"the {slot.value} service serves {version or 'no model'}"
            heard = version or "no model"
        waiting.sleep(ASK_EVERY_S)
    raise Unavailable(f"after {PATIENCE_S:.0f} s the {slot.value} service still serves {heard}")
