import numpy as np
import pytest

from homeprices.domain.listing import Listing
from homeprices.domain.market import Market
from homeprices.valuation.features.encodings import HOUSE_KIND
from homeprices.valuation.train.preprocessing import features_out_of_fold, prepare

PARAMETERS = {"folds": 3.0, "house_rounds": 40.0, "seed": 1.0}


def test_houses_are_told_from_flats_that_were_not_seen(
    listings: tuple[Listing, ...], market: Market
) -> None:
    ground = prepare(listings, market)
    fitted = features_out_of_fold(ground, PARAMETERS)
    columns = fitted.layout.positions(["house_probability", "is_house"])
    share, kind = fitted.features[:, columns].T
    is_house = np.array([home.text_fact("kind") == HOUSE_KIND for home in ground.rows.homes])
    above = share[is_house][:, None] > share[~is_house][None, :]
    assert above.mean() > 0.8
    assert fitted.property_type is not None
    assert share.mean() == pytest.approx(is_house.mean(), abs=0.02)
    assert np.array_equal(kind, is_house)


def test_without_both_kinds_the_share_of_houses_stands_in(
    listings: tuple[Listing, ...], market: Market
) -> None:
    flats = [listing for listing in listings if listing.home.text_fact("kind") != HOUSE_KIND]
    fitted = features_out_of_fold(prepare(flats, market), PARAMETERS)
    assert fitted.property_type is None
    probability = fitted.features[:, fitted.layout.position("house_probability")]
    assert set(probability.tolist()) == {0.0}
    assert fitted.classifier().house_probability([1.0, 2.0]) == 0.0
