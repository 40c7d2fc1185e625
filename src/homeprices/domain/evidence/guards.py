"""Guards: do a candidate's answers fail, dawdle or miss more often; are visitors split as planned?

A guard asks of each event (an error, a slow answer, a gross miss) whose it was. With
nc requests of the candidate and np of production and odds of theta between their rates, the
next event is the candidate's with probability q = theta o / (1 + theta o), o = nc / np.
So the likelihood ratio of theta against the largest odds allowed is a bet, and six
thetas are played side by side. The split of visitors is a bet of the same kind (Lindon and
Malek on sequential multinomial tests).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import lgamma, log

import numpy as np

from homeprices.domain.evidence.bet import FloatArray, log_mean_exp

# Odds beyond those allowed, as multiples of them.
BEYOND: FloatArray = np.array([1.5, 2, 3, 5, 8, 15])


@dataclass(frozen=True, slots=True)
class RequestBatch:
    """Requests of both arms between two looks, and how many of them were events."""

    candidate: int = 0
    production: int = 0
    candidate_events: int = 0
    production_events: int = 0

    def __add__(self, other: RequestBatch) -> RequestBatch:
        """Both together."""
        return RequestBatch(
            self.candidate + other.candidate,
            self.production + other.production,
            self.candidate_events + other.candidate_events,
            self.production_events + other.production_events,
        )


@dataclass(frozen=True, slots=True)
class ShareGuard:
    """A bet that the candidate has more of the events than its allowed share.

    `carried` are requests of looks at which one of the arms had none.
    """

    log_wealth: tuple[float, ...] = (0.0,) * len(BEYOND)
    carried: RequestBatch = field(default_factory=RequestBatch)

    def after(self, batch: RequestBatch, odds_allowed: float) -> ShareGuard:
        """The bet after one more look."""
        batch = self.carried + batch
        if not (batch.candidate and batch.production):
            return replace(self, carried=batch)
        candidate, production = event_factors(batch.candidate / batch.production, odds_allowed)
        gains = batch.candidate_events * candidate + batch.production_events * production
        return ShareGuard(tuple((np.array(self.log_wealth) + gains).tolist()))

    @property
    def log_e(self) -> float:
        """The logarithm of the e-value."""
        return log_mean_exp(np.array(self.log_wealth))


def event_factors(odds: float, odds_allowed: float) -> tuple[FloatArray, FloatArray]:
    """What an event adds to the logarithm of each wealth: the candidate's, and production's.

    `odds` are requests of the candidate for each of production.
    """
    null = odds_allowed * odds / (1 + odds_allowed * odds)
    thetas = odds_allowed * BEYOND * odds
    shares = thetas / (1 + thetas)
    return np.log(shares / null), np.log((1 - shares) / (1 - null))


def sample_ratio_log_e(candidate: int, production: int, share: float, prior: float) -> float:
    """How hard the first-seen sessions of both arms speak against `share`, as log e.

    The likelihood of the arrivals under a Beta prior worth `prior` sessions around the
    share, against their likelihood under the share itself.

    >>> round(sample_ratio_log_e(30, 90, 0.2, 100), 4)
    0.0517
    """
    mine, rest = prior * share, prior * (1 - share)
    return (
        _log_beta(mine + candidate, rest + production)
        - _log_beta(mine, rest)
        - candidate * log(share)
        - production * log(1 - share)
    )


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
