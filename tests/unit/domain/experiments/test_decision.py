"""Which decisions are undone by their number is a rule, whatever the command is called."""

import pytest

from homeprices.domain.experiments.decision import Decision, Verdict


def decision(verdict: Verdict, before: str, after: str, undo: str | None) -> Decision:
    return Decision(
        id="D-0007", at="", verdict=verdict, actor="someone", experiment="E1", subject="CO1",
        before=before, after=after, reasons=[], figures={}, undo=undo, undoes=None,
        undone_by=None, asks_training=False, done=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "after", "undo", "can_be_undone"),
    [
        (Verdict.PROMOTE, "BO2", "homes undo D-0007", True),
        (Verdict.PROMOTE, "BO2", "take back D-0007", True),
        (Verdict.ROLL_BACK, "BO1", "homes undo D-0007", True),
        (Verdict.HOLD, "BO1", "homes undo D-0007", True),
        (Verdict.HOLD, "BO1", "homes experiment stop", False),
        (Verdict.UNDO, "BO3", "homes undo D-0007", True),
        (Verdict.UNDO, "BO1", "homes roll-back CO1", False),
        (Verdict.CONTINUE, "BO1", None, False),
    ],
)
def test_an_act_is_undone_by_its_number_unless_it_reopened_the_way(
    verdict: Verdict, after: str, undo: str | None, can_be_undone: bool
) -> None:
    assert decision(verdict, "BO1", after, undo).can_be_undone is can_be_undone
