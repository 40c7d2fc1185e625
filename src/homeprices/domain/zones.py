"""Which part of the city a home is in: told by where it was said to be, and by no model.

Both arms of an experiment must agree on it, whatever localities their models know.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import cos, radians

from homeprices.domain.errors import BadInput, FieldProblem, Refused
from homeprices.domain.listing import Home
from homeprices.domain.locality import Place, locality_key, place_of
from homeprices.domain.market import Market
from homeprices.domain.mentions import MentionReader, most_telling
from homeprices.domain.units import counted

GeoPoint = tuple[float, float]
REMEMBERED_NAMES = 4096


class ZoneMap:
    """Names a zone for what people write; `points` are the coordinates of localities by name.

    A name is first looked up as that of its region, so that a sublocality is where its region
    is; then as that of its locality. Of a text that is no name it is the most telling place in it.
    The zone that names it has it, else the one whose centre is nearest. What is on no map and in
    no list is where its own coordinates say, or nowhere.
    """

    def __init__(self, market: Market, points: Mapping[str, GeoPoint]) -> None:
        self._market = market
        self._centres = {n: z.centre for n, z in market.zones.items() if z.centre is not None}
        self._zones = {locality_key(name, market): self._nearest(p) for name, p in points.items()}
        for name, zone in market.zones.items():
            self._zones |= {locality_key(locality, market): name for locality in zone.localities}
        self._mentions = MentionReader(market, lambda key: key if key in self._zones else None)
        self._by_name = lru_cache(REMEMBERED_NAMES)(self._zone_of_name)

    def zone(self, locality: str, at: GeoPoint | None = None) -> str | None:
        """The zone of a locality as people write it, `at` where they say; None outside all."""
        named = self._by_name(locality)
        return named if named is not None or at is None else self._nearest(at)

    def for_home(self, home: Home) -> str | None:
        """The zone of a home."""
        latitude, longitude = home.number_fact("latitude"), home.number_fact("longitude")
        is_at = latitude is not None and longitude is not None
        return self.zone(home.locality, (latitude or 0.0, longitude or 0.0) if is_at else None)

    def shares(self, counts: Mapping[str, float]) -> dict[str, float]:
        """The part of `counts` (by locality) in each zone, 0 to 1; the rest is in none."""
        sums = dict.fromkeys(self._market.zones, 0.0)
        for locality, count in counts.items():
            zone = self.zone(locality)
            if zone is not None:
                sums[zone] += count
        total = sum(counts.values())
        return {name: count / total for name, count in sums.items()} if total else sums

    def _zone_of_name(self, locality: str) -> str | None:
        place = place_of(locality, self._market)
        if place.locality not in self._zones:
            reading = self._mentions.read(locality)
            if reading.is_elsewhere:
                return None
            mention = most_telling(reading.mentions, self._market)
            place = place if mention is None else place_of(mention.locality, self._market)
        names = (name for name in _wide_to_narrow(place) if name in self._zones)
        return next((self._zones[name] for name in names), None)

    def _nearest(self, at: GeoPoint) -> str | None:
        """The zone with the nearest centre: over a city the earth is flat enough."""
        shrink = cos(radians(at[0]))
        return min(
            self._centres,
            key=lambda name: (
                (self._centres[name][0] - at[0]) ** 2
                + ((self._centres[name][1] - at[1]) * shrink) ** 2
            ),
            default=None,
        )


def _wide_to_narrow(place: Place) -> Iterable[str]:
    return (place.region, place.locality, place.sublocality)


def require_zone(market: Market, name: str) -> str:
    """`name`, if the market has a zone called so; raises BadInput."""
    if name in market.zones:
        return name
    choices = ", ".join(market.zones) if market.zones else "none is declared"
    why = f"must be a zone of {market.name} ({choices}); got {name!r}"
    raise BadInput([FieldProblem.with_sentence("zone", why)])


@dataclass(frozen=True, slots=True)
class ZoneShare:
    """The part of all homes that lies in `zone`, 0 to 1, and in words of what it was counted."""

    zone: str
    share: float
    counted_of: str

    def __str__(self) -> str:
        return f"zone {self.zone}: {self.share:.1%} of {self.counted_of}"


def zone_share(
    zone: str,
    seen: Mapping[str | None, int],
    listings: Mapping[str, float],
    zones: ZoneMap,
    fewest: int,
) -> ZoneShare:
    """The zone's share of the requests `seen` (by zone), where these are `fewest` or more.

    Where none of them is in any zone, the rows are of before zones were kept, and tell nothing.
    Else its share of public `listings` (by locality), which visitors' homes are taken to follow.
    Raises Refused where there are none either.
    """
    requests = sum(seen.values()) if seen.keys() - {None} else 0
    if requests >= fewest:
        words = f"{counted(requests, 'request')} of the last seven days"
        return ZoneShare(zone, seen.get(zone, 0) / requests, words)
    if not listings:
        raise Refused(
            f"{counted(requests, 'request')} in seven days, and the market has no figures of its "
            f"listings: too little to tell the part of {zone}"
        )
    return ZoneShare(zone, zones.shares(listings)[zone], "public listings, for want of requests")
