"""May the rest of a file be published, though some of its rows could not be read?

What is left of a damaged file is a sample of those homes that the damage spared, and a model that
learns from it looks good on what is left of the holdout. So the share of rows that are lost has a
ceiling, in the whole file and in each part of it: no locality, number of bedrooms, tenth of area
or of price may lose more, beyond chance. A file whose losses keep to the ceiling everywhere is
refused in one of a thousand cases at most (`ERROR_RATE`, divided among all parts that are tested).
Nothing is compared with the prices of the dataset before: markets move.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median

import numpy as np
from scipy.stats import binom

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

    A lost row counts to each part that it still names. A dear home whose price cannot be read is
    known by what homes of its area in its place cost in the dataset before, else in the rest.
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
        for aspect in _aspects(market, before or cleaned.listings)
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


def _aspects(market: Market, reference: Sequence[Listing]) -> list[_Aspect]:
    """What rows are parted by; prices of a unit of area are those of `reference`."""
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

    rates = _Rates(reference, market)

    def worth(row: RawRow) -> float | None:
        size = area(row)
        return None if size is None else size * rates.rate(row.facts.get("locality", ""))

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
        _Aspect(
            lambda listing: listing.home.area * rates.rate(listing.home.locality),
            worth,
            partial(_tenths, f"worth in {price_unit}, by area and place,"),
        ),
    ]


class _Rates:
    """The middle price of a unit of area in each locality, and in all where one has no listing."""

    def __init__(self, listings: Sequence[Listing], market: Market) -> None:
        self._market = market
        by_place: defaultdict[str, list[float]] = defaultdict(list)
        for listing in listings:
            rate = listing.price / listing.home.area
            by_place[locality_key(listing.home.locality, market)].append(rate)
        self._rates = {place: median(rates) for place, rates in by_place.items()}
        self._anywhere = median(listing.price / listing.home.area for listing in listings)

    def rate(self, locality: str) -> float:
        """What a unit of area costs there."""
        return self._rates.get(locality_key(locality, self._market), self._anywhere)


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


def _losses(
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
