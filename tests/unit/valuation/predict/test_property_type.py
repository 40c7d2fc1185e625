import numpy as np
import pytest

from homeprices.domain.listing import Listing
from homeprices.domain.market import Market
from homeprices.valuation.features.definitions import HOUSE, HOUSE_KIND, KIND
from homeprices.valuation.predict.property_type import open_property_type
from homeprices.valuation.train.preprocessing import features_out_of_fold, prepare

PARAMETERS = {"folds": 3.0, "house_rounds": 40.0, "seed": 1.0}


def test_houses_are_told_from_flats_that_were_not_seen(
    listings: tuple[Listing, ...], market: Market
) -> None:
    ground = prepare(listings, market)
    prepared = features_out_of_fold(ground, PARAMETERS)
    is_house = np.array([home.text_fact("kind") == HOUSE_KIND for home in ground.rows.homes])
    share = prepared.features[:, HOUSE]
    above = share[is_house][:, None] > share[~is_house][None, :]
    assert above.mean() > 0.8
    assert prepared.houses is not None
    assert share.mean() == pytest.approx(is_house.mean(), abs=0.02)
    assert np.array_equal(prepared.features[:, KIND], is_house)


def test_without_both_kinds_the_share_of_houses_stands_in(
    listings: tuple[Listing, ...], market: Market
) -> None:
    flats = [listing for listing in listings if listing.home.text_fact("kind") != HOUSE_KIND]
    prepared = features_out_of_fold(prepare(flats, market), PARAMETERS)
    assert prepared.houses is None
    assert set(prepared.features[:, HOUSE].tolist()) == {0.0}
    assert open_property_type(None, 0.0)([1.0, 2.0]) == 0.0
