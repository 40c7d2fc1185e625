from collections import Counter

import numpy as np
import pytest

from homeprices import markets
from homeprices.datasets.clean import clean
from homeprices.datasets.read import read
from homeprices.datasets.simulate import PriceMove, simulate
from support.paths import REPOSITORY, load_script

MARKET = markets.load("bangalore")
CONTENT = simulate(MARKET, 4000, 7)
BENCHMARK = load_script(REPOSITORY / "benchmarks" / "simulated_market.py")
# Of 9,538 public listings, by that benchmark; and how far the made-up ones may be from them.
REAL = {
    "localities": (1014, 60),
    "% in localities under 10": (22.3, 2.5),
    "% alone in their locality": (3.9, 0.7),
    "% with a twin": (27.8, 2.0),
    "% a twin is apart, median": (6.7, 1.5),
    "% of twins at one price": (11.5, 4.5),
    "% houses": (19.5, 2.5),
    "% of houses on 600, 1200, 2400": (32.7, 3.0),
    "% of flats on 600, 1200, 2400": (3.6, 2.0),
    "% without society": (42.1, 1.5),
    "% of prices in fives": (48.0, 4.0),
    "% with 1 bhk": (5.1, 1.5),
    "% with 2 bhk": (41.4, 2.0),
    "% with 3 bhk": (36.4, 2.0),
    "% with 4 bhk": (10.6, 1.5),
    "% with 5+ bhk": (6.6, 1.0),
    "sqft at 10 %": (890, 50),
    "sqft at 50 %": (1280, 60),
    "sqft at 90 %": (2439, 120),
    "lakh at 10 %": (38, 4),
    "lakh at 50 %": (73, 4),
    "lakh at 90 %": (225, 30),
    "rupees a sqft at 10 %": (3500, 350),
    "rupees a sqft at 50 %": (5492, 250),
    "rupees a sqft at 90 %": (11852, 1300),
}


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


@pytest.mark.parametrize("seed", [1, 2])
def test_it_is_like_real_listings_in_all_that_makes_them_hard_to_price(seed: int) -> None:
    listings = clean(read(simulate(MARKET, 9600, seed), MARKET), MARKET).listings
    found = BENCHMARK.figures(listings, MARKET)
    far = {
        name: (found[name], real)
        for name, (real, most) in REAL.items()
        if abs(found[name] - real) > most
    }
    assert far == {}


def prices(content: bytes) -> list[tuple[str, float]]:
    """Locality and price of each row, in the order of the file."""
    facts = [row.facts for row in read(content, MARKET).rows]
    return [(row["locality"], float(row["price"])) for row in facts]


def test_prices_move_late_in_some_localities_and_nothing_else_does() -> None:
    move = PriceMove(0.2, localities=0.3, after=0.5)
    before, after = prices(CONTENT), prices(simulate(MARKET, 4000, 7, move))
    assert [name for name, _ in before] == [name for name, _ in after]
    ratio = np.array([new / old for (_, old), (_, new) in zip(before, after, strict=True)])
    late = np.flatnonzero(ratio != 1)
    assert late.min() >= 2000
    np.testing.assert_allclose(ratio[late], 1.2, atol=0.01)
    assert 0.2 < len(late) / 2000 < 0.4


def test_a_locality_moves_as_a_whole_or_not_at_all() -> None:
    before, after = prices(CONTENT), prices(simulate(MARKET, 4000, 7, PriceMove(-0.1, 0.5)))
    pairs = {(name, new < old) for (name, old), (_, new) in zip(before, after, strict=True)}
    both = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]
    assert both == []
