"""From a raw row to a listing, or the reason why not; and from a listing back to a row.

No row is refused for its price or for an area that is hard to believe: the
price is what is to be learned, and training guards itself against the area.
"""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from homeprices.datasets.cells import formula_safe
from homeprices.datasets.columns import FactCells, columns_of
from homeprices.datasets.likely_facts import likely_facts
from homeprices.datasets.read import (
    VALUE_TOO_LONG,
    RawListings,
    RawRow,
    is_other_city,
    public_columns,
    read,
)
from homeprices.datasets.text_files import UNCLOSED_QUOTE, WRONG_NUMBER_OF_VALUES
from homeprices.domain.errors import Corrupt
from homeprices.domain.listing import Fact, Home, Listing
from homeprices.domain.locality import locality_key
from homeprices.domain.market import Market
from homeprices.domain.mentions import MentionReader
from homeprices.domain.units import Unfit, read_area, read_listed_price, read_number
from homeprices.domain.written.facts import read_fact, read_number_fact, write_fact
from homeprices.domain.written.sizes import Size, read_size


class RejectReason(StrEnum):
    """Why a row was not accepted; the words are stable, dashboards may count them."""

    UNCLOSED_QUOTE = UNCLOSED_QUOTE
    WRONG_NUMBER_OF_VALUES = WRONG_NUMBER_OF_VALUES
    VALUE_TOO_LONG = VALUE_TOO_LONG
    REPEATED_HEADER = "repeated_header"
    OTHER_CITY = "other_city"
    UNKNOWN_CITY = "unknown_city"
    LOCALITY_MISSING = "locality_missing"
    AREA_UNREADABLE = "area_unreadable"
    BEDROOMS_UNREADABLE = "bedrooms_unreadable"
    BEDROOMS_OUT_OF_RANGE = "bedrooms_out_of_range"
    BATHROOMS_UNREADABLE = "bathrooms_unreadable"
    BATHROOMS_OUT_OF_RANGE = "bathrooms_out_of_range"
    FACT_UNREADABLE = "required_fact_unreadable"
    PRICE_UNREADABLE = "price_unreadable"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that was not accepted, and why; `likely` are facts that it tells nevertheless."""

    row: RawRow
    reason: RejectReason
    likely: dict[str, str]


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
    cells = FactCells(raw.header, market, decimal_sign=raw.decimal_sign)
    places = MentionReader(market)
    for row in raw.rows:
        try:
            if row.fields == raw.header:
                raise _Unusable(RejectReason.REPEATED_HEADER)
            listing = _raw_listing(row, market, places)
            fields = _fields(listing, market)
            if fields in listings:
                raise _Unusable(RejectReason.DUPLICATE)
            listings[fields] = listing
        except _Unusable as unusable:
            likely = likely_facts(row, len(raw.header), cells, market)
            rejections.append(Rejection(row, unusable.reason, likely))
    return Cleaned(tuple(listings.values()), tuple(rejections))


def read_listings(content: bytes, market: Market) -> tuple[Listing, ...]:
    """The usable listings of a CSV file as people send it; raises Unreadable."""
    return clean(read(content, market), market).listings


def read_published(content: bytes, market: Market) -> tuple[Listing, ...]:
    """The listings of a published file, each as it stands there, whatever a new file would become.

    Raises Corrupt for a row that is none.
    """
    rows = csv.reader(io.StringIO(content.decode(), newline=""))
    columns = columns_of(next(rows), market)
    listings = []
    for values in rows:
        try:
            cells = {fact: values[i] for fact, i in columns.items()}
            listings.append(_listing(cells, market, partial(read_number, cells["price"])))
        except (_Unusable, LookupError) as error:
            raise Corrupt(f"line {rows.line_num} of a published file is no listing") from error
    return tuple(listings)


def to_csv(listings: Iterable[Listing], market: Market) -> bytes:
    """The canonical file: reading it gives equal listings, writing those gives the same bytes."""
    return _csv(public_columns(market), (_fields(listing, market) for listing in listings))


def rejections_csv(header: Sequence[str], rejections: Iterable[Rejection]) -> bytes:
    """Line number, reason and the original fields of each rejected row; none is a formula."""
    safe = partial(map, formula_safe)
    rows = ((str(r.row.line), r.reason.value, *safe(r.row.fields)) for r in rejections)
    return _csv(["line", "reason", *safe(header)], rows)


def _csv(header: Sequence[object], rows: Iterable[Sequence[object]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()


def _raw_listing(row: RawRow, market: Market, places: MentionReader) -> Listing:
    if row.problem:
        raise _Unusable(RejectReason(row.problem))
    city, locality = row.facts.get("city", ""), row.facts["locality"]
    if is_other_city(city, market):
        is_known = places.ends_elsewhere(city)
        raise _Unusable(RejectReason.OTHER_CITY if is_known else RejectReason.UNKNOWN_CITY)
    if places.ends_elsewhere(locality):
        raise _Unusable(RejectReason.OTHER_CITY)
    if places.names_nothing(locality) or not any(sign.isalpha() for sign in locality):
        raise _Unusable(RejectReason.LOCALITY_MISSING)
    return _listing(row.facts, market, partial(read_listed_price, row.facts["price"], market.money))


def _listing(cells: dict[str, str], market: Market, price: Callable[[], float]) -> Listing:
    locality = cells["locality"].strip(" ,")
    if not locality_key(locality, market):
        raise _Unusable(RejectReason.LOCALITY_MISSING)
    size = _size(cells["bedrooms"], market)
    home = Home(
        locality=locality,
        area=_positive(
            partial(read_area, cells["area"], market.area_units), RejectReason.AREA_UNREADABLE
        ),
        bedrooms=size.bedrooms,
        bathrooms=_bathrooms(cells["bathrooms"], market),
        facts=size.said | _facts(cells, market),
    )
    return Listing(home, _positive(price, RejectReason.PRICE_UNREADABLE))


def kept_facts(market: Market) -> set[str]:
    """What a published dataset holds of a home, and the kind that its size says."""
    return {*market.published, market.size_fact[0]}


def _facts(cells: dict[str, str], market: Market) -> dict[str, Fact]:
    """The optional facts that a published file keeps; without those that cannot be read."""
    kept = kept_facts(market)
    facts: dict[str, Fact] = {}
    for name, spec in market.optional_facts.items():
        cell = cells.get(name, "")
        try:
            if cell and name in kept:
                facts[name] = read_fact(cell, spec)
        except Unfit:
            pass
        if spec.required and name in kept and name not in facts:
            raise _Unusable(RejectReason.FACT_UNREADABLE)
    return facts


def _size(text: str, market: Market) -> Size:
    """Bedrooms, and what their words say."""
    size = read_size(text, market)
    if size is None:
        raise _Unusable(RejectReason.BEDROOMS_UNREADABLE)
    if size.bedrooms not in market.facts["bedrooms"].accepted:
        raise _Unusable(RejectReason.BEDROOMS_OUT_OF_RANGE)
    return size


def _bathrooms(text: str, market: Market) -> int | float:
    try:
        return read_number_fact(text, market.facts["bathrooms"])
    except Unfit as unfit:
        out = unfit.code == "out_of_range"
        reason = RejectReason.BATHROOMS_OUT_OF_RANGE if out else RejectReason.BATHROOMS_UNREADABLE
        raise _Unusable(reason) from None


def _positive(read: Callable[[], float], reason: RejectReason) -> float:
    """A number above zero, to four decimals, so that the canonical file is exact."""
    try:
        number = round(read(), 4)
    except Unfit:
        raise _Unusable(reason) from None
    if number <= 0:
        raise _Unusable(reason)
    return number


def _fields(listing: Listing, market: Market) -> tuple[str, ...]:
    """The canonical row: numbers in the market's units, absent facts empty."""
    home, (size_fact, words) = listing.home, market.size_fact
    word = next((word for word, said in words.items() if said == home.facts.get(size_fact)), "")
    cells = {
        **{name: write_fact(value) for name, value in home.facts.items()},
        "locality": home.locality,
        "bedrooms": f"{home.bedrooms} {word}".strip(),
        "area": write_fact(home.area),
        "bathrooms": write_fact(home.bathrooms),
        "price": write_fact(listing.price),
    }
    return tuple(cells.get(name, "") for name in market.published)
