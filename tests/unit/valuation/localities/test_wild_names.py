"""Names as people write them (tests/wild), against the localities that the project knows itself."""

from collections.abc import Iterator

import pytest

from homeprices.domain.market import Market
from homeprices.markets.aggregates import coordinates, facts
from homeprices.valuation.localities.names import (
    LocalityResolver,
    ResolvedLocality,
    fit_locality_names,
)
from support.paths import REPOSITORY

WILD = REPOSITORY / "tests" / "wild"
MOST_NOT_FOUND, MOST_WRONG, MOST_MAPPED = 0.05, 0.005, 0.05


def lines(name: str) -> Iterator[str]:
    for line in (WILD / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("# "):
            yield line


@pytest.fixture(scope="module")
def resolver(market: Market) -> LocalityResolver:
    listed = [place.locality for place in facts(market.name)[1]]
    return LocalityResolver(fit_locality_names(listed, market, coordinates(market.name)), market)


def is_same(understood: ResolvedLocality, meant: ResolvedLocality) -> bool:
    return understood.name == meant.name and understood.place.locality == meant.place.locality


def test_a_place_that_is_named_among_other_words_is_found_and_seldom_another(
    resolver: LocalityResolver,
) -> None:
    pairs = [line.rsplit(" = ", 1) for line in lines("places_named.txt")]
    assert len(pairs) >= 200
    assert all(resolver.find(name).is_found for _, name in pairs)
    missed = [text for text, _ in pairs if not resolver.find(text).is_found]
    wrong = [
        f"{text} as {resolver.find(text).name}"
        for text, name in pairs
        if resolver.find(text).is_found and not is_same(resolver.find(text), resolver.find(name))
    ]
    assert len(missed) <= MOST_NOT_FOUND * len(pairs), missed
    assert len(wrong) <= MOST_WRONG * len(pairs), wrong


def test_a_name_without_a_place_of_the_market_stays_out_of_the_list(
    resolver: LocalityResolver,
) -> None:
    texts = list(lines("places_absent.txt"))
    assert len(texts) >= 100
    mapped = [text for text in texts if resolver.find(text).is_found]
    assert len(mapped) < MOST_MAPPED * len(texts), mapped


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Old Airport Road, Domlur", "Domlur"),
        ("Marathahalli, near Whitefield", "Marathahalli"),
        ("near Whitefield, Marathahalli", "Marathahalli"),
        ("Varthur, Whitefield", "Varthur"),
        ("Whitefield, Varthur", "Whitefield"),
        ("ITPL Main Road, Whitefield", "Whitefield"),
        ("Whitefield, EPIP Zone", "EPIP Zone"),
        ("Kengeri, Banashankari 6th Stage", "Kengeri"),
        ("Whitefield Hoskote Road, Kannamangala", "Kannamangala"),
        ("Whitefeild, Old Madras Road", "Whitefield"),
        ("Ejipura, Koramangala, Hosur Road", "Ejipura"),
        ("Kanakapura, Jayanagar", "Jayanagar"),
        ("Old Madras, Indira Nagar", "Indira Nagar"),
        ("Whitefield, ITPL", "Whitefield"),
        ("ITPL, Whitefield", "ITPL"),
        ("Electronic City, Neeladri Nagar", "Neeladri Nagar"),
        ("Hebbal circle, RT Nagar", "Hebbal"),
        ("Hennur Bagalur Road, Kothanur", "Kothanur"),
    ],
)
def test_of_several_places_the_one_that_says_more_is_meant_and_said(
    written: str, name: str, resolver: LocalityResolver
) -> None:
    resolved = resolver.find(written)
    assert (resolved.name, resolved.corrected) == (name, True)


@pytest.mark.parametrize(
    "written",
    [
        "Whitefield, Bengaluru 560066",
        "Hoodi, Bangalore City",
        "Hoodi 560048",
        "Kudlu, Karnataka, India",
    ],
)
def test_the_city_around_a_place_is_no_part_that_was_not_used(
    written: str, resolver: LocalityResolver
) -> None:
    assert not resolver.find(written).corrected


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Sector 7, HSR Layout, 27th Main", "Sector 7 HSR Layout"),
        ("HSR Layout, Sector 7", "Sector 7 HSR Layout"),
        ("JP Nagar 7th Phase near Banashankari 2nd Stage", "7th Phase JP Nagar"),
        ("Banashankari 2nd Stage near JP Nagar 7th Phase", "Banashankari Stage II"),
    ],
)
def test_a_division_is_of_the_place_that_it_stands_beside(
    written: str, name: str, resolver: LocalityResolver
) -> None:
    assert resolver.find(written).name == name


@pytest.mark.parametrize(
    "written",
    [
        "Bangalore",
        "Bengaluru, Karnataka",
        "Mumbai",
        "Tamil Nadu",
        "North Bangalore",
        "Whitefield, Hyderabad",
        "India",
        "Solapur",
        "Anand",
        "",
    ],
)
def test_another_city_or_a_state_is_elsewhere(written: str, resolver: LocalityResolver) -> None:
    resolved = resolver.find(written)
    assert (resolved.is_found, resolved.elsewhere) == (False, True)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Kengeri towards Mysore", "Kengeri"),
        ("Hebbal, opp State Bank of Mysore", "Hebbal"),
        ("Yelahanka, NH 44 to Hyderabad", "Yelahanka"),
        ("Whitefield, near Taj Hotel Mumbai", "Whitefield"),
        ("Pune Bakery, Hoodi", "Hoodi"),
    ],
)
def test_what_is_named_after_another_city_does_not_hide_the_place(
    written: str, name: str, resolver: LocalityResolver
) -> None:
    assert resolver.find(written).name == name


@pytest.mark.parametrize("written", ["near Mysore", "towards Chennai", "Banjara Hills Hyderabad"])
def test_near_another_city_is_elsewhere(written: str, resolver: LocalityResolver) -> None:
    resolved = resolver.find(written)
    assert (resolved.is_found, resolved.elsewhere) == (False, True)


@pytest.mark.parametrize(
    "written",
    [
        *("Mysore Road, Mysore", "Mysuru Road Mysuru", "Hosur Road, Hosur", "Tumkur Road, Tumkur"),
        *("Bellary Road, Bellary", "Hosur", "China", "Kanpoor"),
    ],
)
def test_a_road_here_in_another_city_and_a_city_that_sounds_so_are_elsewhere(
    written: str, resolver: LocalityResolver
) -> None:
    resolved = resolver.find(written)
    assert (resolved.is_found, resolved.elsewhere) == (False, True)


@pytest.mark.parametrize("written", ["www", "VVVV", "W" * 200, "hhhh", "R Nagar", "wwww puram"])
def test_one_letter_is_no_name_unless_it_is_written_so(
    written: str, resolver: LocalityResolver
) -> None:
    assert not resolver.find(written).is_found
    assert resolver.find("E jipura").name == "Ejipura"
    for known, name in (("RR Nagar", "Raja Rajeshwari Nagar"), ("V V Puram", "V.V Puram")):
        assert (resolver.find(known).name, resolver.find(known).corrected) == (name, False)


def test_the_own_name_of_a_city_is_told_from_a_name_with_it(resolver: LocalityResolver) -> None:
    cities = ["Bangalore", " india ", "Tirupati", "Ballari", "Hosur", "China"]
    assert all(map(resolver.is_city, cities))
    assert not any(map(resolver.is_city, ["", "Hosur Road", "Hoodi", "Chikka Tirupathi", "Indi"]))


def test_a_city_that_sounds_like_a_locality_here_is_not_that(market: Market) -> None:
    resolver = LocalityResolver(fit_locality_names(["Kannur", "Ananda Nagar"], market), market)
    assert resolver.find("Kanpoor").elsewhere
    assert resolver.find("Kannur").known
    assert resolver.find("Ananda").name == "Ananda Nagar"


@pytest.mark.parametrize("written", ["Nagar", "Layout", "Extension"])
def test_what_many_names_end_in_is_none(written: str, resolver: LocalityResolver) -> None:
    assert not resolver.find(written).is_found


def test_a_road_to_another_city_is_a_place_and_a_shop_named_after_one_is_none(
    resolver: LocalityResolver,
) -> None:
    assert resolver.find("Mysore Road").name == "Mysore Road"
    assert resolver.find("Hyderabad Biryani House, Hoodi").name == "Hoodi"


@pytest.mark.parametrize("written", ["Karnatka", "Maharastra", "Chenai", "Hydrabad", "Bengalurru"])
def test_a_misspelt_city_is_elsewhere(written: str, resolver: LocalityResolver) -> None:
    resolved = resolver.find(written)
    assert (resolved.is_found, resolved.elsewhere) == (False, True)


def test_a_part_of_the_city_is_no_locality_though_a_listing_says_so(market: Market) -> None:
    resolver = LocalityResolver(fit_locality_names(["south", "Hebbal"], market), market)
    for written in ("South Bangalore", "south", "Bengaluru South Taluk", "Central Bangalore"):
        assert not resolver.find(written).is_found
        assert resolver.find(written).elsewhere


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Akshayanagar, Begur", "Begur"),
        ("Unheardofpet, Whitefield", "Whitefield"),
        ("Nagarbhavi, Unheardofpet", "Nagarbhavi"),
    ],
)
def test_that_only_one_of_two_places_is_known_is_said(
    written: str, name: str, market: Market
) -> None:
    listed = ["Begur", "Whitefield", "Nagarbhavi"]
    found = LocalityResolver(fit_locality_names(listed, market), market).find(written)
    assert (found.name, found.corrected) == (name, True)


def test_another_word_division_is_no_unknown_place(market: Market) -> None:
    resolver = LocalityResolver(fit_locality_names(["Akshaya Nagar", "Begur"], market), market)
    found = resolver.find("Akshayanagar, Begur")
    assert (found.name, found.corrected) == ("Akshaya Nagar", True)


@pytest.mark.parametrize(
    "written",
    [
        "Jayanagar Vth Block",
        "Jayanagar, 5th Blk.",
        "Block No. 5, Jayanagar",
        "Jayanagar Block-V",
        "fifth block jayanagar",
        "Jayanagar Block Five",
        "Jayanagar 5thblock",
        "Jayanagar BlockV",
        "Jayanagar Block #5",
        "Jayanagar 05 Block",
    ],
)
def test_a_division_is_the_same_however_it_is_written(written: str, market: Market) -> None:
    listed = ["Jayanagar", "5th Block Jayanagar", "4th Block Jayanagar"]
    found = LocalityResolver(fit_locality_names(listed, market), market).find(written)
    assert (found.name, found.corrected) == ("5th Block Jayanagar", False)
