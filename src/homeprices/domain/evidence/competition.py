"""Candidates of one training run compete before any visitor meets one of them.

Each sale price that counts is scored by all competitors, so that every pair is judged on the
same homes: a bet against "the first of the two is not better" for each ordered pair. A
competitor has won once its bets against ALL others have reached K / alpha. To be taken for the
best wrongly it must win a bet whose null hypothesis is true, which has a chance of at most
alpha / K (Ville); there are K who could, so the chance of any wrong winner, at all looks
together, is at most alpha. That all of a competitor's bets must win needs no further share of
alpha (an intersection-union test; Berger, 1982).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import permutations
from math import log

import numpy as np

from homeprices.domain.evidence.admission import Admission, is_score
from homeprices.domain.evidence.bet import Bet, FloatArray, log_factors
from homeprices.domain.evidence.chunks import chunks, tallied
from homeprices.domain.evidence.interval import ErrorReduction
from homeprices.domain.evidence.ledger import EvidenceUnit, Ledger, UnitKind
from homeprices.domain.evidence.networks import busiest, factors_rest_on_few
from homeprices.domain.evidence.parameters import EvidenceParameters
from homeprices.domain.evidence.state import better_stakes
from homeprices.domain.experiments.evidence import FeedbackEvent
from homeprices.domain.experiments.experiment import PolicyTerms


class ChosenBy(StrEnum):
    """What has decided a competition."""

    EVIDENCE = "evidence"
    MEAN_LOSS = "mean loss"
    HOLDOUT = "holdout"


@dataclass(frozen=True, slots=True)
class PairEvidence:
    """What sale prices say of one competitor beside another: does it err less, and by how much."""

    better: Bet = field(default_factory=Bet)
    reduction: ErrorReduction = field(default_factory=ErrorReduction)

    def after(self, own: FloatArray, other: FloatArray, bound: float) -> PairEvidence:
        """The evidence after labels with the losses `own` and `other` (n,)."""
        return PairEvidence(
            self.better.after(better_stakes(other, own), bound),
            self.reduction.after(other, own, bound),
        )


@dataclass(frozen=True, slots=True)
class CompetitionState:
    """All that a competition has shown so far.

    `losses` are the sums of capped losses and `missing` the homes that got no price, by
    competitor; `pairs` are by the ordered pairs of `competitor_pairs`. Empty before the first.
    """

    labels: int = 0
    losses: tuple[float, ...] = ()
    missing: tuple[int, ...] = ()
    pairs: tuple[PairEvidence, ...] = ()
    set_aside: Mapping[str, int] = field(default_factory=dict)

    def after(self, losses: FloatArray, bound: float) -> CompetitionState:
        """The state after labels with `losses` (n, K) of every competitor."""
        count = losses.shape[1]
        before = self.pairs or (PairEvidence(),) * (count * (count - 1))
        pairs = zip(before, competitor_pairs(count), strict=True)
        sums = np.array(self.losses or (0.0,) * count) + losses.sum(axis=0)
        return replace(
            self,
            labels=self.labels + len(losses),
            losses=tuple(sums.tolist()),
            pairs=tuple(
                pair.after(losses[:, own], losses[:, other], bound) for pair, (own, other) in pairs
            ),
        )


@dataclass(frozen=True, slots=True)
class CompetitionTerms:
    """What a step knows beside the rows; `competitors` are versions, the best on the holdout first.

    `parameters` are those of the evidence policy; `hours` is how long the competition has run.
    """

    competitors: tuple[str, ...]
    hours: float
    parameters: Mapping[str, float]
    started_at: datetime
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Lead:
    """The leader beside another competitor.

    `reduction` is how much smaller the leader's error is, in parts of 1, with its band of 95 %
    at all looks; `log_e` the bet that it is smaller.
    """

    other: str
    reduction: float | None
    band: tuple[float, float] | None
    log_e: float


@dataclass(frozen=True, slots=True)
class Standing:
    """How a competition stands; `winner` and `chosen_by` are None while it goes on.

    `mean_losses` are by competitor and empty without labels; `needed` is the log e that each of
    the winner's bets must reach.
    """

    competitors: tuple[str, ...]
    labels: int
    mean_losses: Mapping[str, float]
    leader: str
    leads: tuple[Lead, ...]
    needed: float
    hours: float
    deadline_hours: float
    winner: str | None = None
    chosen_by: ChosenBy | None = None
    rests_on_few: bool = False
    missing: Mapping[str, int] = field(default_factory=dict)
    set_aside: Mapping[str, int] = field(default_factory=dict)


def step(
    state: CompetitionState, rows: Iterable[FeedbackEvent], terms: CompetitionTerms
) -> tuple[CompetitionState, Standing]:
    """What is shown with `rows`, sale prices with the scores of every competitor; who leads."""
    numbers = EvidenceParameters(**terms.parameters)
    admission = Admission.for_terms(_as_policy_terms(terms), numbers, is_routed=False)
    for chunk in chunks(rows):
        state = _with_prices(state, admission.feedback(chunk), terms, numbers)
    state = replace(state, set_aside=tallied(state.set_aside, admission))
    return state, standing(state, terms)


def standing(state: CompetitionState, terms: CompetitionTerms) -> Standing:
    """Who leads, and who has won, if anybody.

    At the deadline that is the leader; with fewer labels than a point estimate is trusted on,
    or where the busiest networks have made the leader, the best on the holdout.
    """
    numbers, competitors = EvidenceParameters(**terms.parameters), terms.competitors
    needed = log(len(competitors) / numbers.alpha)
    leading = _leading(state)
    shown = [n for n in range(len(competitors)) if _is_shown_best(state, n, needed)]
    few = bool(shown) and _rests_on_few(shown[0], terms, numbers, needed)
    winner, chosen_by = None, None
    if shown and not few:
        winner, chosen_by = competitors[shown[0]], ChosenBy.EVIDENCE
    elif terms.hours >= numbers.competition_hours:
        has_labels = state.labels >= numbers.min_labels
        few = has_labels and not _leads_without_busiest(leading, terms, numbers)
        is_told = has_labels and not few
        winner = competitors[leading if is_told else 0]
        chosen_by = ChosenBy.MEAN_LOSS if is_told else ChosenBy.HOLDOUT
    return Standing(
        competitors=competitors,
        labels=state.labels,
        mean_losses={
            version: loss / state.labels
            for version, loss in zip(competitors, state.losses, strict=False)
        },
        leader=competitors[leading],
        leads=_leads(state, leading, competitors),
        needed=needed,
        hours=terms.hours,
        deadline_hours=numbers.competition_hours,
        winner=winner,
        chosen_by=chosen_by,
        rests_on_few=few,
        missing={v: n for v, n in zip(competitors, state.missing, strict=False) if n},
        set_aside=state.set_aside,
    )


def competitor_pairs(count: int) -> list[tuple[int, int]]:
    """Every ordered pair of `count` competitors.

    >>> competitor_pairs(2)
    [(0, 1), (1, 0)]
    """
    return list(permutations(range(count), 2))


def _as_policy_terms(terms: CompetitionTerms) -> PolicyTerms:
    """What the admission of rows asks for: no arm is one of a competitor, nobody meets any."""
    return PolicyTerms(
        candidate="",
        production="",
        hours=terms.hours,
        parameters=terms.parameters,
        started_at=terms.started_at,
        ledger=terms.ledger,
    )


def _with_prices(
    state: CompetitionState,
    rows: Sequence[FeedbackEvent],
    terms: CompetitionTerms,
    numbers: EvidenceParameters,
) -> CompetitionState:
    if not rows:
        return state
    losses = np.array([_losses(row, numbers.loss_cap) for row in rows])
    _keep_units(state.labels, losses, rows, terms.ledger)
    unscored = np.array([[not is_score(p) for p in row.competitor_prices] for row in rows])
    before = np.array(state.missing or (0,) * len(terms.competitors))
    missing = tuple((before + unscored.sum(axis=0)).tolist())
    return replace(state, missing=missing).after(losses, numbers.paired_bound)


def _losses(row: FeedbackEvent, cap: float) -> list[float]:
    """The capped loss of each competitor; one that gives no price has missed by far."""
    actual = row.value or 1.0
    return [
        min(abs(log(price / actual)), cap) if price is not None and is_score(price) else cap
        for price in row.competitor_prices
    ]


def _keep_units(
    first: int, losses: FloatArray, rows: Sequence[FeedbackEvent], ledger: Ledger
) -> None:
    """Keep a unit for each loss: those of one label follow one another."""
    count = losses.shape[1]
    ledger.keep(
        [
            EvidenceUnit(
                kind=UnitKind.PRICE,
                number=(first + place) * count + competitor,
                network=row.network or "",
                production=None,
                candidate=loss,
            )
            for place, row in enumerate(rows)
            for competitor, loss in enumerate(losses[place].tolist())
        ]
    )


def _leading(state: CompetitionState) -> int:
    """The position of who errs least; the best on the holdout among equals, or without labels."""
    return int(np.argmin(state.losses)) if state.labels else 0


def _is_shown_best(state: CompetitionState, competitor: int, needed: float) -> bool:
    own = _pairs_of(state, competitor)
    return bool(own) and all(pair.better.log_e >= needed for pair in own.values())


def _pairs_of(state: CompetitionState, competitor: int) -> dict[int, PairEvidence]:
    """The evidence of a competitor beside each other, by the other's position."""
    pairs = zip(competitor_pairs(len(state.losses)), state.pairs, strict=True)
    return {other: pair for (own, other), pair in pairs if own == competitor}


def _rests_on_few(
    competitor: int, terms: CompetitionTerms, numbers: EvidenceParameters, needed: float
) -> bool:
    """True where few networks have won any of the bets of the competitor."""
    losses, networks = _kept_losses(terms)
    return any(
        factors_rest_on_few(
            log_factors(better_stakes(losses[:, n], losses[:, competitor]), numbers.paired_bound),
            networks,
            numbers,
            needed,
        )
        for n in range(len(terms.competitors))
        if n != competitor
    )


def _leads_without_busiest(
    competitor: int, terms: CompetitionTerms, numbers: EvidenceParameters
) -> bool:
    """True where the competitor errs least also by what the other networks have reported."""
    losses, networks = _kept_losses(terms)
    crowd = busiest(networks, numbers)
    others = losses[[network not in crowd for network in networks]]
    return bool(len(others)) and int(np.argmin(others.sum(axis=0))) == competitor


def _kept_losses(terms: CompetitionTerms) -> tuple[FloatArray, list[str]]:
    """The losses (n, K) of all labels that were kept, and their networks."""
    count = len(terms.competitors)
    units = list(terms.ledger.units(UnitKind.PRICE))
    losses = np.array([unit.candidate for unit in units], dtype=float).reshape(-1, count)
    return losses, [unit.network for unit in units[::count]]


def _leads(state: CompetitionState, leading: int, competitors: tuple[str, ...]) -> tuple[Lead, ...]:
    pairs = _pairs_of(state, leading) or {
        n: PairEvidence() for n in range(len(competitors)) if n != leading
    }
    return tuple(
        Lead(
            other=competitors[other],
            reduction=_reduction(state.losses, leading, other),
            band=pair.reduction.band(),
            log_e=pair.better.log_e,
        )
        for other, pair in pairs.items()
    )


def _reduction(losses: tuple[float, ...], own: int, other: int) -> float | None:
    return 1 - losses[own] / losses[other] if losses and losses[other] else None
