"""So many requests a second of one name, a burst beside, and no more memory for more names."""

import pytest

from homeprices.domain.errors import RateLimited
from homeprices.serving.access import rate_limit
from homeprices.serving.access.rate_limit import UNLIMITED, RateLimit, RateTerms


class Now:
    """A clock that is set."""

    at = 1_000.0

    def __call__(self) -> float:
        return self.at


def taken(limit: RateLimit, name: str, times: int) -> int:
    """How many of so many requests are taken."""
    count = 0
    for _ in range(times):
        try:
            limit.take(name)
        except RateLimited:
            continue
        count += 1
    return count


def test_a_burst_is_taken_and_then_so_many_a_second() -> None:
    now = Now()
    limit = RateLimit(RateTerms(5, 300), "opinions", now)
    assert taken(limit, "a", 1_000) == 301
    now.at += 1
    assert taken(limit, "a", 1_000) == 5
    now.at += 3_600
    assert taken(limit, "a", 1_000) == 301


def test_one_name_takes_nothing_from_another() -> None:
    limit = RateLimit(RateTerms(1, 3), "opinions", Now())
    assert [taken(limit, name, 10) for name in ("a", "b", "a")] == [4, 4, 0]


def test_whoever_is_refused_is_told_how_long_to_wait_and_waits_no_longer_for_having_asked() -> None:
    now = Now()
    limit = RateLimit(RateTerms(0.5, 0), "opinions", now)
    limit.take("a")
    for _ in range(3):
        with pytest.raises(RateLimited) as refused:
            limit.take("a")
        assert refused.value.retry_after_s == pytest.approx(2)
    now.at += 2
    limit.take("a")


def test_a_rate_of_nought_limits_nothing() -> None:
    assert taken(RateLimit(UNLIMITED, "opinions", Now()), "a", 5_000) == 5_000


def test_of_more_names_than_are_remembered_the_quietest_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rate_limit, "REMEMBERED", 3)
    limit = RateLimit(RateTerms(1, 0), "opinions", Now())
    for name in "abcd":
        limit.take(name)
    assert len(limit._whole_at) == 3
    assert [taken(limit, name, 1) for name in "da"] == [0, 1]
