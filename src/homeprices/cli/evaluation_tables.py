"""What `homes evaluate` prints: tables that fit into 100 columns."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from homeprices.domain.comparison import Change, Comparison
from homeprices.domain.model_card import (
    Evaluation,
    EvaluationResult,
    Figure,
    LearningPoint,
    Ratio,
    Slice,
)
from homeprices.reports.card import told_with


def evaluation(found: Evaluation) -> str:
    """All tables of an evaluation."""
    lines = [f"{found.version} on {found.rows:,} homes of {found.source}"]
    if found.seen:
        lines.append(
            f"{found.seen:,} of them are probably among those it learned from: they flatter it"
        )
    return "\n".join([*lines, *(line for one in found.judgements for line in _told(one))])


def learning_curve(points: Sequence[LearningPoint]) -> str:
    """A line for each number of listings and set of facts."""
    lines = [f"judged on the same {points[0].held_out:,} homes, with 95 % intervals"]
    lines.append(
        f"{'told':<12}{'learned from':>14}{'median error %':>28}{'mean abs log error':>28}"
    )
    for point in sorted(points, key=lambda one: (one.facts, one.learned_from)):
        told = "".join(
            f"{f'{one.value:.4g} ({one.low:.4g} to {one.high:.4g})':>28}"
            for one in (point.figure("mdape_percent"), point.figure("mean_abs_log_error"))
        )
        lines.append(f"{point.facts:<12}{point.learned_from:>14,}{told}")
    return "\n".join(lines)


def comparison(found: Comparison) -> str:
    """The figures of both, with what is told apart, and what differs in how they were made."""
    lines = [f"{found.second} beside {found.first}, on {found.homes:,} homes that neither has seen"]
    for one in found.sets:
        lines += [
            "",
            f"told {told_with(one.optional)}",
            f"{'':<24}{found.first:>10}{found.second:>10}{'difference, 95 %':>24}",
            *map(_change, one.changes),
        ]
    made = [
        f"{one.name.replace('_', ' '):<32}{one.first[:32]:<34}{one.second[:32]}"
        for one in found.made
    ]
    return "\n".join([*lines, "", f"{'made':<32}{found.first:<34}{found.second}", *made])


def _change(one: Change) -> str:
    interval = f"{one.low:+.3g} to {one.high:+.3g}"
    return f"{one.name:<24}{one.first:>10.4g}{one.second:>10.4g}{interval:>24}  {one.verdict}"


def _told(one: EvaluationResult) -> list[str]:
    return [
        "",
        f"told {told_with(one.optional)}",
        f"{'':<34}{'model':>10}{'95 % interval':>24}{'naive':>12}",
        *map(_figure, one.figures),
        "",
        f"{'fairness':<34}{'model':>10}{'95 % interval':>24}{'accepted':>16}",
        *map(_ratio, one.ratios),
        "",
        f"{'':<34}{'homes':>7}{'error %':>9}{'95 % interval':>17}{'lean %':>9}{'inside %':>10}",
        *(
            line
            for kind, parts in groupby(one.slices, lambda part: part.kind)
            for line in (kind, *map(_part, parts))
        ),
    ]


def _figure(one: Figure) -> str:
    naive = "" if one.naive is None else f"{one.naive:.4g}"
    interval = f"{one.low:.4g} to {one.high:.4g}"
    return f"{one.name:<34}{one.value:>10.4g}{interval:>24}{naive:>12}"


def _ratio(one: Ratio) -> str:
    interval, accepted = f"{one.low:.3f} to {one.high:.3f}", f"{one.least:g} to {one.most:g}"
    return f"{one.name:<34}{one.value:>10.3f}{interval:>24}{accepted:>16}"


def _part(one: Slice) -> str:
    low, high = one.mdape_interval or (one.mdape_percent, one.mdape_percent)
    interval = f"{low:.1f} to {high:.1f}"
    return (
        f"  {one.name:<32}{one.rows:>7,}{one.mdape_percent:>9.1f}{interval:>17}"
        f"{one.bias_percent:>+9.1f}{one.coverage_percent:>10.1f}"
    )
