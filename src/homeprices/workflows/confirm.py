"""Confirms a change by asking the service that should have followed it."""

from __future__ import annotations

from collections.abc import Callable

from homeprices.domain.errors import Unavailable
from homeprices.domain.records import Slot
from homeprices.ports import Served

PATIENCE_S = 120.0
ASK_EVERY_S = 1.0


def confirm(
    served: Served,
    slot: Slot,
    is_right: Callable[[str | None], bool],
    *,
    sleep: Callable[[float], None],
) -> str:
    """What `slot` serves, in words, as soon as it `is_right`.

    A service that is away is asked again. Raises Unavailable, with what it
    serves instead, when it has not followed after two minutes.
    """
    heard = "nothing: it does not answer"
    for _ in range(round(PATIENCE_S / ASK_EVERY_S)):
        try:
            version = served(slot)
        except Unavailable:
            sleep(ASK_EVERY_S)
            continue
        if is_right(version):
            return f"the {slot.value} service serves {version or 'no model'}"
        heard = version or "no model"
        sleep(ASK_EVERY_S)
    raise Unavailable(f"after {PATIENCE_S:.0f} s the {slot.value} service still serves {heard}")
