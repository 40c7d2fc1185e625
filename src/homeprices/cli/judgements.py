"""What `homes evaluate` prints: tables that fit into 100 columns."""

from __future__ import annotations

from itertools import groupby

from homeprices.domain.model_card import Evaluation, Figure, Judgement, Ratio, Slice


def evaluation(found: Evaluation) -> str:
    """All tables of an evaluation."""
    lines = [f"{found.version} on {found.rows:,} homes of {found.source}"]
    if found.seen:
        lines.append(
            f"{found.seen:,} of them are probably among those it learned from: they flatter it"
        )
    return "\n".join([*lines, *(line for one in found.judgements for line in _told(one))])


def _told(one: Judgement) -> list[str]:
    facts = ", ".join(one.optional).replace("_", " ") or "nothing else"
    return [
        "",
        f"told four facts and {facts}",
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
