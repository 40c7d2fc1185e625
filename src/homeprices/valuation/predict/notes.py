"""What an answer says of a place: how it was understood, and what its price comes from."""

from collections.abc import Sequence

from homeprices.domain.listing import Home
from homeprices.domain.notes import Note, note
from homeprices.valuation.localities.names import ResolvedLocality

# Coordinates further off than this contradict the name of a locality: they are of another one.
_FAR_KM = 5.0
Notes = tuple[Note, ...]
NOTHING_NEAR: Notes = (note("nothing_near"),)


def correction(text: str, resolved: ResolvedLocality) -> Notes:
    """That the locality was not written so, or that more was written than was used."""
    if not resolved.corrected:
        return ()
    return (note("understood_as", text=" ".join(text.split()), name=resolved.name),)


def far_off(resolved: ResolvedLocality, apart_km: float | None) -> Notes:
    """That the coordinates given are not those of the locality; None where it has no point."""
    if apart_km is None or apart_km <= _FAR_KM or not (resolved.known or resolved.geocoded):
        return ()
    code = "far_from_locality" if resolved.known else "far_from_place"
    return (note(code, km=apart_km, name=resolved.name),)


def area_type(home: Home, known: Sequence[str]) -> Notes:
    """That no listing has this area type."""
    return (note("unknown_area_type", area_type=home.text_fact("area_type"), known=[*known]),)


def not_seen(fields: Sequence[str]) -> Notes:
    """That these facts were provided and change nothing."""
    return (note("not_seen", fields=[*fields]),) if fields else ()


def society(home: Home, resolved: ResolvedLocality) -> Notes:
    """That no listing of this society is known where it is."""
    return (note("unknown_society", society=home.text_fact("society"), name=resolved.name),)


def neighbourhood(resolved: ResolvedLocality, *, by_coordinates: bool) -> Notes:
    """That there are listings around alone: around the coordinates, where these were provided."""
    code = "price_around_coordinates" if by_coordinates else "price_of_neighbourhood"
    return (note(code, name=resolved.name),)


def whole_city(resolved: ResolvedLocality, city: str, near: str | None) -> Notes:
    """That nothing is known of the place; `near` is the name that may have been meant."""
    if near is None:
        return (note("price_of_city", name=resolved.name, city=city),)
    return (note("price_of_city_or_near", name=resolved.name, city=city, near=near),)
