"""What tasks hand to one another."""

import pytest

from homeprices.domain.experiments.decision import Verdict
from homeprices.workflows.scheduled.deciding import choose


@pytest.mark.parametrize(
    ("verdict", "task"),
    [
        (Verdict.PROMOTE, "promote"),
        (Verdict.ROLL_BACK, "roll_back"),
        (Verdict.HOLD, "hold"),
        (Verdict.UNDECIDED, "close_undecided"),
        (Verdict.ROLL_BACK_PRODUCTION, "roll_production_back"),
        (Verdict.CONTINUE, "nothing"),
    ],
)
def test_a_verdict_is_followed_by_exactly_its_task(verdict: Verdict, task: str) -> None:
    assert choose(None, {"id": "D-0001", "verdict": verdict.value}) == task


def test_with_no_trial_nothing_follows() -> None:
    assert choose(None, None) == "nothing"
