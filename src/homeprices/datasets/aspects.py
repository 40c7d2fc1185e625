"""What homes are parted by, where it matters that no part of them is missing.

A part is a locality, a number of bedrooms, or a tenth by area, price or worth.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median

import numpy as np

from homeprices.domain.listing import Listing
from homeprices.domain.locality import locality_key
from homeprices.domain.market import Market
from homeprices.domain.units import Unfit, counted, read_area, read_listed_price
from homeprices.domain.written.sizes import read_size

_TENTHS = np.arange(0.1, 0.95, 0.1)
AspectValue = str | float
# The part of a file that a value belongs to.
PartOf = Callable[[AspectValue], str]


@dataclass(frozen=True, slots=True)
class Aspect:
    """What rows are parted by: its value of a listing, and of the facts of a lost row, if any.

    One that moves with the market parts homes of two datasets otherwise, though they are the same.
    """

    of_listing: Callable[[Listing], AspectValue]
    of_row: Callable[[Mapping[str, str]], AspectValue | None]
    parts: Callable[[Sequence[AspectValue]], PartOf]
    moves: bool = False


def aspects(market: Market, reference: Sequence[Listing]) -> list[Aspect]:
    """What rows are parted by; prices of a unit of area are those of `reference`."""
    unit, price_unit = market.area_unit, market.money.price_unit

    def locality(text: str) -> str | None:
        return locality_key(text, market) or None

    def area(facts: Mapping[str, str]) -> float | None:
        return _read(lambda: read_area(facts.get("area", ""), market.area_units))

    def price(facts: Mapping[str, str]) -> float | None:
        return _read(lambda: read_listed_price(facts.get("price", ""), market.money))

    def bedrooms(facts: Mapping[str, str]) -> float | None:
        size = read_size(facts.get("bedrooms", ""), market)
        return None if size is None else size.bedrooms

    rates = _Rates(reference, market)

    def worth(facts: Mapping[str, str]) -> float | None:
        size = area(facts)
        return None if size is None else size * rates.rate(facts.get("locality", ""))

    return [
        Aspect(
            lambda listing: locality_key(listing.home.locality, market),
            lambda facts: locality(facts.get("locality", "")),
            lambda _: lambda key: f"homes in {key}",
        ),
        Aspect(
            lambda listing: listing.home.bedrooms,
            bedrooms,
            lambda _: lambda count: f"homes of {counted(int(count), 'bedroom')}",
        ),
        Aspect(lambda listing: listing.home.area, area, partial(_tenths, f"area in {unit}")),
        Aspect(
            lambda listing: listing.price,
            price,
            partial(_tenths, f"price in {price_unit}"),
            moves=True,
        ),
        Aspect(
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
