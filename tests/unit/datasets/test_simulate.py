import numpy as np

from homeprices import markets
from homeprices.datasets.clean import clean
from homeprices.datasets.read import read
from homeprices.datasets.simulate import simulate

MARKET = markets.load("bangalore")
CONTENT = simulate(MARKET, 4000, 7)


def test_a_seed_decides_the_market() -> None:
    assert simulate(MARKET, 300, 7) == simulate(MARKET, 300, 7)
    assert simulate(MARKET, 300, 7) != simulate(MARKET, 300, 8)


def test_it_has_the_rows_asked_for_and_most_are_usable() -> None:
    raw = read(CONTENT, MARKET)
    assert len(raw.rows) == 4000
    assert len(clean(raw, MARKET).listings) > 3600


def test_it_is_as_dirty_as_real_listings() -> None:
    text = CONTENT.decode()
    for dirt in (" - ", "Sq. Meter", "1 RK", "Bedroom", ", ", "Near "):
        assert dirt in text
    reasons = {r.reason.value for r in clean(read(CONTENT, MARKET), MARKET).rejections}
    assert {"duplicate", "bathrooms_unreadable"} <= reasons


def test_its_prices_lie_where_those_of_the_city_do() -> None:
    listings = clean(read(CONTENT, MARKET), MARKET).listings
    low, middle, high = np.quantile([listing.price for listing in listings], [0.1, 0.5, 0.9])
    assert 30 < low < 50 < middle < 100 < high < 300
