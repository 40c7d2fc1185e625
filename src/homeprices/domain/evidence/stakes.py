"""How far every bet of an experiment has come, and when sale prices may decide it."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log, sqrt
from typing import Any

from homeprices.domain.evidence.parameters import EvidenceParameters
from homeprices.domain.evidence.verdict import LABELS_FOR
from homeprices.domain.experiments.decision import Verdict

_BETS = {
    "better": ("promote_at", Verdict.PROMOTE),
    "harm": ("harm_at", Verdict.ROLL_BACK),
    "futility": ("futility_at", Verdict.ROLL_BACK),
    "bad_ratings": ("bad_ratings_at", Verdict.ROLL_BACK),
    "errors": ("guard_at", Verdict.ROLL_BACK),
    "slow": ("guard_at", Verdict.ROLL_BACK),
    "gross": ("guard_at", Verdict.ROLL_BACK),
    "sample_ratio": ("sample_ratio_at", Verdict.HOLD),
}
# Evidence that began anew does not touch what is no matter of the homes that are asked about.
_IN_EVERY_EPOCH = frozenset({"errors", "slow", "gross", "sample_ratio"})


@dataclass(frozen=True, slots=True)
class Stake:
    """What a bet has made of its stake, beside what it needs, both as log e; and what then."""

    name: str
    log_e: float
    needed: float
    verdict: Verdict

    @property
    def part(self) -> float:
        """How much of the way is gone, 0 to 1.

        >>> Stake("better", 1.5, 3.0, Verdict.PROMOTE).part
        0.5
        """
        return min(max(self.log_e / self.needed, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class TimeToVerdict:
    """When sale prices may decide, in hours since the start, if they come as they did.

    `from_hours` is for a candidate that errs 20 % less, `to_hours` for one that errs 10 % less,
    each at the end of the range (95 %) of the rate that suits it. None is beyond the deadline.
    """

    labels_per_hour: float
    deadline_hours: float
    from_hours: float | None
    to_hours: float | None


def stakes(figures: Mapping[str, Any], numbers: EvidenceParameters) -> tuple[Stake, ...]:
    """Every bet of the `figures` of an evaluation; none where its policy made no bet."""
    log_e, epoch = figures.get("log_e", {}), figures.get("epoch", 0)
    return tuple(
        Stake(
            name,
            log_e[name],
            log(getattr(numbers, at)) + log(2) * (0 if name in _IN_EVERY_EPOCH else epoch),
            verdict,
        )
        for name, (at, verdict) in _BETS.items()
        if name in log_e
    )


def time_to_verdict(
    figures: Mapping[str, Any], hours: float, prices: int, numbers: EvidenceParameters
) -> TimeToVerdict:
    """See `TimeToVerdict`; `prices` is how many counted in `hours`, of all epochs.

    The square root of a count has a standard error of 1/2, whatever the count.
    """
    low, high = (max(sqrt(prices) + side, 0) ** 2 / max(hours, 1) for side in (-1, 1))
    harder = 1 + figures.get("epoch", 0) * log(2) / log(numbers.promote_at)

    def at(reduction: int, rate: float) -> float | None:
        rest = max(0.0, LABELS_FOR[reduction] * harder - figures.get("labels", 0))
        if rest and not rate:
            return None
        until = max(numbers.min_hours, hours + (rest / rate if rest else 0))
        return until if until <= numbers.deadline_hours else None

    return TimeToVerdict(
        labels_per_hour=prices / max(hours, 1),
        deadline_hours=numbers.deadline_hours,
        from_hours=at(20, high) if prices else None,
        to_hours=at(10, low) if prices else None,
    )
