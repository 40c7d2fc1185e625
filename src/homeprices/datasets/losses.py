"""May the rest of a file be published, though some of its rows could not be read?

What is left of a damaged file is a sample of those homes that the damage spared, and a model that
learns from it looks good on what is left of the holdout. So the share of rows that are lost has a
ceiling, in the whole file and in each part of it: no locality, number of bedrooms, tenth of area
or of price may lose more, beyond chance. A file whose losses keep to the ceiling everywhere is
refused in one of a thousand cases at most (`ERROR_RATE`, divided among all parts that are tested).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import sqrt

import numpy as np
from scipy.stats import binom, norm

from homeprices.datasets.clean import Cleaned, Rejection, RejectReason, read_size
from homeprices.datasets.read import RawRow
from homeprices.domain.listing import Listing
from homeprices.domain.locality import locality_key
from homeprices.domain.market import Market
from homeprices.domain.units import Unfit, read_area, read_price

ERROR_RATE = 0.001
# So many are slips of the pen in however small a file.
FEW = 3
# A copy, or a home elsewhere, is no loss.
_NO_LOSS = {RejectReason.DUPLICATE, RejectReason.OTHER_CITY}
_TENTHS = np.arange(0.1, 0.95, 0.1)
_MOST_NAMED = 3
AspectValue = str | float
# The part of a file that a value belongs to.
PartOf = Callable[[AspectValue], str]


@dataclass(frozen=True, slots=True)
class _Aspect:
    """What rows are parted by: its value of a listing, and of a lost row where it can be read."""

    of_listing: Callable[[Listing], AspectValue]
    of_row: Callable[[RawRow], AspectValue | None]
    parts: Callable[[Sequence[AspectValue]], PartOf]


@dataclass(frozen=True, slots=True)
class _Loss:
    """A part of a file, how many rows it has or should have, how many of them are lost.

    `chance` is how likely so many are where no more are lost than may be.
    """

    part: str
    rows: int
    lost: int
    chance: float


def too_much_lost(
    cleaned: Cleaned, before: Sequence[Listing], market: Market, most_lost: float
) -> list[str]:
    """Reasons, with figures, not to publish what is left; `before` is the dataset before, if any.

    A lost row counts to the part that it names. Where that very fact is what cannot be read, it
    counts to a part that has shrunk since the dataset before.
    """
    lost = [rejection for rejection in cleaned.rejections if rejection.reason not in _NO_LOSS]
    rows = len(cleaned.listings) + len(lost)
    if len(lost) > max(most_lost * rows, FEW):
        return [
            f"{len(lost):,} of {rows:,} rows ({len(lost) / rows:.1%}) cannot be read, and at most "
            f"{most_lost:.1%} may be lost"
        ]
    losses = [
        loss
        for aspect in _aspects(market)
        for loss in (
            *_within(aspect, cleaned.listings, lost, most_lost),
            *_since(aspect, cleaned.listings, lost, before, most_lost),
        )
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


def _aspects(market: Market) -> list[_Aspect]:
    unit, price_unit = market.area_unit, market.money.price_unit

    def locality(text: str) -> str | None:
        return locality_key(text, market) or None

    def area(row: RawRow) -> float | None:
        return _read(lambda: read_area(row.facts.get("area", ""), market.area_units))

    def price(row: RawRow) -> float | None:
        return _read(lambda: read_price(row.facts.get("price", ""), market.money))

    def bedrooms(row: RawRow) -> float | None:
        size = read_size(row.facts.get("bedrooms", ""), market)
        return None if size is None else size.bedrooms

    return [
        _Aspect(
            lambda listing: locality_key(listing.home.locality, market),
            lambda row: locality(row.facts.get("locality", "")),
            lambda _: lambda key: f"homes in {key}",
        ),
        _Aspect(
            lambda listing: listing.home.bedrooms,
            bedrooms,
            lambda _: lambda count: f"homes of {count} bedrooms",
        ),
        _Aspect(lambda listing: listing.home.area, area, partial(_tenths, f"area in {unit}")),
        _Aspect(lambda listing: listing.price, price, partial(_tenths, f"price in {price_unit}")),
    ]


def _read(read: Callable[[], float]) -> float | None:
    try:
        return read()
    except Unfit:
        return None


def _tenths(what: str, values: Sequence[AspectValue]) -> PartOf:
    """Tenths of `values`, from the smallest to the largest; equal edges are one."""
    edges = np.unique(np.quantile(np.asarray(values, float), _TENTHS))
    bounds = ["", *(f"{edge:,.4g}" for edge in edges), ""]

    def part(value: AspectValue) -> str:
        place = int(np.searchsorted(edges, float(value), side="right"))
        low, high = bounds[place], bounds[place + 1]
        if not low or not high:
            return f"homes with {what} {'under ' + high if high else 'of ' + low + ' or more'}"
        return f"homes with {what} from {low} to {high}"

    return part


def _within(
    aspect: _Aspect, kept: Sequence[Listing], lost: Sequence[Rejection], most_lost: float
) -> Iterator[_Loss]:
    """What each part has lost, by what can still be read of the lost rows."""
    values = [aspect.of_listing(listing) for listing in kept]
    part_of = aspect.parts(values)
    of_kept = Counter(map(part_of, values))
    read = [aspect.of_row(rejection.row) for rejection in lost]
    for part, count in Counter(part_of(value) for value in read if value is not None).items():
        rows = of_kept[part] + count
        yield _Loss(part, rows, count, float(binom.sf(count - 1, rows, most_lost)))


def _since(
    aspect: _Aspect,
    kept: Sequence[Listing],
    lost: Sequence[Rejection],
    before: Sequence[Listing],
    most_lost: float,
) -> Iterator[_Loss]:
    """What each part lacks of its share in the dataset before, where lost rows may be of it.

    Markets move too: lost rows must account for at least half of what is missing.
    """
    unread = sum(aspect.of_row(rejection.row) is None for rejection in lost)
    if not before or not unread:
        return
    old = [aspect.of_listing(listing) for listing in before]
    part_of = aspect.parts(old)
    now = Counter(part_of(aspect.of_listing(listing)) for listing in kept)
    rows = len(kept) + len(lost)
    for part, count in Counter(map(part_of, old)).items():
        share = count / len(old)
        missing = share * rows - now[part]
        if 0 < missing <= 2 * unread:
            least = share * (1 - most_lost)
            spread = sqrt(least * (1 - least) * (1 / rows + 1 / len(old)))
            chance = float(norm.cdf((now[part] / rows - least) / spread))
            yield _Loss(part, round(share * rows), min(round(missing), unread), chance)
