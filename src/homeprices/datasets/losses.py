"""May the rest of a file be published, though some of its rows could not be read?

What is left of a damaged file is a sample of those homes that the damage spared, and a model that
learns from it looks good on what is left of the holdout. So the share of rows that are lost has a
ceiling, in the whole file and in each part of it: no locality, number of bedrooms, tenth of area
or of price may lose more, beyond chance. A file whose losses keep to the ceiling everywhere is
refused in one of a thousand cases at most (`ERROR_RATE`, divided among all parts that are tested).
A row that names no place is of the place of the homes before that are equal in all else. Where
there are none it may be of any: localities that have shrunk since then count as having lost such
rows, with an error rate of their own that is as large (`_lost_names`).
Nothing is compared with the prices of the dataset before: markets move.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from scipy.stats import binom

from homeprices.datasets.aspects import Aspect, aspects
from homeprices.datasets.clean import Cleaned, Rejection, RejectReason
from homeprices.domain.listing import Listing
from homeprices.domain.locality import locality_key
from homeprices.domain.market import Market
from homeprices.domain.units import Unfit, read_area, read_listed_price, read_number
from homeprices.domain.written.sizes import read_size

ERROR_RATE = 0.001
# So many are slips of the pen in however small a file.
FEW = 3
# A copy, a home in a city that is known or a header is no loss.
_NO_LOSS = {RejectReason.DUPLICATE, RejectReason.OTHER_CITY, RejectReason.REPEATED_HEADER}
_MOST_NAMED = 3
# A home is listed again and again, but not so often: of all rows, or in a small file.
_MOST_COPIED, _MOST_COPIES = 0.01, 30
_SHOWN = 100
# Area, bedrooms, bathrooms and price.
_Equal = tuple[float, int, float, float]


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
    if copies := _copied(cleaned):
        return [copies]
    lost = [rejection for rejection in cleaned.rejections if rejection.reason not in _NO_LOSS]
    lost = _with_places(lost, before, market)
    rows = len(cleaned.listings) + len(lost)
    if not lost:
        return []
    if len(lost) > max(most_lost * rows, FEW) or not cleaned.listings:
        return [
            f"{len(lost):,} of {rows:,} rows ({len(lost) / rows:.1%}) cannot be read, and at most "
            f"{most_lost:.1%} may be lost"
        ]
    losses = [
        loss
        for aspect in aspects(market, before or cleaned.listings)
        for loss in _losses(aspect, cleaned.listings, lost, most_lost)
    ]
    names = _lost_names(cleaned, lost, before, market, most_lost)
    beyond = [
        loss
        for tested in (losses, names)
        for loss in tested
        if loss.lost > most_lost * loss.rows and loss.chance < ERROR_RATE / len(tested)
    ]
    worst = sorted(beyond, key=lambda loss: loss.lost / loss.rows, reverse=True)[:_MOST_NAMED]
    return [
        f"of {loss.part} {loss.lost:,} of {loss.rows:,} rows are lost ({loss.lost / loss.rows:.0%})"
        f", of all {len(lost) / rows:.1%}"
        for loss in worst
    ]


def _copied(cleaned: Cleaned) -> str:
    """What is said of one row that stands in the place of many; "" where there is none."""
    copies = Counter(
        rejection.row.fields
        for rejection in cleaned.rejections
        if rejection.reason is RejectReason.DUPLICATE
    )
    rows = len(cleaned.listings) + len(cleaned.rejections)
    for fields, count in copies.most_common(1):
        if count > max(_MOST_COPIES, _MOST_COPIED * rows):
            shown = ", ".join(fields)[:_SHOWN]
            return f"one row stands {count + 1:,} times, perhaps in the place of others: {shown}"
    return ""


def _with_places(
    lost: Sequence[Rejection], before: Sequence[Listing], market: Market
) -> list[Rejection]:
    """Rows that name no place with that of the homes before them that are equal in all else."""
    places: defaultdict[_Equal, set[str]] = defaultdict(set)
    for row in before:
        home = row.home
        told = (home.area, home.bedrooms, home.bathrooms, row.price)
        places[told].add(locality_key(home.locality, market))
    known = []
    for rejection in lost:
        is_nameless = rejection.reason is RejectReason.LOCALITY_MISSING
        equal = _equal(rejection, market) if is_nameless else None
        named = places.get(equal, set()) if equal else set()
        place = {"locality": next(iter(named))} if len(named) == 1 else {}
        known.append(replace(rejection, likely=rejection.likely | place))
    return known


def _equal(rejection: Rejection, market: Market) -> _Equal | None:
    """What a row tells of a home but for its place; None where it does not tell all."""
    facts = rejection.likely
    size = read_size(facts.get("bedrooms", ""), market)
    try:
        area = read_area(facts.get("area", ""), market.area_units)
        price = read_listed_price(facts.get("price", ""), market.money)
        bathrooms = read_number(facts.get("bathrooms", ""))
    except Unfit:
        return None
    return (round(area, 4), size.bedrooms, bathrooms, round(price, 4)) if size else None


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


def _lost_names(
    cleaned: Cleaned,
    lost: Sequence[Rejection],
    before: Sequence[Listing],
    market: Market,
    most_lost: float,
) -> list[_Loss]:
    """What localities may have lost to rows that name none, by their share of the dataset before.

    `chance` is how likely so few rows are kept, of those of both datasets, where no more are lost
    than may be. None where another locality has grown beyond chance: homes are then listed
    otherwise than before, and what has shrunk says nothing. Only localities that are large enough
    to show something are tested (Tarone 1990, "A modified Bonferroni method for discrete data").
    """
    nameless = sum(rejection.reason is RejectReason.LOCALITY_MISSING for rejection in lost)
    if not before or not nameless:
        return []
    now = Counter(locality_key(row.home.locality, market) for row in cleaned.listings)
    then = Counter(locality_key(row.home.locality, market) for row in before)
    rows = len(cleaned.listings) + len(lost)
    ratio = rows / (rows + len(before))
    grown = binom.sf([now[key] - 1 for key in now], [now[key] + then[key] for key in now], ratio)
    if (grown < ERROR_RATE / len(now)).any():
        return []
    least = (1 - most_lost) * rows
    ratio = least / (least + len(before))
    losses = []
    for total, key in _telling([(now[key] + then[key], key) for key in then], ratio):
        missing = min(nameless, round(rows * then[key] / len(before)) - now[key])
        chance = float(binom.cdf(now[key], total, ratio))
        name = f"homes in {key}, by its share before,"
        losses.append(_Loss(name, now[key] + missing, missing, chance))
    return losses


def _telling(totals: Sequence[tuple[int, str]], ratio: float) -> Sequence[tuple[int, str]]:
    """The largest of the localities, whose rows of both datasets would show that all are lost."""
    largest = sorted(totals, reverse=True)
    tested = 1
    while tested < len(largest) and (1 - ratio) ** largest[tested][0] < ERROR_RATE / (tested + 1):
        tested += 1
    return largest[:tested]
