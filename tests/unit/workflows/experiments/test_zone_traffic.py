"""The part of the traffic that a zone has, of what it was counted, and whether it can decide."""

import pytest

from homeprices import markets
from homeprices.domain.errors import Refused
from homeprices.domain.zones import ZoneMap, zone_share
from homeprices.markets.aggregates import coordinates
from homeprices.workflows.experiments.rehearse import CandidateTrials, Measured, can_decide

ZONES = ZoneMap(markets.load("bangalore"), coordinates("bangalore"))
LISTINGS = {"Whitefield": 30.0, "Hebbal": 50.0, "Atlantis": 20.0}


def test_the_requests_that_were_seen_tell_it_where_they_are_enough() -> None:
    share = zone_share("east", {"east": 30, "north": 60, None: 10}, LISTINGS, ZONES, 100)
    assert str(share) == "zone east: 30.0% of 100 requests of the last seven days"
    assert zone_share("west", {"east": 100}, LISTINGS, ZONES, 100).share == 0.0


def test_before_that_public_listings_do() -> None:
    share = zone_share("north", {"east": 99}, LISTINGS, ZONES, 100)
    assert str(share) == "zone north: 50.0% of public listings, for want of requests"


def test_requests_of_before_zones_were_kept_tell_nothing() -> None:
    share = zone_share("north", {None: 5_000}, LISTINGS, ZONES, 100)
    assert str(share) == "zone north: 50.0% of public listings, for want of requests"


def test_without_either_it_is_not_told() -> None:
    with pytest.raises(Refused, match="99 requests in seven days, and the market has no figures"):
        zone_share("north", {"east": 99}, {}, ZONES, 100)


@pytest.mark.parametrize(
    ("ten", "twenty", "words"),
    [
        (0.9, 1.0, "east can decide: of candidates that err 10 % less 90% are promoted"),
        (0.79, 0.8, "east can decide large differences alone: "),
        (0.1, 0.79, "east cannot decide: "),
    ],
)
def test_eight_of_ten_are_enough_to_decide(ten: float, twenty: float, words: str) -> None:
    rows = [trials("10 % better", ten), trials("20 % better", twenty), trials("equal", 0.0)]
    assert can_decide("east", rows).startswith(words)


def trials(name: str, promoted: float) -> CandidateTrials:
    none = Measured(0.0, 0.0)
    return CandidateTrials(name, 1.0, Measured(promoted, 0.02), none, none, None, None)
