"""Pictures are drawn of whatever there is, and equal figures give equal bytes."""

from __future__ import annotations

import numpy as np
import pytest

from homeprices.domain.model_card import Slice
from homeprices.domain.tracking import Trial, TrialState
from homeprices.reports import plots

RNG = np.random.default_rng(1)
ACTUAL = np.exp(RNG.normal(4, 0.6, 300))
ESTIMATE = ACTUAL * np.exp(RNG.normal(0, 0.3, 300))
ERROR = 100 * np.abs(ESTIMATE / ACTUAL - 1)
FINISHED = Trial(0, {}, TrialState.FINISHED, 0.21, [0.21], 1.0)
PRUNED = Trial(1, {}, TrialState.PRUNED, None, [0.23], 1.0)


def part(coverage: float) -> Slice:
    return Slice("bedrooms", "2", 400, 15.0, 1.0, coverage, 6.0)


DRAWN = {
    "residuals": lambda: plots.residuals(ACTUAL, ESTIMATE, "lakh"),
    "residuals of few homes": lambda: plots.residuals(ACTUAL[:3], ESTIMATE[:3], "lakh"),
    "calibration": lambda: plots.calibration([part(81.0), part(60.0)], 80.0),
    "calibration of one": lambda: plots.calibration([part(81.0)], 80.0),
    "localities": lambda: plots.error_by_locality(["Hebbal", "Whitefield"] * 150, ERROR),
    "localities, all small": lambda: plots.error_by_locality([str(i) for i in range(300)], ERROR),
    "search": lambda: plots.search([FINISHED, PRUNED]),
    "search of one": lambda: plots.search([FINISHED]),
}


@pytest.mark.parametrize("what", DRAWN)
def test_it_is_drawn_and_drawn_alike_again(what: str) -> None:
    first = DRAWN[what]()
    assert first.startswith(b"\x89PNG")
    assert len(first) < 150_000
    assert DRAWN[what]() == first
