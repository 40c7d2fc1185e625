import pytest

from homeprices import markets
from homeprices.datasets.clean import read_listings
from homeprices.datasets.simulate import simulate
from homeprices.domain.errors import NotFound, Refused
from homeprices.workflows.evaluate import cross_validate

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
        cross_validate(LISTINGS, MARKET, ["oracle"])
    with pytest.raises(Refused, match="too few"):
        cross_validate(LISTINGS[:2], MARKET, ["linear"])
