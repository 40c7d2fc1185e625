"""A change counts once the service that should follow it says so."""

from __future__ import annotations

import pytest

from homeprices.domain.errors import Unavailable
from homeprices.domain.records import Slot
from homeprices.workflows.confirm import confirm


class Scripted:
    """`ports.Served` that answers one after the other, the last one for ever; None is away."""

    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)

    def __call__(self, slot: Slot) -> str | None:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer == "away":
            raise Unavailable("it does not answer")
        return answer


def test_a_service_that_follows_late_is_waited_for() -> None:
    slept: list[float] = []
    served = Scripted("away", "BO1", "BO2")
    words = confirm(served, Slot.PRODUCTION, lambda v: v == "BO2", sleep=slept.append)
    assert (words, len(slept)) == ("the production service serves BO2", 2)


@pytest.mark.parametrize(
    ("answer", "heard"), [("BO1", "BO1"), (None, "no model"), ("away", "it does not answer")]
)
def test_a_service_that_never_follows_is_told_with_what_it_serves(answer, heard) -> None:
    with pytest.raises(Unavailable, match=f"after 120 s the production service .*{heard}"):
        confirm(Scripted(answer), Slot.PRODUCTION, lambda v: v == "BO2", sleep=lambda _: None)
