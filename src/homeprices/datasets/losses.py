"""May the rest of a file be published, though some of its rows could not be read?

What is left of a damaged file is a sample of those homes that the damage spared, and a model that
learns from it looks good on what is left of the holdout. So the share of rows that are lost has a
ceiling, in the whole file and in each part of it: no locality, number of bedrooms, tenth of area
or of price may lose more, beyond chance. A file whose losses keep to the ceiling everywhere is
refused in one of a thousand cases at most (`ERROR_RATE`, divided among all parts that are tested).
Nothing is compared with the prices of the dataset before: markets move.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scipy.stats import binom

from homeprices.datasets.aspects import Aspect, aspects
from homeprices.datasets.clean import Cleaned, Rejection, RejectReason
from homeprices.domain.listing import Listing
from homeprices.domain.market import Market

ERROR_RATE = 0.001
# So many are slips of the pen in however small a file.
FEW = 3
# A copy, a home elsewhere or a header is no loss.
_NO_LOSS = {RejectReason.DUPLICATE, RejectReason.OTHER_CITY, RejectReason.REPEATED_HEADER}
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class _Loss:
    """A part of a file, how many rows it has, how many of them are lost.

    `chance` is how likely so many are where each is lost as likely as it may be.
    """

    part: str
    rows: int
    lost: int
    chance: float


def too_much_lost(
    cleaned: Cleaned, before: Sequence[Listing], market: Market, most_lost: float
) -> list[str]:
    """Reasons, with figures, not to publish what is left; `before` is the dataset before, if any.

    A lost row counts to each part that it still names, or most likely did (`likely_facts`). A dear
    home whose price cannot be read is known by what homes of its area in its place cost in the
    dataset before, else in the rest.
    """
    lost = [rejection for rejection in cleaned.rejections if rejection.reason not in _NO_LOSS]
    rows = len(cleaned.listings) + len(lost)
    if not lost:
        return []
    if len(lost) > max(most_lost * rows, FEW):
        return [
            f"{len(lost):,} of {rows:,} rows ({len(lost) / rows:.1%}) cannot be read, and at most "
            f"{most_lost:.1%} may be lost"
        ]
    losses = [
        loss
        for aspect in aspects(market, before or cleaned.listings)
        for loss in _losses(aspect, cleaned.listings, lost, most_lost)
    ]
    beyond = [
        loss
        for loss in losses
        if loss.lost > most_lost * loss.rows and loss.chance < ERROR_RATE / len(losses)
    ]
    worst = sorted(beyond, key=lambda loss: loss.lost / loss.rows, reverse=True)[:_MOST_NAMED]
    return [
        f"of {loss.part} {loss.lost:,} of {loss.rows:,} rows are lost ({loss.lost / loss.rows:.0%})"
        f", of all {len(lost) / rows:.1%}"
        for loss in worst
    ]


def _losses(
    aspect: Aspect, kept: Sequence[Listing], lost: Sequence[Rejection], most_lost: float
) -> Iterator[_Loss]:
    """What each part has lost, by what can still be read of the lost rows."""
    values = [aspect.of_listing(listing) for listing in kept]
    part_of = aspect.parts(values)
    of_kept = Counter(map(part_of, values))
    read = [aspect.of_row(rejection.likely) for rejection in lost]
    for part, count in Counter(part_of(value) for value in read if value is not None).items():
        rows = of_kept[part] + count
        yield _Loss(part, rows, count, float(binom.sf(count - 1, rows, most_lost)))
