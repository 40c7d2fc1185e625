"""A candidate is judged by the homes that production was judged by."""

from dataclasses import replace

import pytest

from homeprices import markets
from homeprices.datasets.clean import clean
from homeprices.datasets.holdout_change import shared, shrunk_parts
from homeprices.datasets.read import read
from homeprices.datasets.simulate import simulate
from homeprices.datasets.split import split
from homeprices.domain.listing import Listing

MARKET = markets.load("bangalore")


def held_out_of(rows: int, seed: int) -> list[Listing]:
    return split(clean(read(simulate(MARKET, rows, seed), MARKET), MARKET).listings)[1]


@pytest.fixture(scope="module")
def before() -> list[Listing]:
    return held_out_of(9_000, 1)


def test_homes_are_known_again_by_what_they_are_and_not_by_their_place(before) -> None:
    others = [replace(home, price=home.price + 1.5) for home in before[:10]]
    held_out = [*others, *reversed(before[10:30])]
    assert shared(held_out, before[:30]) == list(range(10, 30))


def test_a_holdout_that_only_grew_or_is_of_other_homes_of_the_market_has_not_changed(
    before,
) -> None:
    assert shrunk_parts(before, before, MARKET) == []
    assert shrunk_parts([*before, *held_out_of(2_000, 2)], before, MARKET) == []
    for seed in (3, 4):
        assert shrunk_parts(held_out_of(5_000, seed), before, MARKET) == []


def test_prices_that_rose_by_a_fifth_are_no_change_of_who_is_asked(before) -> None:
    dearer = [replace(home, price=home.price * 1.2) for home in held_out_of(5_000, 9)]
    assert shrunk_parts(dearer, before, MARKET) == []


@pytest.mark.parametrize(
    ("is_there", "words"),
    [
        (lambda home: home.price < 95, "homes with worth in lakh, by area and place, of"),
        (lambda home: home.home.bedrooms != 4, "0 homes of 4 bedrooms are held out, where"),
        (lambda home: home.home.locality != "Whitefield", "0 homes in whitefield are held out"),
        (lambda home: home.home.area > 1_000, "homes with area in sqft under"),
    ],
    ids=["dear", "bedrooms", "locality", "small"],
)
def test_homes_of_a_kind_that_are_gone_are_named(before, is_there, words: str) -> None:
    left = [home for home in before if is_there(home)]
    assert any(words in sentence for sentence in shrunk_parts(left, before, MARKET))


def test_a_holdout_of_which_most_is_gone_is_named_by_its_size(before) -> None:
    assert shrunk_parts(before[::5], before, MARKET) == [
        f"{len(before[::5])} listings are held out, where {len(before)} were before"
    ]


def test_what_is_left_of_the_same_homes_is_named_unless_it_is_most_or_others_have_come(
    before,
) -> None:
    left = [home for i, home in enumerate(before) if i % 6]
    assert shrunk_parts(left, before, MARKET) == [
        f"of {len(before)} listings held out before {len(left)} are left, and few are new"
    ]
    assert shrunk_parts([home for i, home in enumerate(before) if i % 16], before, MARKET) == []
    assert shrunk_parts([*left, *held_out_of(2_000, 2)], before, MARKET) == []
