import numpy as np
import pytest

from homeprices.valuation.features.layout import current_layout
from homeprices.valuation.predict.untold import MOST_BEDROOMS
from homeprices.valuation.train.untold import fit_untold_shares

LAYOUT = current_layout(0)


def rows(number: int, **facts: float) -> np.ndarray:
    row = [facts.get(name, np.nan) for name in LAYOUT.names]
    return np.array([row] * number)


def test_shares_are_of_the_listings_that_tell_and_rare_values_are_none() -> None:
    features = np.concatenate(
        [
            rows(900, is_house=0, bedrooms=2, area_type=0, is_ready=1, balconies=1),
            rows(99, is_house=0, bedrooms=2, area_type=1, is_ready=0, balconies=7),
            rows(1, is_house=0, bedrooms=2, area_type=2),
            rows(300, is_house=1, bedrooms=9, area_type=2, is_ready=1, balconies=0),
            # Of a kind that is not known nothing is counted for either.
            rows(500, is_house=0.4, bedrooms=2, area_type=2),
        ]
    )
    shares = fit_untold_shares(features, LAYOUT, 3)
    assert shares.ready == pytest.approx([99 / 1299, 1200 / 1299])
    assert shares.area_types[0][1] == pytest.approx([900 / 999, 99 / 999, 0], rel=1e-3)
    assert shares.area_types[1] == [[0, 0, 1]] * MOST_BEDROOMS
    # Few balconies of many bedrooms are counted among those of all homes.
    assert shares.balconies[1] == pytest.approx([4.5 / 1019, 914 / 1019, 0, 100.5 / 1019], abs=5e-3)
    assert shares.balconies[4] == pytest.approx([0.9565, 0.0435, 0, 0], abs=1e-4)


def test_of_a_fact_that_no_listing_tells_there_are_no_shares() -> None:
    shares = fit_untold_shares(rows(50, is_house=0, bedrooms=2), LAYOUT, 0)
    assert shares.ready == []
    assert shares.balconies == [[]] * MOST_BEDROOMS
    assert shares.area_types == [[[]] * MOST_BEDROOMS] * 2
