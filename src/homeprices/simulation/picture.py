"""The month in one picture: true errors hour by hour, and each decision where it fell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from homeprices.domain.experiments.decision import Verdict
from homeprices.reports.canvas import BAD, BAND, DOT, INK, LINE, MUTED, canvas, pictures, titled
from homeprices.simulation.month import MonthRecord, TrueHour
from homeprices.simulation.outcome import CheckedDecision, MonthOutcome

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 4.6
GOOD = "#1f6f43"
# A point an hour is finer than the eye, and heavier than a page.
EVERY_HOURS = 3
MARKS = {
    Verdict.PROMOTE: ("^", "promoted"),
    Verdict.ROLL_BACK: ("v", "turned away"),
    Verdict.UNDECIDED: ("s", "undecided"),
    Verdict.ROLL_BACK_PRODUCTION: ("X", "production rolled back"),
    Verdict.HOLD: ("P", "held"),
}


def month_pictures(record: MonthRecord, outcome: MonthOutcome) -> dict[str, bytes]:
    """`month.png` and `month.svg`."""
    with canvas(HEIGHT) as (figure, axes):
        titled(
            axes,
            f"A simulated month of {record.order.days} days, seed {record.order.seed}",
            "true mean absolute log error, which the loop never sees; a mark is a decision",
        )
        _moves(axes, record)
        _lines(axes, record.hours)
        _marks(axes, outcome.decisions)
        axes.set_xlim(0, record.order.days)
        axes.set_xlabel("day", color=MUTED, fontsize=9)
        axes.set_ylabel("true error", color=MUTED, fontsize=9)
    return pictures("month", figure)


def _moves(axes: Axes, record: MonthRecord) -> None:
    """The days on which prices moved."""
    for number, move in enumerate(m for m in record.events.moves if m.day < record.order.days):
        label = "prices move" if number == 0 else None
        axes.axvspan(move.day, move.day + 1, color=BAND, alpha=0.6, linewidth=0, label=label)


def _lines(axes: Axes, hours: Sequence[TrueHour]) -> None:
    for number, (version, part) in enumerate(_runs(hours, candidates=False)):
        label = "production" if number == 0 else None
        _line(axes, version, part, DOT, label)
        axes.annotate(
            version,
            (part[0].day, part[0].true_errors[version]),
            (2, -11),
            textcoords="offset points",
            fontsize=8,
            color=DOT,
        )
    for number, (version, part) in enumerate(_runs(hours, candidates=True)):
        _line(axes, version, part, LINE, "candidate on trial" if number == 0 else None)


def _line(
    axes: Axes, version: str, hours: Sequence[TrueHour], colour: str, label: str | None
) -> None:
    points = [*hours[::EVERY_HOURS], hours[-1]]
    days = [hour.day for hour in points]
    errors = [hour.true_errors[version] for hour in points]
    axes.plot(days, errors, color=colour, linewidth=1.8, label=label)


def _runs(hours: Sequence[TrueHour], *, candidates: bool) -> Iterator[tuple[str, list[TrueHour]]]:
    """Each version that was served, with its hours on end."""

    def version(hour: TrueHour) -> str | None:
        return hour.candidate if candidates else hour.production

    for served, part in groupby(hours, version):
        if served is not None:
            yield served, list(part)


def _marks(axes: Axes, decisions: Sequence[CheckedDecision]) -> None:
    labelled: set[Verdict] = set()
    for decision in decisions:
        mark, words = MARKS[decision.verdict]
        label = None if decision.verdict in labelled else words
        labelled.add(decision.verdict)
        axes.scatter(
            [decision.day],
            [decision.true_error],
            marker=mark,
            s=70,
            color=GOOD if decision.is_right else BAD,
            edgecolors=INK,
            linewidths=0.6,
            zorder=5,
            label=label,
        )
