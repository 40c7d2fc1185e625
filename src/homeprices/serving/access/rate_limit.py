"""Takes so many requests a second of one name, and a burst beside, in memory that is bounded.

The generic cell rate algorithm (ITU-T I.371): of each name nothing is kept but the moment when its
burst is whole again. Each worker counts for itself.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from homeprices.domain.errors import RateLimited

REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class RateTerms:
    """`rate` a second for long, `burst` more at once; a rate of 0 limits nothing."""

    rate: float
    burst: int


UNLIMITED = RateTerms(0, 0)


class RateLimit:
    """Limits by a name: an address, a network, a key.

    Of more names than are remembered the one that was quiet longest is forgotten: it begins anew.
    """

    def __init__(self, terms: RateTerms, what: str, now: Callable[[], float] = monotonic) -> None:
        self._terms = terms
        self._what = what
        self._now = now
        self._whole_at: OrderedDict[str, float] = OrderedDict()

    def take(self, name: str) -> None:
        """Count a request of `name`; raises RateLimited, uncounted, where it is one too many."""
        terms = self._terms
        if terms.rate == 0:
            return
        now = self._now()
        whole_at = max(self._whole_at.get(name, now), now)
        wait_s = whole_at - now - terms.burst / terms.rate
        if wait_s > 1e-9:
            raise RateLimited(f"too many {self._what} at once; send the next later", wait_s)
        self._whole_at[name] = whole_at + 1 / terms.rate
        self._whole_at.move_to_end(name)
        if len(self._whole_at) > REMEMBERED:
            self._whole_at.popitem(last=False)
