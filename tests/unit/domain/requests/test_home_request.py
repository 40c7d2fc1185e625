"""What is asked becomes a home, or every problem is told at once."""

import pytest

from homeprices import markets
from homeprices.domain.errors import BadInput
from homeprices.domain.listing import Home
from homeprices.domain.notes import note
from homeprices.domain.requests.home_request import HomeReader, read_home
from homeprices.domain.requests.usual import unusual
from homeprices.wording.speech import Speech

MARKET = markets.load("bangalore")
SPEECH = Speech(MARKET)
GOOD = {"total_sqft": "1200", "location": "Whitefield", "bhk": "2", "bath": 2}


def problems(**changes: object) -> dict[str, str]:
    fields = {name: value for name, value in {**GOOD, **changes}.items() if value is not ...}
    with pytest.raises(BadInput) as refused:
        read_home(fields, MARKET)
    return {problem.field: SPEECH.problem(problem) for problem in refused.value.problems}


def test_text_and_numbers_are_read_alike() -> None:
    assert read_home(GOOD, MARKET) == Home("Whitefield", 1200.0, 2, 2)


def test_optional_facts_are_kept_and_empty_ones_count_as_not_given() -> None:
    home = read_home({**GOOD, "kind": "flat", "balcony": "1", "society": " "}, MARKET)
    assert home.facts == {"kind": "flat", "balconies": 1}


@pytest.mark.parametrize(
    ("area", "told"),
    [
        (-1000, "must be 100 to 30,000 sq ft in Bengaluru; got -1000"),
        (0, "must be 100 to 30,000 sq ft in Bengaluru; got 0"),
        (1e9, "must be 100 to 30,000 sq ft in Bengaluru; got 1000000000.0"),
        ("abc", "must be 100 to 30,000 sq ft in Bengaluru; got abc, which is not a number"),
        ("1133 -", "must be 100 to 30,000 sq ft in Bengaluru; got 1133 -, which is not a number"),
        (
            "1e999",
            "must be 100 to 30,000 sq ft in Bengaluru; got 1e999, which is not a finite number",
        ),
        (None, "is missing: must be 100 to 30,000 sq ft in Bengaluru"),
    ],
)
def test_a_bad_area_is_told_with_what_was_given_and_expected(area: object, told: str) -> None:
    assert problems(total_sqft=area) == {"total_sqft": told}


def test_a_kind_that_the_market_does_not_know_is_refused_and_case_does_not_count() -> None:
    assert problems(kind="tent") == {"kind": "must be flat or house, or left out; got tent"}
    assert read_home({**GOOD, "kind": "House"}, MARKET).facts == {"kind": "house"}


@pytest.mark.parametrize("bhk", [0, 300, 2.3, "2.75 BHK", "21 BHK", "two", -1, True, []])
def test_a_bad_number_of_rooms_is_refused(bhk: object) -> None:
    assert "must be 1 to 20 in Bengaluru; got" in problems(bhk=bhk)["bhk"]


def test_all_problems_are_told_at_once() -> None:
    assert set(problems(bhk=0, bath=..., location="", total_sqft="x")) == set(GOOD)


@pytest.mark.parametrize("location", ["x" * 201, "a\x00b", 7])
def test_a_locality_must_be_plain_text(location: object) -> None:
    assert "must be plain text" in problems(location=location)["location"]


def test_a_long_value_is_not_repeated_whole() -> None:
    assert len(problems(total_sqft="9" * 5_000)["total_sqft"]) < 200


@pytest.mark.parametrize(
    ("area", "bedrooms", "notes"),
    [(1200, 2, 0), (250, 1, 1), (9000, 3, 2), (9000, 4, 1), (900, 6, 1), (200, 2, 2)],
)
def test_unusual_homes_are_told_so(area: float, bedrooms: int, notes: int) -> None:
    assert len(unusual(Home("Whitefield", area, bedrooms, 1), MARKET)) == notes


def test_coordinates_are_read_as_text_or_numbers_and_may_be_left_out() -> None:
    home = read_home({**GOOD, "latitude": "12.97", "longitude": 77.75}, MARKET)
    assert home.facts == {"latitude": 12.97, "longitude": 77.75}
    assert read_home({**GOOD, "latitude": "", "longitude": None}, MARKET).facts == {}


def test_one_coordinate_without_the_other_is_refused() -> None:
    both = "is missing: give latitude and longitude, or neither"
    assert problems(latitude=12.97) == {"longitude": both}
    assert problems(longitude=77.75) == {"latitude": both}


@pytest.mark.parametrize("latitude", [77.75, "north", "12,97", -12.97])
def test_coordinates_outside_the_market_are_refused_with_its_bounds(latitude: object) -> None:
    told = problems(latitude=latitude, longitude=77.75)
    assert list(told) == ["latitude"]
    assert f"must be 12.5 to 13.5 in Bengaluru; got {latitude}" in told["latitude"]


def test_a_reader_keeps_nothing_of_the_form_before() -> None:
    reader = HomeReader(MARKET)
    for _ in range(2):
        with pytest.raises(BadInput) as refused:
            reader.read({**GOOD, "bhk": "none", "latitude": 12.97})
        assert [problem.field for problem in refused.value.problems] == ["longitude", "bhk"]
        assert reader.read({**GOOD, "society": "A"}) == read_home({**GOOD, "society": "A"}, MARKET)
        assert reader.read(GOOD).facts == {}


@pytest.mark.parametrize(
    ("bhk", "bedrooms", "kind"),
    [(2, 2, None), ("2", 2, None), (2.0, 2, None), ("2 BHK", 2, "flat"), ("4 Bedroom", 4, "house")],
)
def test_a_size_is_read_as_in_listing_files_and_says_the_kind(
    bhk: object, bedrooms: int, kind: str | None
) -> None:
    home = read_home({**GOOD, "bhk": bhk}, MARKET)
    assert (home.bedrooms, home.text_fact("kind")) == (bedrooms, kind)
    assert read_home({**GOOD, "bhk": bhk, "kind": "house"}, MARKET).facts == {"kind": "house"}


@pytest.mark.parametrize("bhk", [2.5, "2.5", "2.5 BHK"])
def test_half_a_bedroom_is_left_out_and_said(bhk: object) -> None:
    fields = {**GOOD, "bhk": bhk}
    assert read_home(fields, MARKET).bedrooms == 2
    odd = note("unusual_area", area=120.0)
    assert HomeReader(MARKET).notes(fields, [odd]) == [note("half_left_out"), odd]
    assert HomeReader(MARKET).notes(GOOD, [odd]) == [odd]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"bhk": "2 BHK", "society": "Sobha"}, ["society"]),
        ({"bhk": "2 BHK", "society": "Sobha", "kind": " "}, ["society"]),
        ({"bhk": "2 BHK", "society": "Sobha", "kind": "flat"}, ["society", "kind"]),
        ({"bhk": 2, "society": "Sobha", "kind": "flat"}, ["society", "kind"]),
    ],
)
def test_what_the_size_alone_says_is_not_named_as_provided(
    fields: dict[str, object], named: list[str]
) -> None:
    reader = HomeReader(MARKET)
    told = reader.notes({**GOOD, **fields}, [note("not_seen", fields=["society", "kind"])])
    assert [*told] == [note("not_seen", fields=named)]
    assert [*reader.notes({**GOOD, "bhk": "2 BHK"}, [note("not_seen", fields=["kind"])])] == []
