"""What an answer says of a place: how it was understood, and what its price comes from."""

from __future__ import annotations

from collections.abc import Sequence

from homeprices.domain.listing import Home
from homeprices.valuation.localities.names import ResolvedLocality

# Coordinates further off than this contradict the name of a locality: they are of another one.
_FAR_KM = 5.0
Notes = tuple[str, ...]
NOTHING_NEAR: Notes = ("Nothing is listed around the coordinates given: they change nothing.",)


def correction(text: str, resolved: ResolvedLocality) -> Notes:
    """That the locality was not written so."""
    if not resolved.corrected:
        return ()
    return (f"{' '.join(text.split())!r} was understood as {resolved.name}.",)


def far_off(resolved: ResolvedLocality, apart_km: float | None) -> Notes:
    """That the coordinates given are not those of the locality; None where it has no point."""
    if apart_km is None or apart_km <= _FAR_KM or not (resolved.known or resolved.geocoded):
        return ()
    priced = f"in {resolved.name}, whatever the" if resolved.known else "at the"
    return (
        f"The coordinates given are {apart_km:.0f} km from {resolved.name}: this is a price "
        f"{priced} coordinates.",
    )


def area_type(home: Home, known: Sequence[str]) -> Notes:
    """That no listing has this area type."""
    return (
        f"The area type {home.area_type!r} is not known and counts as not given; known are "
        f"{', '.join(known)}.",
    )


def not_seen(fields: Sequence[str]) -> Notes:
    """That these facts were given and change nothing."""
    if not fields:
        return ()
    return (f"The price does not depend on {', '.join(fields)}: this model does not see it.",)


def society(home: Home, resolved: ResolvedLocality) -> Notes:
    """That no listing of this society is known where it is."""
    return (
        f"No listing of {home.society!r} is known in {resolved.name}: it counts as a society "
        "without listings.",
    )


def neighbourhood(resolved: ResolvedLocality, *, by_coordinates: bool) -> Notes:
    """That there are listings around alone; `by_coordinates` where these were given."""
    whose = "around the coordinates given" if by_coordinates else "of its neighbourhood"
    return (
        f"No listing is known in {resolved.name}: this is a price from the listings {whose}, "
        "with a wider range.",
    )


def whole_city(resolved: ResolvedLocality, city: str, near: str | None) -> Notes:
    """That nothing is known of the place; `near` is the name that may have been meant."""
    meant = f" Did you mean {near}?" if near else ""
    return (
        f"No listing is known in {resolved.name!r}: this is a price for {city} as a whole, with a "
        f"wider range.{meant}",
    )
