"""The index that compares requests with listings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeprices.domain.drift import NameBins, NumberBins, compare

counts = st.lists(st.integers(0, 10_000), min_size=2, max_size=12)


@given(counts, st.integers(1, 20))
def test_the_same_shares_show_next_to_no_drift_however_many_rows(some: list[int], factor: int):
    drift = compare([n * 100 for n in some], [n * 100 * factor for n in some])
    assert not drift.significant_drift


@given(counts)
def test_the_index_is_never_negative(some: list[int]) -> None:
    assert compare(some, some[::-1]).psi >= 0


def test_a_moved_share_is_told_in_points() -> None:
    drift = compare([500, 500], [800, 200])
    assert drift.significant_drift
    assert drift.drift_percentage == pytest.approx(30.0, abs=0.1)


def test_an_edge_opens_its_bin_and_unknown_names_share_the_last() -> None:
    assert [NumberBins([10.0, 20.0], []).place(v) for v in (9, 10, 19, 20)] == [0, 1, 1, 2]
    assert [NameBins(["a", "b"], []).place(n) for n in ("b", "zzz")] == [1, 2]
