"""Datasets that no single row shows to be unfit."""

from dataclasses import replace

import pytest

from homeprices import markets
from homeprices.datasets.clean import read_listings
from homeprices.datasets.simulate import simulate
from homeprices.datasets.validate import misunderstood, out_of_scale, problems
from homeprices.domain.listing import Listing

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
    assert "all listings are in Hebbal: list homes all over Bengaluru" in found
    assert "every price is 50: list what each home costs" in found


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (100_000, "prices look like rupees; give prices in lakh"),
        (100, "prices look like thousands of rupees; give prices in lakh"),
        (0.01, "prices look like crore; give prices in lakh"),
        (5, "is usual: give prices in lakh"),
    ],
)
def test_prices_in_another_unit_are_noticed_and_the_unit_named(factor: float, words: str) -> None:
    moved = [replace(row, price=row.price * factor) for row in LISTINGS]
    (found,) = misunderstood(moved, MARKET)
    assert found.startswith("the median price per sqft is")
    assert found.endswith(words)
    assert problems(moved, MARKET, LISTINGS) == [found]


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (10.764, "areas look like sqmeter; give sqft, or write the unit too"),
        (43_560, "areas look like acres; give sqft, or write the unit too"),
        (1e-4, "is usual: give areas in sqft"),
    ],
)
def test_areas_in_another_unit_are_noticed_and_the_unit_named(size: float, words: str) -> None:
    moved = [replace(row, home=replace(row.home, area=row.home.area / size)) for row in LISTINGS]
    (found,) = misunderstood(moved, MARKET)
    assert found.startswith("the median area is")
    assert words in found


def test_some_prices_in_another_unit_are_noticed_and_a_few_slips_are_not() -> None:
    def slipped(times: int) -> list[Listing]:
        odd = [replace(row, price=row.price * 100_000) for row in LISTINGS[:times]]
        return [*odd, *LISTINGS[times:]]

    (found,) = misunderstood(slipped(60), MARKET)
    assert found.startswith("60 of ")
    assert found.endswith("give every price in lakh")
    assert misunderstood(slipped(3), MARKET) == []


@pytest.mark.parametrize("unit", [9.0, 10.764, 435.6])
def test_some_areas_in_another_unit_are_noticed_and_a_few_slips_are_not(unit: float) -> None:
    def slipped(times: int) -> list[Listing]:
        homes = [replace(row.home, area=row.home.area / unit) for row in LISTINGS[:times]]
        odd = [replace(row, home=home) for row, home in zip(LISTINGS, homes, strict=False)]
        return [*odd, *LISTINGS[times:]]

    assert any(
        words.endswith("give every area in sq ft, or write the unit too")
        for words in misunderstood(slipped(60), MARKET)
    )
    assert misunderstood(slipped(3), MARKET) == []


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_a_dear_or_a_cheap_market_is_no_other_unit(factor: float) -> None:
    assert misunderstood([replace(row, price=row.price * factor) for row in LISTINGS], MARKET) == []


def test_a_market_that_moved_further_than_any_does_is_noticed() -> None:
    before = [replace(row, price=row.price * 0.6) for row in LISTINGS]
    after = [replace(row, price=row.price * 2) for row in LISTINGS]
    (found,) = problems(after, MARKET, before)
    assert found.startswith("the median price in lakh went from")


@pytest.mark.parametrize(
    "scaled",
    [
        lambda row: replace(row, price=row.price * 100),
        lambda row: replace(row, price=row.price / 100),
        lambda row: replace(row, home=replace(row.home, area=row.home.area / 10.764)),
        lambda row: replace(row, home=replace(row.home, area=row.home.area / 9)),
    ],
    ids=["thousands", "crore", "square metres", "square yards"],
)
def test_a_part_of_a_file_in_another_scale_is_noticed_though_it_is_small(scaled) -> None:
    listings = read_listings(simulate(MARKET, 4000, 3), MARKET)
    assert misunderstood(listings, MARKET) == []
    of_place = [row for row in listings if row.home.locality == "Ramamurthy Nagar"]
    assert 10 < len(of_place) < 0.01 * len(listings)
    moved = [scaled(row) if row in of_place else row for row in listings]
    (found,) = misunderstood(moved, MARKET)
    assert f"of {len(of_place)} homes in ramamurthy nagar" in found
    assert found.endswith("give every price in lakh, every area in sq ft, or write the unit too")


def test_slips_that_are_spread_over_a_file_are_of_no_part() -> None:
    listings = read_listings(simulate(MARKET, 4000, 3), MARKET)
    slips = [replace(row, price=row.price * 100) for row in listings[::150]]
    assert misunderstood([*listings, *slips], MARKET) == []
    assert len(out_of_scale([*listings, *slips], MARKET)) >= len(slips)
