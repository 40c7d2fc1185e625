"""Pictures are drawn of whatever there is, and equal figures give equal bytes."""

from __future__ import annotations

import numpy as np
import pytest

from homeprices.domain.model_card import Figure, LearningPoint, Slice
from homeprices.domain.training import TuningTrial, TuningTrialState
from homeprices.reports import plots
from homeprices.reports.canvas import pictures

RNG = np.random.default_rng(1)
ACTUAL = np.exp(RNG.normal(4, 0.6, 300))
ESTIMATE = ACTUAL * np.exp(RNG.normal(0, 0.3, 300))
ERROR = 100 * np.abs(ESTIMATE / ACTUAL - 1)
FINISHED = TuningTrial(0, {}, TuningTrialState.FINISHED, 0.21, [0.21], 1.0)
PRUNED = TuningTrial(1, {}, TuningTrialState.PRUNED, None, [0.23], 1.0)


def part(coverage: float) -> Slice:
    return Slice("bedrooms", "2", 400, 15.0, 1.0, coverage, 6.0)


PART = Slice("bedrooms", "3", 90, 14.0, 1.0, 80.0, 6.0, (12.0, 17.0))


def lesson(facts: str, learned_from: int) -> LearningPoint:
    return LearningPoint(
        facts, learned_from, 300, [Figure("mdape_percent", 20 - learned_from / 50, 10, 25, 30)]
    )


DRAWN = {
    "residuals": lambda: plots.residuals(ACTUAL, ESTIMATE, "lakh"),
    "residuals of few homes": lambda: plots.residuals(ACTUAL[:3], ESTIMATE[:3], "lakh"),
    "calibration": lambda: plots.calibration([part(81.0), part(60.0)], 80.0),
    "calibration of one": lambda: plots.calibration([part(81.0)], 80.0),
    "localities": lambda: plots.error_by_locality(["Hebbal", "Whitefield"] * 150, ERROR),
    "localities, all small": lambda: plots.error_by_locality([str(i) for i in range(300)], ERROR),
    "parts": lambda: plots.error_by_part([part(81.0), PART], 15.0),
    "learning": lambda: plots.learning_curve([lesson("four", 100), lesson("four", 200)]),
    "learning of one": lambda: plots.learning_curve([lesson("four", 100), lesson("all", 100)]),
    "search": lambda: plots.search([FINISHED, PRUNED]),
    "search of one": lambda: plots.search([FINISHED]),
}


@pytest.mark.parametrize("what", DRAWN)
def test_it_is_drawn_and_drawn_alike_again(what: str) -> None:
    first = pictures("it", DRAWN[what]())
    assert first["it.png"].startswith(b"\x89PNG")
    assert b"</svg>" in first["it.svg"]
    assert all(len(picture) < 150_000 for picture in first.values())
    assert pictures("it", DRAWN[what]()) == first
