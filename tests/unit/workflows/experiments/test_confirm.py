"""A change counts once the service that should follow it says so."""

import pytest

from homeprices.domain.errors import Unavailable
from homeprices.domain.requests.records import Slot
from homeprices.workflows.experiments.confirm import Waiting, confirm


class Clock:
    """Seconds that pass while one sleeps, or while a service is slow to answer."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


class Scripted:
    """`ports.ServedVersion` that answers one after the other, the last one for ever."""

    def __init__(self, *answers: str | None, clock: Clock, slow_s: float = 0.0) -> None:
        self.answers, self.clock, self.slow_s = list(answers), clock, slow_s

    def __call__(self, slot: Slot) -> str | None:
        self.clock.sleep(self.slow_s)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer == "away":
            raise Unavailable("it does not answer")
        return answer


@pytest.fixture
def clock() -> Clock:
    return Clock()


def confirmed(served: Scripted, clock: Clock, **how: bool) -> str:
    waiting = Waiting(clock.now, clock.sleep)
    return confirm(served, Slot.PRODUCTION, lambda v: v == "BO2", waiting=waiting, **how)


def test_a_service_that_follows_late_is_waited_for(clock: Clock) -> None:
    words = confirmed(Scripted("away", "BO1", "BO2", clock=clock), clock)
    assert (words, clock.at) == ("the production service serves BO2", 2.0)


@pytest.mark.parametrize(
    ("answer", "heard"), [("BO1", "BO1"), (None, "no model"), ("away", "it does not answer")]
)
def test_a_service_that_never_follows_is_told_with_what_it_serves(answer, heard, clock) -> None:
    with pytest.raises(Unavailable, match=f"after 120 s the production service .*{heard}"):
        confirmed(Scripted(answer, clock=clock), clock)


def test_a_service_that_hangs_does_not_stretch_the_two_minutes(clock: Clock) -> None:
    with pytest.raises(Unavailable):
        confirmed(Scripted("away", clock=clock, slow_s=5.0), clock)
    assert clock.at <= 126.0


def test_where_nobody_is_to_be_served_an_absent_service_is_right(clock: Clock) -> None:
    words = confirmed(Scripted("away", clock=clock), clock, away_is_right=True)
    assert words == "the production service is away and serves nobody"
