"""Zones are declared by a market alone: every locality has one, and bad TOML says what to write."""

from importlib import resources

import msgspec
import pytest

from homeprices import markets
from homeprices.domain.errors import BadInput
from homeprices.domain.listing import Home
from homeprices.domain.zones import ZoneMap, require_zone
from homeprices.markets.aggregates import coordinates, facts

TOML = resources.files(markets).joinpath("bangalore.toml").read_text(encoding="utf-8")
BANGALORE = markets.load("bangalore")
ZONES = ZoneMap(BANGALORE, coordinates("bangalore"))


@pytest.mark.parametrize("text", ["Whitefield, Hyderabad", "Rajaji Nagar, Goa"])
def test_a_place_of_another_city_is_in_no_zone(text: str) -> None:
    assert ZONES.zone(text) is None


def market(zones: str) -> markets.Market:
    """Bangalore with other zones."""
    begin, end = TOML.index("[zones.central]"), TOML.index("# Reviewed: other names")
    return markets.parse((TOML[:begin] + zones + "\n" + TOML[end:]).encode())


def declared(*tables: str) -> str:
    """Zones enough, and these."""
    plain = [f"[zones.part-{n}]\ncentre = [12.9, 77.{n}]" for n in range(4 - len(tables))]
    return "\n".join([*plain, *tables])


def test_every_locality_of_bangalore_has_one_zone_of_four_to_eight() -> None:
    assert 4 <= len(BANGALORE.zones) <= 8
    _, localities = facts("bangalore")
    names = [figures.locality for figures in localities] + list(coordinates("bangalore"))
    assert [name for name in names if ZONES.zone(name) not in BANGALORE.zones] == []
    shares = ZONES.shares({figures.locality: figures.listings for figures in localities})
    assert sum(shares.values()) == pytest.approx(1)
    assert min(shares.values()) > 0.05


@pytest.mark.parametrize(
    ("locality", "zone"),
    [
        ("Whitefield", "east"),
        ("near ITPL, Bangalore", "east"),
        ("9th Phase JP Nagar", "south"),
        ("1st Block Jayanagar", "south"),
        ("Some Layout, Electronic City", "south-east"),
        ("Neeladri Nagar", "south-east"),
        ("Hebbal Kempapura", "north"),
        ("RR Nagar", "west"),
        ("MG Road", "central"),
        ("Indira Nagar, Hosur Road", "central"),
        ("near Hebbal, Koramangala", "central"),
        ("Atlantis", None),
        ("", None),
    ],
)
def test_a_place_is_where_its_region_is_or_nowhere(locality: str, zone: str | None) -> None:
    assert ZONES.zone(locality) == zone


def test_coordinates_tell_of_a_place_that_is_on_no_map_and_of_no_other() -> None:
    airport = {"latitude": 13.2, "longitude": 77.7}
    assert ZONES.for_home(Home("Atlantis", 1000, 2, 2, airport)) == "north"
    assert ZONES.for_home(Home("Whitefield", 1000, 2, 2, airport)) == "east"
    assert ZONES.for_home(Home("Atlantis", 1000, 2, 2, {"latitude": 13.2})) is None


def test_a_market_says_of_single_localities_where_they_are() -> None:
    named = declared('[zones.lake]\nlocalities = ["atlantis", "hebbal"]')
    zones = ZoneMap(market(named), coordinates("bangalore"))
    assert {zones.zone(name) for name in ("Atlantis", "Hebbal", "Hebbal Kempapura")} == {"lake"}
    assert zones.zone("Whitefield") == "part-2"


def test_a_market_without_zones_loads_and_has_none() -> None:
    plain = market("")
    assert plain.zones == {}
    assert ZoneMap(plain, coordinates("bangalore")).zone("Whitefield", (13.0, 77.6)) is None
    with pytest.raises(BadInput, match=r"must be a zone of bangalore \(none is declared\)"):
        require_zone(plain, "east")


@pytest.mark.parametrize(
    ("zones", "words"),
    [
        (declared("[zones.lake]"), r"\[zones.lake\] holds no locality: give it a centre"),
        (declared("[zones.part-0]\ncentre = [1, 2]"), "part-0"),
        (declared('[zones."Mid Town"]\ncentre = [1, 2]'), "small letters, digits and -"),
        (declared("[zones.everywhere]\ncentre = [1, 2]"), "not 'everywhere'"),
        (declared("[zones.lake]\ncentre = [1]"), "length 2"),
        (
            declared('[zones.a]\nlocalities = ["x"]', '[zones.b]\nlocalities = ["x"]'),
            "each locality has one zone; named by two: x",
        ),
        ("[zones.one]\ncentre = [1, 2]", "4 to 8 parts of the city, or left out; got 1: one"),
        (
            "\n".join(f"[zones.z{n}]\ncentre = [1, 2]" for n in range(9)),
            "4 to 8 parts of the city, or left out; got 9",
        ),
    ],
)
def test_what_is_no_division_of_a_city_is_refused_in_words(zones: str, words: str) -> None:
    with pytest.raises(msgspec.MsgspecError, match=words):
        market(zones)
