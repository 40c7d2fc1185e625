"""Blocks: one rating of the small arm against as many of the large one as the split says."""

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeprices.domain.evidence.blocks import MOST_WAITING, BlockQueue, BlockSize
from homeprices.domain.evidence.parameters import VERSION_1
from homeprices.domain.evidence.state import RatingEvidence
from support.evidence import look, rating, terms

SIZE = BlockSize(1, 4)


@pytest.mark.parametrize(
    ("share", "size"),
    [(0.05, (1, 19)), (0.2, (1, 4)), (0.3, (1, 2)), (0.5, (1, 1)), (0.75, (3, 1)), (0.9, (9, 1))],
)
def test_a_block_is_as_the_visitors_are_split(share: float, size: tuple[int, int]) -> None:
    assert BlockSize.for_share(share) == BlockSize(*size)


def test_ratings_meet_in_the_order_of_their_arrival() -> None:
    queue: BlockQueue[str] = BlockQueue()
    arrivals = [*"abcd", "A", *"ef", "B", *"ghij", "C"]
    blocks = queue.blocks([(name.isupper(), name) for name in arrivals], SIZE)
    assert list(blocks) == [(["A"], [*"abcd"]), (["B"], [*"efgh"])]
    assert (list(queue.candidate), list(queue.production)) == (["C"], ["i", "j"])


def test_a_flood_of_one_arm_waits_no_longer_than_the_queue_holds() -> None:
    queue: BlockQueue[float] = BlockQueue()
    assert list(queue.blocks([(True, 1.0)] * 400, SIZE)) == []
    assert (len(queue.candidate), queue.dropped) == (MOST_WAITING, 400 - MOST_WAITING)


def test_the_stake_is_the_candidates_score_minus_the_mean_of_four() -> None:
    rows = [rating(n, "production", stars) for n, stars in enumerate([5, 4, 3, 4])]
    state, _ = look([*rows, rating(9, "candidate", 5)])
    after, _ = RatingEvidence().after(
        [(False, 1.0), (False, 0.8), (False, 0.6), (False, 0.8), (True, 1.0)], SIZE, 0.8
    )
    assert state.ratings == after
    assert after.blocks == 1
    # A quarter, 0.2 / 0.8, of each part of the wealth.
    assert after.better.log_wealth[15] == pytest.approx(log(1 + 0.95 / 4))
    assert after.worse.log_wealth[15] == pytest.approx(log(1 - 0.95 / 4))


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 5)), max_size=60), st.integers(0, 60))
def test_how_ratings_are_cut_into_looks_changes_nothing(ratings, cut: int) -> None:
    scores = [(is_candidate, stars / 5) for is_candidate, stars in ratings]
    bound = VERSION_1.rating_bound
    whole, _ = RatingEvidence().after(scores, SIZE, bound)
    first, _ = RatingEvidence().after(scores[:cut], SIZE, bound)
    parts, _ = first.after(scores[cut:], SIZE, bound)
    assert (parts.candidate, parts.production) == (whole.candidate, whole.production)
    assert parts.better.log_wealth == pytest.approx(whole.better.log_wealth)


def test_what_finds_no_partner_is_counted() -> None:
    rows = [rating(n, "candidate", 5) for n in range(300)]
    state, _ = look(rows, share=terms().share)
    assert state.set_aside == {"no partner": 300 - MOST_WAITING}
