"""The listings that a model learned from, as its bundle keeps them: to show comparables."""

from collections.abc import Sequence

import msgspec

from homeprices.domain.listing import Fact, Facts, Home, Listing
from homeprices.valuation.arrays import Floats

LISTINGS_FILE = "listings.msgpack"
_SHARES = 65_535


class _Row(msgspec.Struct, frozen=True, array_like=True):
    """One listing; `locality` and each of `facts` are numbers of words and of known facts.

    `house` is P(house) in 65,535ths.
    """

    locality: int
    area: float
    price: float
    bedrooms: int
    bathrooms: int | float
    house: int
    facts: tuple[int, ...]


class _File(msgspec.Struct, frozen=True):
    """Each locality once, and each fact that some home has, by name and value, once."""

    localities: list[str]
    facts: list[tuple[str, Fact]]
    rows: list[_Row]


class KeptListings(msgspec.Struct, frozen=True):
    """Listings, and for each P(house) as the model gives it."""

    listings: Sequence[Listing]
    houses: Sequence[float]


def write_listings(listings: Sequence[Listing], houses: Floats) -> bytes:
    """The file of `listings`; `houses` `(n,)` is P(house) of each."""
    localities: dict[str, int] = {}
    facts: dict[tuple[str, Fact], int] = {}
    rows = [
        _Row(
            locality=localities.setdefault(listing.home.locality, len(localities)),
            area=listing.home.area,
            price=listing.price,
            bedrooms=listing.home.bedrooms,
            bathrooms=listing.home.bathrooms,
            house=round(house * _SHARES),
            facts=tuple(facts.setdefault(fact, len(facts)) for fact in listing.home.facts.items()),
        )
        for listing, house in zip(listings, houses.tolist(), strict=True)
    ]
    return msgspec.msgpack.encode(_File(list(localities), list(facts), rows))


def read_listings(content: bytes) -> KeptListings:
    """What `write_listings` wrote; raises msgspec.MsgspecError."""
    file = msgspec.msgpack.decode(content, type=_File)
    listings = []
    for row in file.rows:
        facts = Facts(file.facts[number] for number in row.facts)
        locality = file.localities[row.locality]
        home = Home(locality, row.area, row.bedrooms, row.bathrooms, facts)
        listings.append(Listing(home, row.price))
    return KeptListings(listings, [row.house / _SHARES for row in file.rows])
