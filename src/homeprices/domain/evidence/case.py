"""One look at an experiment: the state, what is known beside it, and every e-value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp, log
from typing import TYPE_CHECKING

import numpy as np

from homeprices.domain.evidence.guards import sample_ratio_log_e
from homeprices.domain.evidence.inputs import HALF_DAY_HOURS
from homeprices.domain.evidence.ledger import Ledger
from homeprices.domain.evidence.parameters import EvidenceParameters
from homeprices.domain.evidence.state import EvidenceState
from homeprices.domain.experiments.decision import Verdict
from homeprices.domain.experiments.evidence import Evidence
from homeprices.domain.experiments.experiment import PolicyTerms

if TYPE_CHECKING:
    from homeprices.domain.evidence.zones import ZoneFinding

LARGEST_SHOWN = 50.0


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """What one check has found. A verdict of CONTINUE means that it waits for something."""

    verdict: Verdict
    reason: str
    flag: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A state with all that a check looks at; `zones` are what it shows of each of them."""

    state: EvidenceState
    terms: PolicyTerms
    numbers: EvidenceParameters
    log_e: Mapping[str, float] = field(default_factory=dict)
    zones: tuple[ZoneFinding, ...] = ()

    def reaches(self, name: str, threshold: float, *, by_epoch: bool = False) -> bool:
        """True where the process called `name` has reached its threshold; see `needed`."""
        return self.log_e[name] >= self.needed(threshold, by_epoch=by_epoch)

    def needed(self, threshold: float, *, by_epoch: bool = False) -> float:
        """The log e that is asked for.

        Evidence that began anew must be so much harder: the k-th epoch has alpha / 2^k.
        """
        return log(threshold * (2**self.state.epoch if by_epoch else 1))

    def odds(self, name: str) -> str:
        """The e-value, as people read it."""
        shown = exp(min(self.log_e[name], LARGEST_SHOWN))
        return f"{shown:,.0f}" if shown >= 10 else f"{shown:.1f}"

    @property
    def has_age(self) -> bool:
        """True when the experiment is old enough for a verdict by what people report."""
        return self.terms.hours >= self.numbers.min_hours

    @property
    def has_moved(self) -> bool:
        """True where visitors were seen to ask about other homes within the last half day."""
        moved_at = self.state.moved_at
        return moved_at is not None and self.terms.hours - moved_at <= HALF_DAY_HOURS

    @property
    def evidence(self) -> Evidence:
        """What both arms have shown, as people are shown it."""
        totals, terms = self.state.totals, self.terms
        return Evidence(
            totals.candidate.evidence(terms.candidate),
            totals.production.evidence(terms.production),
            terms.hours,
        )

    @property
    def ledger(self) -> Ledger:
        """The ledger; raises ValueError where the terms have none."""
        if self.terms.ledger is None:
            raise ValueError("the evidence policy needs a ledger")
        return self.terms.ledger


def log_e_values(
    state: EvidenceState, share: float, numbers: EvidenceParameters
) -> dict[str, float]:
    """The logarithm of every e-value, by name."""
    paired, ratings = state.prices.better.log_e, state.ratings.better.log_e
    weight = numbers.paired_weight
    return {
        "better": float(np.logaddexp(log(weight) + paired, log(1 - weight) + ratings)),
        "better_prices": paired,
        "better_ratings": ratings,
        "harm": state.prices.harm.log_e,
        "futility": state.prices.futility.log_e,
        "bad_ratings": state.ratings.worse.log_e,
        "errors": state.errors.log_e,
        "slow": state.slow.log_e,
        "gross": state.gross.log_e,
        "sample_ratio": sample_ratio_log_e(*state.sessions, share, numbers.sample_ratio_prior),
    }
