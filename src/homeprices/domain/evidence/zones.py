"""What sale prices say zone by zone: a gain for the city may be a loss for a part of it.

Each zone has a purse of its own that bets on "worse here". With alpha for all of them together,
each needs as many times the e-value as there are zones: if the candidate is worse in none, one is
shown to be worse in it with probability at most alpha, however often it is looked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import Any

from homeprices.domain.evidence.case import Case
from homeprices.domain.evidence.networks import prices_rest_on_few
from homeprices.domain.evidence.state import ZoneEvidence


@dataclass(frozen=True, slots=True)
class ZoneFinding:
    """One zone: the mean errors of both (absolute, in log price, capped), and both bets.

    Bets are log e; that on "worse" is shown at `needed`. `is_worse` is False where that
    `rests_on_few` networks. Means are None without a sale price.
    """

    zone: str
    labels: int
    production_error: float | None
    candidate_error: float | None
    loss_ratio: float | None
    better: float
    harm: float
    needed: float
    is_worse: bool
    rests_on_few: bool = False


def zone_findings(case: Case) -> list[ZoneFinding]:
    """Every zone that the experiment is reported by, in the order of the market."""
    kept = case.state.prices.zones
    return [_finding(case, name, kept.get(name, ZoneEvidence())) for name in case.terms.zones]


def findings_in(figures: Mapping[str, Any]) -> tuple[ZoneFinding, ...]:
    """What the figures of an evaluation say of the zones; nothing where its policy asks none."""
    return tuple(ZoneFinding(**zone) for zone in figures.get("zones", ()))


def _finding(case: Case, zone: str, evidence: ZoneEvidence) -> ZoneFinding:
    labels, ratio = evidence.labels, evidence.loss_ratio
    needed = case.needed(case.numbers.harm_at, by_epoch=True) + log(len(case.terms.zones))
    is_over = evidence.harm.log_e >= needed
    is_few = is_over and prices_rest_on_few(case, "harm", needed, zone)
    return ZoneFinding(
        zone=zone,
        labels=labels,
        production_error=round(evidence.production_loss / labels, 4) if labels else None,
        candidate_error=round(evidence.candidate_loss / labels, 4) if labels else None,
        loss_ratio=None if ratio is None else round(ratio, 4),
        better=round(evidence.better.log_e, 4),
        harm=round(evidence.harm.log_e, 4),
        needed=round(needed, 4),
        is_worse=is_over and not is_few,
        rests_on_few=is_few,
    )
