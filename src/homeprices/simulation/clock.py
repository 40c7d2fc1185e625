"""The clock of the month: it stands where it is set."""

from datetime import UTC, datetime, timedelta

STARTED_AT = datetime(2030, 4, 1, tzinfo=UTC)


class MonthClock:
    """`ports.Clock`; `day` is the time since the start, in days."""

    def __init__(self) -> None:
        self.day = 0.0

    def __call__(self) -> datetime:
        """Now, in the month."""
        return at_day(self.day)


def at_day(day: float) -> datetime:
    """The moment that is so many days after the start."""
    return STARTED_AT + timedelta(days=day)


def day_of(moment: str) -> float:
    """The days since the start of an ISO moment."""
    return (datetime.fromisoformat(moment) - STARTED_AT) / timedelta(days=1)
