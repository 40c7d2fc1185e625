"""The listings that a model learned from, as its bundle keeps them: to show comparables."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from homeprices.domain.listing import Home, Listing
from homeprices.valuation.arrays import Floats

LISTINGS_FILE = "listings.msgpack"
_TEXTS = ("locality", "kind", "area_type", "society", "availability")
_SHARES = 65_535


class _Row(msgspec.Struct, frozen=True, array_like=True):
    """One listing; texts are numbers of words, `house` is P(house) in 65,535ths."""

    area: float
    price: float
    bedrooms: int
    bathrooms: int
    balconies: int | None
    house: int
    texts: tuple[int | None, ...]


class _File(msgspec.Struct, frozen=True):
    words: list[str]
    rows: list[_Row]


class KeptListings(msgspec.Struct, frozen=True):
    """Listings, and for each P(house) as the model gives it."""

    listings: Sequence[Listing]
    houses: Sequence[float]


def write_listings(listings: Sequence[Listing], houses: Floats) -> bytes:
    """The file of `listings`; `houses` `(n,)` is P(house) of each."""
    numbers: dict[str, int] = {}
    rows = [
        _Row(
            area=listing.home.area,
            price=listing.price,
            bedrooms=listing.home.bedrooms,
            bathrooms=listing.home.bathrooms,
            balconies=listing.home.balconies,
            house=round(house * _SHARES),
            texts=tuple(_number(getattr(listing.home, name), numbers) for name in _TEXTS),
        )
        for listing, house in zip(listings, houses.tolist(), strict=True)
    ]
    return msgspec.msgpack.encode(_File(list(numbers), rows))


def read_listings(content: bytes) -> KeptListings:
    """What `write_listings` wrote; raises msgspec.MsgspecError."""
    file = msgspec.msgpack.decode(content, type=_File)
    listings = []
    for row in file.rows:
        texts = [None if number is None else file.words[number] for number in row.texts]
        locality, kind, area_type, society, availability = texts
        home = Home(
            locality or "",
            row.area,
            row.bedrooms,
            row.bathrooms,
            kind,
            area_type,
            society,
            row.balconies,
            availability,
        )
        listings.append(Listing(home, row.price))
    return KeptListings(listings, [row.house / _SHARES for row in file.rows])


def _number(text: str | None, numbers: dict[str, int]) -> int | None:
    return None if text is None else numbers.setdefault(text, len(numbers))
