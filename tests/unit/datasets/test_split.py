from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from homeprices.datasets.split import HOLDOUT_SHARE, folds_of, group_of, is_held_out, split
from homeprices.domain.listing import Home, Listing


def listing(area: float, locality: str = "Hebbal", price: float = 60.0) -> Listing:
    return Listing(Home(locality, area, 2, 2), price)


FIRST_HELD_OUT = [514, 516, 519, 524, 538]
HOMES = [listing(float(area)) for area in range(500, 10_500)]


def test_about_a_tenth_is_held_out() -> None:
    learn, held_out = split(HOMES)
    assert len(learn) + len(held_out) == len(HOMES)
    assert abs(len(held_out) / len(HOMES) - HOLDOUT_SHARE) < 0.01


def test_the_holdout_is_fixed_for_ever() -> None:
    assert [int(x.home.area) for x in HOMES[:40] if is_held_out(x)] == FIRST_HELD_OUT


@given(st.sampled_from(["7th Phase JP Nagar", "JP Nagar 7th Phase, ", "jp nagar  7TH phase"]))
def test_a_home_stays_on_its_side_when_its_locality_is_written_otherwise(written: str) -> None:
    assert group_of(listing(1200.0, written)) == group_of(listing(1200.0, "JP Nagar, 7th Phase"))


def test_folds_are_even_and_keep_the_rows_of_a_group_together() -> None:
    folds = folds_of([*HOMES, *HOMES], 5)
    assert folds[: len(HOMES)] == folds[len(HOMES) :]
    sizes = Counter(folds[: len(HOMES)])
    assert set(sizes) == set(range(5))
    assert min(sizes.values()) > 1800


def test_another_salt_makes_other_folds() -> None:
    assert folds_of(HOMES, 5, "a") != folds_of(HOMES, 5, "b")
