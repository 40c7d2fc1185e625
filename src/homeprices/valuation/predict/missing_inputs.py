"""Which facts not given would narrow the range, by how much, and which given ones do not count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from homeprices.domain.estimate import Narrowing
from homeprices.domain.listing import Home
from homeprices.valuation.features.feature_sets import FACT_SETS, OPTIONAL, best_set

_TELLS_ALL = Home("", 1.0, 1, 1, dict.fromkeys(OPTIONAL, ""))


def answering_set(told: Sequence[bool], sets: Mapping[str, float]) -> str:
    """The set, of those there are, that answers when these of the facts `OPTIONAL` are told."""
    names = [fact for fact, is_told in zip(OPTIONAL, told, strict=True) if is_told]
    best = best_set(_TELLS_ALL.with_only(names)).name
    return best if best in sets else next(iter(sets))


def not_seen(
    told: Sequence[bool], sets: Mapping[str, float], fields: Mapping[str, str]
) -> tuple[str, ...]:
    """Of the facts told those that the answering model does not see, as callers name them."""
    seen = FACT_SETS[answering_set(told, sets)].optional
    pairs = zip(OPTIONAL, told, strict=True)
    return tuple(
        fields[fact] for fact, is_told in pairs if is_told and fact not in seen and fact in fields
    )


def narrower_with(
    told: Sequence[bool], widths: Mapping[str, float], fields: Mapping[str, str]
) -> tuple[Narrowing, ...]:
    """What else would narrow the range when these of the facts `OPTIONAL` are told.

    `widths` are the median widths of the ranges over the same listings, by set of facts;
    `fields` names the facts as callers do.
    """
    width = widths[answering_set(told, widths)]
    pairs = zip(OPTIONAL, told, strict=True)
    lacking = [fact for fact, is_told in pairs if not is_told and fact in fields]
    found = []
    for name, other in widths.items():
        seen = FACT_SETS[name].optional
        asked = tuple(fields[fact] for fact in lacking if fact in seen)
        by_percent = round(100 * (1 - other / width))
        if asked and by_percent > 0:
            found.append(Narrowing(asked, by_percent))
    return tuple(found)
