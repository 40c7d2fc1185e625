"""All that an experiment has shown so far: some hundred numbers, whatever the length of the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from homeprices.domain.evidence.bet import Bet, FloatArray
from homeprices.domain.evidence.blocks import BlockQueue, BlockSize
from homeprices.domain.evidence.guards import RequestBatch, ShareGuard
from homeprices.domain.evidence.inputs import MovedInputs
from homeprices.domain.evidence.interval import ErrorReduction
from homeprices.domain.evidence.ledger import EvidenceUnit
from homeprices.domain.evidence.parameters import EvidenceParameters
from homeprices.domain.experiments.evidence import Totals


@dataclass(frozen=True, slots=True)
class ZoneEvidence:
    """What the sale prices of one zone say of both models; the sums are of capped losses."""

    labels: int = 0
    production_loss: float = 0.0
    candidate_loss: float = 0.0
    better: Bet = field(default_factory=Bet)
    harm: Bet = field(default_factory=Bet)

    def after(self, losses: FloatArray, numbers: EvidenceParameters) -> ZoneEvidence:
        """The evidence after labels of the zone with `losses` (n, 2)."""
        production, candidate = np.minimum(losses, numbers.loss_cap).T
        stakes = better_stakes(production, candidate)
        return ZoneEvidence(
            labels=self.labels + len(losses),
            production_loss=self.production_loss + float(production.sum()),
            candidate_loss=self.candidate_loss + float(candidate.sum()),
            better=self.better.after(stakes, numbers.paired_bound),
            harm=self.harm.after(-stakes, numbers.paired_bound),
        )

    @property
    def loss_ratio(self) -> float | None:
        """The candidate's loss over production's; None before there is one."""
        return self.candidate_loss / self.production_loss if self.production_loss else None


@dataclass(frozen=True, slots=True)
class PriceEvidence:
    """What sale prices say of both models, since the epoch began.

    `first` is the number of the first price of the epoch. The sums are of capped losses. `zones`
    holds what those of each zone say, by its name; one without a price is not there.
    """

    first: int = 0
    labels: int = 0
    production_loss: float = 0.0
    candidate_loss: float = 0.0
    better: Bet = field(default_factory=Bet)
    harm: Bet = field(default_factory=Bet)
    futility: Bet = field(default_factory=Bet)
    reduction: ErrorReduction = field(default_factory=ErrorReduction)
    zones: Mapping[str, ZoneEvidence] = field(default_factory=dict)

    def after(self, losses: FloatArray, numbers: EvidenceParameters) -> PriceEvidence:
        """The evidence after labels with `losses` (n, 2): production's and the candidate's."""
        production, candidate = np.minimum(losses, numbers.loss_cap).T
        bound = numbers.paired_bound
        return PriceEvidence(
            first=self.first,
            labels=self.labels + len(losses),
            production_loss=self.production_loss + float(production.sum()),
            candidate_loss=self.candidate_loss + float(candidate.sum()),
            better=self.better.after(better_stakes(production, candidate), bound),
            harm=self.harm.after(-better_stakes(production, candidate), bound),
            futility=self.futility.after(
                futility_stakes(production, candidate, numbers.margin), bound
            ),
            reduction=self.reduction.after(production, candidate, bound),
            zones=self.zones,
        )

    def with_zones(
        self,
        losses: FloatArray,
        homes_in: Sequence[str | None],
        numbers: EvidenceParameters,
        reported: Sequence[str],
    ) -> PriceEvidence:
        """The evidence with the labels of each zone that is `reported`."""
        zones = dict(self.zones)
        for name in (zone for zone in reported if zone in homes_in):
            mine = losses[[zone == name for zone in homes_in]]
            zones[name] = zones.get(name, ZoneEvidence()).after(mine, numbers)
        return replace(self, zones=zones)

    @property
    def loss_ratio(self) -> float | None:
        """The candidate's loss over production's; None before there is one."""
        return self.candidate_loss / self.production_loss if self.production_loss else None


@dataclass(frozen=True, slots=True)
class RatingEvidence:
    """What ratings say of both models, since the epoch began; queues of what waits for a block."""

    first: int = 0
    blocks: int = 0
    candidate: tuple[float, ...] = ()
    production: tuple[float, ...] = ()
    better: Bet = field(default_factory=Bet)
    worse: Bet = field(default_factory=Bet)

    def after(
        self, ratings: list[tuple[bool, float]], size: BlockSize, bound: float
    ) -> tuple[RatingEvidence, int]:
        """The evidence after `ratings` (is it the candidate's, score); how many were left out."""
        queue = BlockQueue(self.candidate, self.production)
        stakes = [_mean(candidate) - _mean(rest) for candidate, rest in queue.blocks(ratings, size)]
        evidence = RatingEvidence(
            first=self.first,
            blocks=self.blocks + len(stakes),
            candidate=tuple(queue.candidate),
            production=tuple(queue.production),
            better=self.better.after(np.array(stakes), bound),
            worse=self.worse.after(-np.array(stakes), bound),
        )
        return evidence, queue.dropped


@dataclass(frozen=True, slots=True)
class EvidenceState:
    """The state of the evidence policy between two evaluations.

    `sessions` are the first-seen ones of candidate and production, as many of a network a day
    as count for the split; `error_batch` and `slow_batch`
    are the requests since the last look; `set_aside` counts by reason what is no evidence.
    `units` are the prices and ratings that count, of all epochs.
    `epoch` counts the times that visitors' homes moved; `moved_at` is the last hour at which
    they were seen to have, `moved_input` what had. `unpriced` are the sold homes that candidate
    and production were asked about and gave no price for.
    """

    totals: Totals = field(default_factory=Totals)
    sessions: tuple[int, int] = (0, 0)
    set_aside: Mapping[str, int] = field(default_factory=dict)
    error_batch: RequestBatch = field(default_factory=RequestBatch)
    slow_batch: RequestBatch = field(default_factory=RequestBatch)
    errors: ShareGuard = field(default_factory=ShareGuard)
    slow: ShareGuard = field(default_factory=ShareGuard)
    gross: ShareGuard = field(default_factory=ShareGuard)
    prices: PriceEvidence = field(default_factory=PriceEvidence)
    ratings: RatingEvidence = field(default_factory=RatingEvidence)
    units: tuple[int, int] = (0, 0)
    inputs: MovedInputs = field(default_factory=MovedInputs)
    epoch: int = 0
    moved_at: float | None = None
    moved_input: str | None = None
    unpriced: tuple[int, int] = (0, 0)

    def with_new_epoch(self) -> EvidenceState:
        """Nothing is proven yet about the homes that visitors ask about now."""
        prices, ratings = self.units
        return replace(
            self,
            epoch=self.epoch + 1,
            prices=PriceEvidence(first=prices),
            ratings=RatingEvidence(first=ratings),
        )


def better_stakes(production: FloatArray, candidate: FloatArray) -> FloatArray:
    """Positive where the candidate's loss is the smaller one."""
    return production - candidate


def futility_stakes(production: FloatArray, candidate: FloatArray, margin: float) -> FloatArray:
    """Positive where the candidate's loss is not smaller by `margin`."""
    return candidate - (1 - margin) * production


def rating_stake(candidate: list[EvidenceUnit], production: list[EvidenceUnit]) -> float:
    """The stake of one block."""
    return _mean([unit.candidate or 0.0 for unit in candidate]) - _mean(
        [unit.production or 0.0 for unit in production]
    )


def gross_misses(losses: FloatArray, above: float) -> FloatArray:
    """For each label (n, 2): 1 where the candidate alone missed, -1 production alone, else 0."""
    misses = losses > above
    whose: FloatArray = misses[:, 1].astype(float) - misses[:, 0].astype(float)
    return whose


def _mean(scores: list[float]) -> float:
    return sum(scores) / len(scores)
