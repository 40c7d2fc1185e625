import pytest

from homeprices.domain.listing import Home
from homeprices.domain.market import Market
from homeprices.valuation.features.area_clipping import fit_area_clipping, is_plausible

HOMES = [Home("x", float(area), 2 + (area > 1500), 2) for area in range(500, 2500)]


def test_an_impossible_area_counts_as_the_typical_one(market: Market) -> None:
    clipping = fit_area_clipping(HOMES, market)
    assert clipping.area(Home("x", 653_400.0, 2, 2)) == clipping.typical[2] == 1000.0
    assert clipping.area(Home("x", 5.0, 9, 2)) == clipping.typical[3]


def test_an_extreme_area_counts_as_the_nearest_learned_and_a_usual_one_as_itself(
    market: Market,
) -> None:
    clipping = fit_area_clipping(HOMES, market)
    assert clipping.area(Home("x", 1234.0, 2, 2)) == 1234.0
    assert clipping.area(Home("x", 29_000.0, 2, 2)) == pytest.approx(2495, abs=2)


def test_what_nobody_could_live_in_is_not_learned_from(market: Market) -> None:
    assert is_plausible(Home("x", 1200.0, 2, 2), market)
    assert not is_plausible(Home("x", 500.0, 9, 2), market)
    assert not is_plausible(Home("x", 90_000.0, 3, 2), market)


def test_more_than_anybody_has_for_a_bedroom_counts_as_the_most_and_is_not_learned_from(
    market: Market,
) -> None:
    most = market.usual.most_area_per_bedroom
    homes = [*HOMES, *(Home("x", 9_000.0, 9, 9) for _ in range(20))]
    clipping = fit_area_clipping(homes, market)
    assert clipping.area(Home("x", 2 * most, 1, 1)) == most
    assert clipping.area(Home("x", 2 * most, 2, 1)) == 2 * most
    assert is_plausible(Home("x", 2 * most, 2, 1), market)
    assert not is_plausible(Home("x", 2 * most + 1, 2, 1), market)
