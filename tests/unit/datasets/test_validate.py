"""Datasets that no single row shows to be unfit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homeprices import markets
from homeprices.datasets.clean import read_listings
from homeprices.datasets.simulate import simulate
from homeprices.datasets.validate import problems

MARKET = markets.load("bangalore")
LISTINGS = read_listings(simulate(MARKET, 600, 3), MARKET)


def test_an_ordinary_dataset_has_no_problem() -> None:
    assert problems(LISTINGS, MARKET, LISTINGS) == []


def test_too_few_listings_are_told_with_how_many_are_needed() -> None:
    found = problems(LISTINGS[:40], MARKET)
    assert any("left to learn from; 200 are needed" in words for words in found)
    assert any("held out to judge by; 30 are needed" in words for words in found)
    assert problems([], MARKET) == ["it has no listing"]


def test_one_locality_or_one_price_teaches_nothing() -> None:
    alike = [
        replace(row, home=replace(row.home, locality="Hebbal"), price=50.0) for row in LISTINGS
    ]
    found = problems(alike, MARKET)
    assert "all listings are in Hebbal" in found
    assert "every price is 50" in found


@pytest.mark.parametrize(
    ("factor", "words"), [(100_000, "the median price in lakh went from"), (0.1, "another unit")]
)
def test_a_unit_that_changed_is_noticed(factor: float, words: str) -> None:
    moved = [replace(row, price=row.price * factor) for row in LISTINGS]
    assert any(words in found for found in problems(moved, MARKET, LISTINGS))


def test_areas_in_square_metres_are_noticed() -> None:
    moved = [replace(row, home=replace(row.home, area=row.home.area / 10.764)) for row in LISTINGS]
    (found,) = problems(moved, MARKET, LISTINGS)
    assert found.startswith("the median area in sqft went from")
