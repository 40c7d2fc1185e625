"""An experiment as a picture: lines of 100 columns for a terminal, and SVG.

Drawn by hand: a service that shows it to an operator need not load a drawing library.
"""

from collections.abc import Iterator, Sequence
from html import escape
from math import exp
from textwrap import wrap

from homeprices.domain.evidence.parameters import VERSION_1
from homeprices.domain.evidence.stakes import Stake, TimeToVerdict
from homeprices.domain.experiments.status import (
    CompetitionStatus,
    EvidencePoint,
    ExperimentStatus,
    set_aside_words,
)
from homeprices.domain.units import counted
from homeprices.reports.canvas import BAND, DOT, GRID, INK, LINE, MUTED
from homeprices.wording.competition import competition_lines, competition_sentence
from homeprices.wording.zones import zone_lines

COLUMNS, GUTTER = 100, 9
PLOT = COLUMNS - GUTTER
# The band's grid ends there; a row of the terminal is 5 points of error.
MOST, ROW = 50, 5
FIRST_DAY = 24.0
NOTHING_YET = "no evaluation has found a figure yet: `homes decide` makes the first"
BARS, LARGEST_SHOWN = 24, 50.0
BETS = {
    "better": "it errs less, or is rated higher",
    "harm": "it errs more",
    "futility": "it cannot err less by the margin",
    "bad_ratings": "visitors rate it lower",
    "errors": "it fails more often",
    "slow": "it is slow more often",
    "gross": "it misses by far more often",
    "sample_ratio": "visitors are not split as planned",
}
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 420, 62, 58, 16, 64


def as_lines(status: ExperimentStatus) -> list[str]:
    """Hold, picture, bets, zones, what was set aside, time to a verdict; nothing without a trial.

    Of candidates that compete for the next trial: how they stand.
    """
    if status.experiment is None:
        return _competition(status.competition)
    held = [f"held by {status.held_by}"] if status.held_by else []
    if not status.history:
        arms = _arms(status) if status.figures else [NOTHING_YET]
        return [*held, *arms, *_set_aside(status)]
    return [
        *held,
        "",
        *_chart(status),
        "",
        *_bets(status.stakes),
        "",
        *_arms(status),
        *([""] if status.zones else []),
        *zone_lines(status.zones),
        *_set_aside(status),
        *(wrap(in_words(status.expected), COLUMNS) if status.expected else []),
    ]


def in_words(expected: TimeToVerdict) -> str:
    """When to expect a verdict by sale prices, or that none is to be expected."""
    rate = f"{expected.labels_per_hour:.2f} sale prices an hour count so far"
    if expected.from_hours is None:
        return f"{rate}: at this rate nothing can be decided before the deadline"
    at_first = f"{expected.from_hours:.0f} h after the start"
    begin = f"{rate}: at this rate a candidate that errs 20 % less is seen {at_first} or later"
    if expected.to_hours is None:
        end = f"one that errs 10 % less not before the deadline, {expected.deadline_hours:.0f} h"
    else:
        end = f"one that errs 10 % less by {expected.to_hours:.0f} h"
    return f"{begin}, {end}; half of them earlier, half later"


def _chart(status: ExperimentStatus) -> Iterator[str]:
    points, margin = status.history, _margin_percent(status)
    hours = max(points[-1].hours, FIRST_DAY)
    yield "How much smaller the candidate's error is (%): o estimate, : band of 95 % at all hours"
    columns = [_shown_at(points, hours * (column + 1) / PLOT) for column in range(PLOT)]
    for level in range(MOST, -MOST - 1, -ROW):
        mark = "-" if level in (0, round(margin / ROW) * ROW) else " "
        label = f"{level:+5d} % |" if level % 10 == 0 else f"{'':8}|"
        row = "".join(_cell(point, level, mark) for point in columns)
        yield f"{label}{_named(row, level, margin)}".rstrip()
    yield f"{'':8}+{'-' * PLOT}"[:COLUMNS]
    ticks = [PLOT * part // 4 for part in range(5)]
    at = [hours * part / 4 for part in range(5)]
    yield _axis("hours", ticks, [f"{hour:.0f}" for hour in at])
    counts = (_shown_at(points, hour) for hour in at)
    yield _axis("n", ticks, [f"{point.labels if point else 0:,}" for point in counts])


def _named(row: str, level: int, margin: float) -> str:
    """`row` with the name of the line that it is, where there is room at its left."""
    name = {round(margin / ROW) * ROW: " promote above ", 0: " roll back below "}.get(level, "")
    return name + row[len(name) :] if set(row[: len(name)]) <= {"-", "="} else row


def _axis(name: str, ticks: Sequence[int], words: Sequence[str]) -> str:
    line = [" "] * COLUMNS
    line[: len(name) + 2] = f"  {name}"
    for tick, word in zip(ticks, words, strict=True):
        begin = min(GUTTER + tick, COLUMNS - len(word))
        line[begin : begin + len(word)] = word
    return "".join(line).rstrip()


def _cell(point: EvidencePoint | None, level: int, empty: str) -> str:
    """What stands for `level` percent in the column of an evaluation."""
    if point is None or point.reduction_band is None:
        return empty
    if point.loss_ratio is not None and _row_of(1 - point.loss_ratio) == level:
        return "o"
    low, high = (_row_of(end) for end in point.reduction_band)
    inside = ":" if empty == " " else "="
    return inside if low <= level <= high else empty


def _row_of(reduction: float) -> int:
    return max(-MOST, min(MOST, ROW * round(100 * reduction / ROW)))


def _shown_at(points: Sequence[EvidencePoint], hour: float) -> EvidencePoint | None:
    """The newest evaluation up to `hour`: where no figure has changed none was kept."""
    before = [point for point in points if point.hours <= hour + 1e-9]
    return before[-1] if before else None


def _bets(stakes: Sequence[Stake]) -> Iterator[str]:
    yield f"{'a bet that':<38}{'stake':>10}{'acts at':>10}  {'':{BARS + 2}}  then"
    for stake in stakes:
        filled = "#" * int(BARS * stake.part)
        yield (
            f"{BETS[stake.name]:<38}{_odds(stake.log_e):>10}{_odds(stake.needed):>10}  "
            f"[{filled:<{BARS}}]  {stake.verdict.replace('_', ' ').lower()}"
        )


def _odds(log_e: float) -> str:
    odds = exp(min(log_e, LARGEST_SHOWN))
    if odds >= 1e6:
        return f"{odds:.0e}"
    return f"{odds:,.0f}" if odds >= 10 else f"{odds:.2f}"


def _arms(status: ExperimentStatus) -> Iterator[str]:
    evidence = status.evidence
    for arm in (evidence.candidate, evidence.production) if evidence else ():
        stars = "" if arm.mean_rating is None else f", mean {arm.mean_rating:.2f}"
        yield (
            f"{arm.version}: {counted(arm.requests, 'answer')}, "
            f"{counted(arm.ratings, 'opinion')}{stars}, {counted(arm.sale_prices, 'sale price')}"
        )


def _set_aside(status: ExperimentStatus) -> list[str]:
    return _wrapped(set_aside_words(status.set_aside))


def _competition(status: CompetitionStatus | None) -> list[str]:
    if status is None:
        return []
    seen = status.standing
    return _wrapped([*competition_lines(seen), *set_aside_words(seen.set_aside)])


def _wrapped(sentences: Sequence[str]) -> list[str]:
    return [line for s in sentences for line in wrap(s, COLUMNS, subsequent_indent="  ")]


def _margin_percent(status: ExperimentStatus) -> float:
    parameters = status.experiment.policy.parameters if status.experiment else {}
    return 100 * parameters.get("margin", VERSION_1.margin)


def as_svg(status: ExperimentStatus) -> bytes:
    """The same as a picture of its own; a sentence where there is nothing to draw."""
    experiment, points = status.experiment, status.history
    if experiment is None and status.competition is not None:
        return _svg([competition_sentence(status.competition.competition)], [])
    if experiment is None:
        return _svg(["no trial is open"], [])
    title = f"{experiment.id}: {experiment.candidate} against {experiment.production}"
    if not points:
        return _svg([title, NOTHING_YET], [])
    newest = points[-1]
    seen = f"{counted(newest.labels, 'sale price')} in {newest.hours:.0f} h"
    bet = next((stake for stake in status.stakes if stake.name == "better"), None)
    stake = f"; stake on better {_odds(bet.log_e)} of {_odds(bet.needed)}" if bet else ""
    hours = max(newest.hours, FIRST_DAY)
    return _svg([title, f"{seen}{stake}"], _drawn(points, hours, _margin_percent(status)))


def _drawn(points: Sequence[EvidencePoint], hours: float, margin: float) -> Iterator[str]:
    def x(hour: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * hour / hours

    ends = [*(point.hours for point in points[1:]), hours]
    for point, end in zip(points, ends, strict=True):
        if point.reduction_band is not None:
            low, high = (_y(100 * bound) for bound in point.reduction_band)
            yield (
                f'<rect x="{x(point.hours):.1f}" y="{high:.1f}" fill="{BAND}" '
                f'width="{x(end) - x(point.hours):.2f}" height="{max(low - high, 1):.1f}"/>'
            )
    for percent in range(-MOST, MOST + 1, 10):
        yield _line(_y(percent), GRID, 0.8)
        yield _text(
            LEFT - 8, _y(percent) + 4, f"{percent:+d} %" if percent else "0 %", anchor="end"
        )
    # One name stands above its line, the other below.
    for level, offset, words in ((margin, -4, "promote above"), (0.0, 14, "roll back below")):
        yield _line(_y(level), LINE if level else INK, 1.5)
        yield _text(WIDTH - RIGHT, _y(level) + offset, words, anchor="end")
    shown = [(p.hours, 1 - p.loss_ratio) for p in points if p.loss_ratio is not None]
    dots = " ".join(f"{x(hour):.1f},{_y(100 * part):.1f}" for hour, part in shown)
    yield f'<polyline points="{dots}" fill="none" stroke="{DOT}" stroke-width="2"/>'
    for hour in (hours * part / 4 for part in range(5)):
        before = _shown_at(points, hour)
        yield _text(x(hour), HEIGHT - BOTTOM + 20, f"{hour:.0f} h", anchor="middle")
        count = f"n = {before.labels if before else 0:,}"
        yield _text(x(hour), HEIGHT - BOTTOM + 36, count, anchor="middle")


def _y(percent: float) -> float:
    part = (MOST - max(-MOST, min(MOST, percent))) / (2 * MOST)
    return TOP + (HEIGHT - TOP - BOTTOM) * part


def _line(y: float, colour: str, width: float) -> str:
    ends = f'x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width}"/>'


def _text(x: float, y: float, words: str, *, anchor: str = "start", size: int = 12) -> str:
    colour = INK if size > 12 else MUTED
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}"'
    return f"<text {place}>{escape(words)}</text>"


def _svg(titles: Sequence[str], drawn: Iterator[str] | Sequence[str]) -> bytes:
    words = [_text(LEFT, 22, titles[0], size=16)]
    words += [_text(LEFT, 42, title) for title in titles[1:]]
    caption = "how much smaller the candidate's error is; the band holds at all hours, at 95 %"
    words += [_text(LEFT, HEIGHT - 8, caption)] if drawn else []
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" role="img">'
        f'<title>{escape(titles[0])}</title><rect width="100%" height="100%" fill="white"/>'
    )
    return "\n".join([head, *words, *drawn, "</svg>\n"]).encode()
