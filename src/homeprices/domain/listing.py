"""A home, and a home with its price: what every other room talks about.

Areas and prices are plain numbers in the units of the market they belong to
(`markets/bangalore.toml` says sqft and lakh); nothing here knows which.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Home:
    """What a price can be asked for.

    `area` is in the market's unit of area; `latitude` and `longitude`, in degrees, are given
    both or neither. The optional facts are None where they were not given, which is not the
    same as "none of it".
    """

    locality: str
    area: float
    bedrooms: int
    bathrooms: int
    kind: str | None = None
    area_type: str | None = None
    society: str | None = None
    balconies: int | None = None
    availability: str | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A home and the price it was offered at, in the market's unit of price."""

    home: Home
    price: float
