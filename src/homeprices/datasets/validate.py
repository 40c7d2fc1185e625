"""Is a dataset fit to learn from? Reasons against it, in sentences; none means yes.

Rows that cannot be read were rejected when it was published. What is looked for
here is what no single row shows: too little of it, or a unit that changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from homeprices.datasets.split import split
from homeprices.domain.listing import Listing
from homeprices.domain.locality import locality_key
from homeprices.domain.market import Market

FEWEST_TO_LEARN, FEWEST_HELD_OUT = 200, 30
# Markets move by some percent between two datasets, units by a factor of ten.
LARGEST_MOVE = 3.0


def problems(
    listings: Sequence[Listing], market: Market, before: Sequence[Listing] = ()
) -> list[str]:
    """Reasons not to train on `listings`; `before` are those that production has learned from."""
    if not listings:
        return ["it has no listing"]
    learn, held_out = split(listings)
    found = [
        f"{len(rows):,} listings are {what}; {fewest} are needed"
        for rows, what, fewest in (
            (learn, "left to learn from", FEWEST_TO_LEARN),
            (held_out, "held out to judge by", FEWEST_HELD_OUT),
        )
        if len(rows) < fewest
    ]
    if len({locality_key(row.home.locality, market) for row in listings}) == 1:
        found.append(f"all listings are in {listings[0].home.locality}")
    if len({row.price for row in listings}) == 1:
        found.append(f"every price is {listings[0].price:g}")
    return found + (_moved(listings, before, market) if before else [])


def _moved(listings: Sequence[Listing], before: Sequence[Listing], market: Market) -> list[str]:
    """What moved further than any market does: a unit, most likely."""
    unit, area = market.money.price_unit, market.area_unit
    facts = (
        (f"price in {unit}", [row.price for row in listings], [row.price for row in before]),
        (
            f"area in {area}",
            [row.home.area for row in listings],
            [row.home.area for row in before],
        ),
    )
    return [
        f"the median {what} went from {median(old):,.4g} to {median(new):,.4g}: "
        "is it in another unit?"
        for what, new, old in facts
        if not 1 / LARGEST_MOVE < median(new) / median(old) < LARGEST_MOVE
    ]
