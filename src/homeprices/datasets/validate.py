"""Is a dataset fit to learn from? Reasons against it, in sentences; none means yes.

Rows that cannot be read were rejected when it was published. What is looked for
here is what no single row shows: too little of it, or a unit that is not the market's.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import log
from statistics import median

from scipy.stats import binom

from homeprices.datasets.split import split
from homeprices.domain.listing import Listing
from homeprices.domain.locality import locality_key
from homeprices.domain.market import Market
from homeprices.domain.units import counted

FEWEST_TO_LEARN, FEWEST_HELD_OUT = 200, 30
# Markets move by some percent between two datasets, units by a factor of ten.
LARGEST_MOVE = 3.0
# Of public listings one in a thousand is so far off.
_ABSURD, _SLIPS = 30.0, 0.01
# Four in a thousand have under half of the least area for a bedroom that is usual.
_CRAMPED, _CRAMPED_SLIPS, _FEW = 0.5, 0.02, 3
# Of public listings four in a thousand are so far off, less than slips may be.
_ODD = 8.0
# Fewer homes of a part are dear or cheap, or mistaken in other ways than by their unit.
_LEAST_OF_PART = 0.25
_ERROR_RATE, _MOST_NAMED = 0.001, 3


def problems(
    listings: Sequence[Listing], market: Market, before: Sequence[Listing] = ()
) -> list[str]:
    """Reasons not to train on `listings`; `before` are those that production has learned from."""
    if not listings:
        return ["it has no listing"]
    learn, held_out = split(listings)
    reasons = [
        f"{len(rows):,} listings are {what}; {fewest} are needed"
        for rows, what, fewest in (
            (learn, "left to learn from", FEWEST_TO_LEARN),
            (held_out, "held out to judge by", FEWEST_HELD_OUT),
        )
        if len(rows) < fewest
    ]
    unlike = misunderstood(listings, market)
    if before and not unlike:
        unlike = _moved(listings, before, market)
    return reasons + unlike


def misunderstood(listings: Sequence[Listing], market: Market) -> list[str]:
    """Signs that one or more `listings` mean something else than this market reads in them."""
    if not listings:
        return []
    signs = []
    if len({locality_key(row.home.locality, market) for row in listings}) == 1:
        signs.append(
            f"all listings are in {listings[0].home.locality}: list homes all over {market.city}"
        )
    if len({row.price for row in listings}) == 1:
        signs.append(f"every price is {listings[0].price:g}: list what each home costs")
    return signs + (
        _in_another_unit(listings, market)
        or _partly(listings, market) + _partly_cramped(listings, market)
        or _in_parts(listings, market)
    )


def _in_another_unit(listings: Sequence[Listing], market: Market) -> list[str]:
    """A median area that is not usual, or else a median price per area that is not."""
    unit, price_unit = market.area_unit, market.money.price_unit
    area = median(row.home.area for row in listings)
    usual = market.usual.rate / market.money.units_of_currency
    rate = median(row.price / row.home.area for row in listings)
    if area not in market.usual.area:
        name = _nearest(rate / usual, market.area_units)
        meant = f"areas look like {name}; give {unit}, or write the unit too: {area:,.6g} {name}"
        return [
            f"the median area is {area:,.6g} {unit}, where {market.usual.area} is usual: "
            f"{meant if name else f'give areas in {unit}, or widen [usual] in the market file'}"
        ]
    if 1 / LARGEST_MOVE < rate / usual < LARGEST_MOVE:
        return []
    name = _nearest(rate / usual, _price_units(market))
    return [
        f"the median price per {unit} is {rate:,.6g} {price_unit}, where {usual:,.6g} is usual: "
        f"{f'prices look like {name}; ' if name else ''}give prices in {price_unit}"
    ]


def _partly(listings: Sequence[Listing], market: Market) -> list[str]:
    """More prices than slips of the pen explain that are absurd for their area."""
    usual = market.usual.rate / market.money.units_of_currency
    rates = [row.price / row.home.area / usual for row in listings]
    absurd = sum(not 1 / _ABSURD < rate < _ABSURD for rate in rates)
    if absurd <= _SLIPS * len(listings):
        return []
    return [
        f"{absurd:,} of {len(listings):,} prices are over {_ABSURD:.0f} times or under a "
        f"{_ABSURD:.0f}th of what is usual for their area: give every price in "
        f"{market.money.price_unit}"
    ]


def _partly_cramped(listings: Sequence[Listing], market: Market) -> list[str]:
    """More areas than slips explain that no home has: in square metres, where the others are not.

    Their prices are not absurd: by area they are ten times what is usual, as a few always are.
    """
    least = _CRAMPED * market.usual.least_area_per_bedroom
    cramped = sum(row.home.area < least * row.home.bedrooms for row in listings)
    if cramped <= max(_CRAMPED_SLIPS * len(listings), _FEW):
        return []
    return [
        f"{cramped:,} of {len(listings):,} homes have under {least:g} {market.area_words} for a "
        f"bedroom: give every area in {market.area_words}, or write the unit too"
    ]


def out_of_scale(listings: Sequence[Listing], market: Market) -> list[Listing]:
    """Those whose price is hard to believe for their area, or their area for their bedrooms."""
    usual = market.usual.rate / market.money.units_of_currency
    least = _CRAMPED * market.usual.least_area_per_bedroom
    return [
        row
        for row in listings
        if not 1 / _ODD < row.price / row.home.area / usual < _ODD
        or row.home.area < least * row.home.bedrooms
    ]


def _in_parts(listings: Sequence[Listing], market: Market) -> list[str]:
    """Parts of a file, such as a locality, with more homes out of scale than slips explain.

    A part where slips are as common as they may be is named in one of a thousand files at most.
    """
    rows = Counter(part for row in listings for part in _parts(row, market))
    odd = Counter(part for row in out_of_scale(listings, market) for part in _parts(row, market))
    beyond = [
        (count, part)
        for part, count in odd.items()
        if count > max(_FEW, _LEAST_OF_PART * rows[part])
        and binom.sf(count - 1, rows[part], _CRAMPED_SLIPS) < _ERROR_RATE / len(rows)
    ]
    if not beyond:
        return []
    worst = sorted(beyond, reverse=True)[:_MOST_NAMED]
    listed = ", ".join(f"{count:,} of {rows[part]:,} homes {part}" for count, part in worst)
    return [
        f"{listed} have a price over {_ODD:.0f} times or under an {_ODD:.0f}th of what is usual "
        f"for their area, or hardly any area for a bedroom: give every price in "
        f"{market.money.price_unit}, every area in {market.area_words}, or write the unit too"
    ]


def _parts(row: Listing, market: Market) -> list[str]:
    """The parts of a file that a listing is of, as words behind "homes"."""
    home = row.home
    facts = [
        f"of {market.facts[name].words} {value}"
        for name, value in home.facts.items()
        if isinstance(value, str)
    ]
    place = locality_key(home.locality, market)
    return [f"in {place}", f"of {counted(home.bedrooms, 'bedroom')}", *facts]


def _price_units(market: Market) -> dict[str, float]:
    """By how much prices in other units than the market's look too large."""
    money = market.money
    return {
        money.currency: money.units_of_currency,
        f"thousands of {money.currency}": money.units_of_currency / 1000,
        money.large_unit: 1 / money.large_unit_factor,
    }


def _nearest(factor: float, units: Mapping[str, float]) -> str:
    """The name of the unit that best explains `factor`; "" if none does."""
    apart = {name: abs(log(factor / size)) for name, size in units.items()}
    name = min(apart, key=lambda unit: apart[unit])
    return name if apart[name] < log(LARGEST_MOVE) else ""


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
