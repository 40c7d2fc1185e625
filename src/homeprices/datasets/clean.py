"""From a raw row to a listing, or the reason why not; and from a listing back to a row.

No row is refused for its price or for an area that is hard to believe: the
price is what is to be learned, and training guards itself against the area.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from homeprices.datasets.read import FACTS, RawListings, RawRow, public_columns, read
from homeprices.domain.listing import Home, Listing
from homeprices.domain.locality import locality_key
from homeprices.domain.market import Market
from homeprices.domain.units import read_area, read_number

_SIZE = re.compile(r"(\d{1,6}(?:\.0+)?)\s*([A-Za-z]*)\.?")


class RejectReason(StrEnum):
    """Why a row was not accepted; the words are stable, dashboards may count them."""

    LOCALITY_MISSING = "locality_missing"
    AREA_UNREADABLE = "area_unreadable"
    BEDROOMS_UNREADABLE = "bedrooms_unreadable"
    BEDROOMS_OUT_OF_RANGE = "bedrooms_out_of_range"
    BATHROOMS_UNREADABLE = "bathrooms_unreadable"
    BATHROOMS_OUT_OF_RANGE = "bathrooms_out_of_range"
    PRICE_UNREADABLE = "price_unreadable"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that was not accepted, and why."""

    row: RawRow
    reason: RejectReason


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What a file holds: together `listings` and `rejections` are all its rows."""

    listings: tuple[Listing, ...]
    rejections: tuple[Rejection, ...]


class _Unusable(Exception):
    def __init__(self, reason: RejectReason) -> None:
        self.reason = reason


def clean(raw: RawListings, market: Market) -> Cleaned:
    """Every row of `raw` as a listing or a rejection, in the order of the file."""
    listings: dict[tuple[str, ...], Listing] = {}
    rejections = []
    for row in raw.rows:
        try:
            listing = _listing(row.facts, market)
            fields = _fields(listing, market)
            if fields in listings:
                raise _Unusable(RejectReason.DUPLICATE)
            listings[fields] = listing
        except _Unusable as unusable:
            rejections.append(Rejection(row, unusable.reason))
    return Cleaned(tuple(listings.values()), tuple(rejections))


def read_listings(content: bytes, market: Market) -> tuple[Listing, ...]:
    """The usable listings of a CSV file, published or raw; raises Unreadable."""
    return clean(read(content, market), market).listings


def to_csv(listings: Iterable[Listing], market: Market) -> bytes:
    """The canonical file: reading it gives equal listings, writing those gives the same bytes."""
    return _csv(public_columns(market), (_fields(listing, market) for listing in listings))


def rejections_csv(header: Sequence[str], rejections: Iterable[Rejection]) -> bytes:
    """Line number, reason and the original fields of each rejected row."""
    rows = ((str(r.row.line), r.reason.value, *r.row.fields) for r in rejections)
    return _csv(["line", "reason", *header], rows)


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()


def _listing(facts: dict[str, str], market: Market) -> Listing:
    locality = facts["locality"].strip(" ,")
    if not locality_key(locality, market):
        raise _Unusable(RejectReason.LOCALITY_MISSING)
    bedrooms, kind = _size(facts, market)
    home = Home(
        locality=locality,
        area=_positive(facts["area"], RejectReason.AREA_UNREADABLE, market),
        bedrooms=bedrooms,
        bathrooms=_bathrooms(facts["bathrooms"], market),
        kind=kind,
        area_type=facts.get("area_type") or None,
        society=facts.get("society") or None,
        balconies=_balconies(facts.get("balconies", "")),
        availability=facts.get("availability") or None,
    )
    return Listing(home, _positive(facts["price"], RejectReason.PRICE_UNREADABLE, None))


def read_size(text: str, market: Market) -> tuple[int, str | None] | None:
    """Bedrooms and kind of "2 BHK", "4 Bedroom", "1 RK" or "3"; None if it cannot be read."""
    found = _SIZE.fullmatch(text)
    word = found[2].casefold().removesuffix("s") if found else ""
    if found is None or (word and word not in market.kinds):
        return None
    return int(float(found[1])), market.kinds.get(word)


def _size(facts: dict[str, str], market: Market) -> tuple[int, str | None]:
    """Bedrooms and kind, from the size or a column of its own."""
    size = read_size(facts["bedrooms"], market)
    if size is None:
        raise _Unusable(RejectReason.BEDROOMS_UNREADABLE)
    bedrooms, kind = size
    if bedrooms not in market.accepted.bedrooms:
        raise _Unusable(RejectReason.BEDROOMS_OUT_OF_RANGE)
    return bedrooms, kind or facts.get("kind", "").casefold() or None


def _bathrooms(text: str, market: Market) -> int:
    number = _number(text)
    if number is None or number != int(number):
        raise _Unusable(RejectReason.BATHROOMS_UNREADABLE)
    if number not in market.accepted.bathrooms:
        raise _Unusable(RejectReason.BATHROOMS_OUT_OF_RANGE)
    return int(number)


def _balconies(text: str) -> int | None:
    """Balconies are optional: what cannot be read counts as not given."""
    number = _number(text)
    return int(number) if number is not None and number >= 0 else None


def _positive(text: str, reason: RejectReason, units_of: Market | None) -> float:
    """A number above zero, to four decimals, so that the canonical file is exact."""
    try:
        number = read_area(text, units_of.area_units) if units_of else read_number(text)
    except ValueError:
        raise _Unusable(reason) from None
    if round(number, 4) <= 0:
        raise _Unusable(reason)
    return round(number, 4)


def _number(text: str) -> float | None:
    try:
        return read_number(text)
    except ValueError:
        return None


def _fields(listing: Listing, market: Market) -> tuple[str, ...]:
    """The canonical row: numbers in the market's units, absent facts empty."""
    home = listing.home
    word = next((word for word, kind in market.kinds.items() if kind == home.kind), "")
    values = {
        "area_type": home.area_type,
        "availability": home.availability,
        "locality": home.locality,
        "bedrooms": f"{home.bedrooms} {word}".strip(),
        "society": home.society,
        "area": _plain(home.area),
        "bathrooms": str(home.bathrooms),
        "balconies": None if home.balconies is None else str(home.balconies),
        "price": _plain(listing.price),
    }
    return tuple(values[fact] or "" for fact in FACTS)


def _plain(number: float) -> str:
    """The shortest text that reads as `number` again."""
    return str(int(number)) if number == int(number) else repr(number)
