"""What one estimate costs a processor, inside the process."""

from __future__ import annotations

import time
from collections.abc import Sequence

from homeprices.domain.listing import Home, Listing
from homeprices.ports import Predictor

_HOMES, _ROUNDS = 200, 5


def estimate_cost_us(
    valuer: Predictor, listings: Sequence[Listing], optional: Sequence[str] = ()
) -> float:
    """Microseconds of processor time of one estimate, told the facts of `optional` besides.

    The least of several rounds over up to 200 different homes: waiting for a busy
    machine does not count, and what it takes from the caches hardly.
    """
    homes = [listing.home.with_only(optional) for listing in listings[:_HOMES]]
    return min(_round_s(valuer, homes) for _ in range(_ROUNDS)) / len(homes) * 1e6


def _round_s(valuer: Predictor, homes: Sequence[Home]) -> float:
    begun = time.process_time()
    for home in homes:
        valuer.estimate(home)
    return time.process_time() - begun
