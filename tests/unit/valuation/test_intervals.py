import numpy as np
import pytest

from homeprices.valuation.features import BASE_LISTINGS, BEDROOMS
from homeprices.valuation.intervals import COVERAGE, fit_ranges, group_of

RNG = np.random.default_rng(5)
ROWS = 6000


@pytest.fixture(scope="module")
def sample() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    features = np.zeros((ROWS, 26))
    features[:, BEDROOMS] = RNG.integers(1, 6, ROWS)
    features[:, BASE_LISTINGS] = np.log1p(RNG.choice([0, 4, 60], ROWS))
    spread = RNG.uniform(0.1, 0.4, ROWS)
    unseen = features[:, BASE_LISTINGS] == 0
    residual = RNG.normal(0, 1, ROWS) * spread * np.where(unseen, 2, 1)
    return features, residual, spread


def test_each_group_gets_its_coverage(sample: tuple[np.ndarray, ...]) -> None:
    features, residual, spread = sample
    ranges = fit_ranges(features, residual, spread)
    around = [ranges.around(f, s, 1.0) for f, s in zip(features.tolist(), spread, strict=True)]
    inside = np.array([low <= r <= high for r, (low, high) in zip(residual, around, strict=True)])
    groups = np.array([group_of(row) for row in features.tolist()])
    for group in np.unique(groups):
        found = inside[groups == group].mean()
        error = 3 * (COVERAGE * (1 - COVERAGE) / (groups == group).sum()) ** 0.5
        assert found > COVERAGE - error
        if not group.startswith("unseen"):
            assert found < COVERAGE + error


def test_widening_widens_and_an_unseen_locality_is_wide_however_sure_the_rest(
    sample: tuple[np.ndarray, ...],
) -> None:
    ranges = fit_ranges(*sample)
    known = sample[0][sample[0][:, BASE_LISTINGS] > 4][0].tolist()
    low, high = ranges.around(known, 0.2, 1.0)
    assert ranges.around(known, 0.2, 1.5) == pytest.approx((1.5 * low, 1.5 * high))
    unseen = [*known]
    unseen[BASE_LISTINGS] = 0.0
    sure, unsure = ranges.around(unseen, 0.01, 1.0), ranges.around(known, 0.35, 1.0)
    assert sure[1] - sure[0] > unsure[1] - unsure[0]
