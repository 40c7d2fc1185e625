import pytest

from homeprices import markets
from homeprices.cli.show import learning_curve_table
from homeprices.datasets.clean import read_listings
from homeprices.datasets.simulate import simulate
from homeprices.datasets.split import folds_of, split
from homeprices.domain.errors import NotFound, Refused
from homeprices.valuation.train.cross_validation import FOLDS, SALT
from homeprices.workflows.training.evaluate import cross_validate, learning_curve

MARKET = markets.load("bangalore")
LISTINGS = read_listings(simulate(MARKET, 900, 3), MARKET)


def test_every_listing_is_judged_once_by_a_model_that_never_saw_it() -> None:
    told: list[str] = []
    found = cross_validate(LISTINGS, MARKET, ["linear"], told.append)
    assert found.keys() == {"linear, four"}
    assert found["linear, four"]["rows"] == len(LISTINGS)
    assert 60 < found["linear, four"]["coverage_percent"] < 95
    assert told[-1] == "linear: fold 5 of 5"


def test_an_unknown_recipe_and_too_few_listings_are_said() -> None:
    with pytest.raises(NotFound, match="oracle"):
        cross_validate(LISTINGS, MARKET, ["linear", "oracle"], pytest.fail)
    folds = folds_of(LISTINGS, FOLDS, SALT)
    of_one_fold = [row for row, fold in zip(LISTINGS, folds, strict=True) if fold == 1]
    with pytest.raises(Refused, match="too few"):
        cross_validate(of_one_fold, MARKET, ["linear"])


def test_a_learning_curve_judges_growing_parts_on_the_same_homes() -> None:
    listings = read_listings(simulate(MARKET, 2200, 3), MARKET)
    points = learning_curve("linear", listings, MARKET)
    sizes = [point.learned_from for point in points]
    learn, held_out = split(listings)
    assert sizes == sorted(set(sizes))
    assert sizes[-1] == len(learn)
    assert {point.held_out for point in points} == {len(held_out)}
    assert (
        points[0].figure("mean_abs_log_error").value > points[-1].figure("mean_abs_log_error").value
    )
    assert "median error %" in learning_curve_table(points)
    with pytest.raises(Refused, match="held out"):
        learning_curve("linear", learn, MARKET)
