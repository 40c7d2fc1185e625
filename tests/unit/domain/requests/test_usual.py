import pytest

from homeprices import markets
from homeprices.domain.listing import Home
from homeprices.domain.market import Bounds
from homeprices.domain.requests.usual import UsualTogether, fit_usual, oddities

MARKET = markets.load("bangalore")


def homes(bedrooms: int, count: int) -> list[Home]:
    """As many bathrooms as bedrooms or one less, and a balcony to three."""
    return [
        Home(
            "Whitefield",
            bedrooms * (450.0 + i % 300),
            bedrooms,
            max(1, bedrooms - i % 2),
            {"balconies": i % 4},
        )
        for i in range(count)
    ]


USUAL = fit_usual([home for n in (1, 2, 3, 4, 5, 6) for home in homes(n, 600 // n)], MARKET)


@pytest.mark.parametrize(
    ("home", "codes"),
    [
        (Home("Whitefield", 1100, 2, 2), []),
        (Home("Whitefield", 1100, 2, 1, {"balconies": 3}), []),
        (Home("Whitefield", 1100, 2, 20), ["unusual_with"]),
        (Home("Whitefield", 1100, 2, 4), ["unusual_with"]),
        (Home("Whitefield", 9_000 - 1_500, 15, 1), ["unusual_with"]),
        (Home("Whitefield", 6_000, 12, 12), []),
        (Home("Whitefield", 1100, 2, 2, {"balconies": 9}), ["unusual_with"]),
        (Home("Whitefield", 2000, 4, 4, {"balconies": 5}), []),
        (Home("Whitefield", 1100, 2, 14, {"balconies": 12}), ["unusual_with", "unusual_with"]),
        (Home("Whitefield", 4_000, 2, 2), ["unusual_area_with"]),
        (Home("Whitefield", 900, 4, 4), ["unusual_area_with"]),
        (
            Home("Whitefield", 12_000, 2, 9),
            ["unusual_area", "much_area_per_bedroom", "unusual_with"],
        ),
    ],
)
def test_what_hardly_goes_with_the_bedrooms_is_told_once(home: Home, codes: list[str]) -> None:
    assert [note.code for note in oddities(home, MARKET, USUAL)] == codes


def test_counts_that_few_listings_have_are_judged_with_those_around_them() -> None:
    few = fit_usual([*homes(4, 500), *homes(7, 3)], MARKET)
    assert few.by_bedrooms[7].bathrooms == Bounds(5, 7)


def test_a_fact_that_is_hardly_told_and_a_model_of_before_find_nothing_unusual() -> None:
    odd = Home("Whitefield", 1000, 2, 20, {"balconies": 15})
    assert UsualTogether().notes(odd, MARKET) == ()
    untold = fit_usual([home.with_facts(balconies=None) for home in homes(2, 100)], MARKET)
    assert [note.values["value"] for note in untold.notes(odd, MARKET)] == [20]
