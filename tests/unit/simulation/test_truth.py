import numpy as np
import pytest

from homeprices import markets
from homeprices.datasets.clean import clean
from homeprices.datasets.read import read
from homeprices.domain.listing import Home, Listing
from homeprices.simulation.events import FileKind, ListingFile, MarketMove, month_events
from homeprices.simulation.truth import TrueErrors, TrueMarket

MARKET = markets.load("bangalore")
MOVES = (MarketMove("up", 1.0, 0.3, 0.5), MarketMove("up", 3.0, -0.3, 0.5))


@pytest.fixture(scope="module")
def truth() -> TrueMarket:
    return TrueMarket(MARKET, MOVES, seed=4)


class FixedPrice:
    """`ports.Predictor` of one price for all homes."""

    localities: tuple[str, ...] = ()

    def __init__(self, price: float) -> None:
        self.price = price

    def estimate(self, home: Home) -> "FixedPrice":
        assert home.facts == {}
        return self


def test_prices_move_within_a_day_in_their_share_of_the_localities_and_back(
    truth: TrueMarket,
) -> None:
    before, half, after, back = (truth.levels(truth.sample, day) for day in (0.9, 1.5, 2.0, 4.0))
    assert not before.any()
    assert set(np.round(half, 9)) == {0.0, 0.15}
    assert set(np.round(after, 9)) == {0.0, 0.3}
    assert np.abs(back).max() < 1e-12
    localities = {row.home.locality for row in truth.sample}
    moved = {row.home.locality for row, level in zip(truth.sample, after, strict=True) if level}
    assert 0.4 < len(moved) / len(localities) < 0.6


def test_what_a_home_is_worth_follows_its_locality(truth: TrueMarket) -> None:
    levels = truth.levels(truth.sample, 2.0)
    moved = truth.sample[int(np.argmax(levels))]
    assert truth.price(moved, 0.0) == moved.price
    assert truth.price(moved, 2.0) == pytest.approx(moved.price * np.exp(0.3))


def test_the_homes_of_files_of_visitors_and_of_the_measure_are_different_ones(
    truth: TrueMarket,
) -> None:
    pools = (truth.listed, truth.asked_about, truth.sample)
    rows = [id(listing) for pool in pools for listing in pool]
    assert len(set(rows)) == len(rows)


def test_a_true_error_is_the_mean_distance_of_log_prices_at_that_time(truth: TrueMarket) -> None:
    errors = TrueErrors(truth)
    errors.learn_of("CO1", FixedPrice(80.0))  # type: ignore[arg-type]
    errors.same_as("BO2", "CO1")
    prices = [truth.price(listing, 2.0) for listing in truth.sample]
    expected = np.mean(np.abs(np.log(80.0) - np.log(prices)))
    assert errors.at(2.0) == {"CO1": pytest.approx(expected), "BO2": pytest.approx(expected)}
    assert errors.at(0.0)["CO1"] != pytest.approx(expected)


def listings(truth: TrueMarket, file: ListingFile) -> list[Listing]:
    return list(clean(read(truth.listing_csv(file, 2), MARKET), MARKET).listings)


def test_a_file_is_of_the_prices_of_its_day_and_a_biased_one_of_higher_ones(
    truth: TrueMarket,
) -> None:
    files = [
        ListingFile(2.0, FileKind.FRESH, 1_000, 2.0),
        ListingFile(2.0, FileKind.STALE, 1_000, 0.0),
        ListingFile(2.0, FileKind.BIASED, 1_000, 2.0, bias=0.3, biased_localities=1.0),
    ]
    fresh, stale, biased = (
        float(np.mean([np.log(row.price) for row in listings(truth, file)])) for file in files
    )
    assert 0.1 < fresh - stale < 0.2
    assert biased - fresh == pytest.approx(0.3, abs=0.01)


def test_the_same_seed_makes_the_same_month_and_another_one_another() -> None:
    first, again, other = (month_events(seed) for seed in (7, 7, 8))
    assert first == again
    assert first != other
    rise, bubble, burst, fall = first.moves
    assert (bubble.size, burst.name) == (-burst.size, bubble.name)
    assert [file.day for file in first.files] == sorted(file.day for file in first.files)
    file = ListingFile(2.0, FileKind.FRESH, 300, 2.0)
    made = [TrueMarket(MARKET, MOVES, seed).listing_csv(file, 1) for seed in (7, 7, 8)]
    assert made[0] == made[1] != made[2]
    assert rise.day < fall.day
