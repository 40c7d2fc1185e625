"""What no single request sees of the loop: where it stands, and what it is worth to its owners."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from homeprices.domain.evidence.stakes import Stake
from homeprices.domain.experiments.decision import Verdict
from homeprices.domain.experiments.experiment import Experiment

# The folder of the objects that tell of a backup each: `{when it was made}.json`.
BACKUPS = "backups/"


@dataclass(frozen=True, slots=True)
class ExperimentStanding:
    """The open experiment as its newest evaluation has left it.

    `evaluated_at` is the start before the first evaluation. `visitors` is how many sessions each
    arm has met since the start, of the last day at most.
    """

    experiment: Experiment
    started_at: datetime
    evaluated_at: datetime
    visitors: Mapping[str, int]
    stakes: tuple[Stake, ...] = ()
    sale_prices: int = 0
    loss_ratio: float | None = None


@dataclass(frozen=True, slots=True)
class DriftStanding:
    """The newest report of the daily drift watch."""

    is_detected: bool
    reported_at: datetime
    psi: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class LoopStanding:
    """Where the loop stands now; what there is none of is None.

    `decided` is the newest decision's verdict and moment. `feedback_at` is when the last opinion
    or sale price came; before the first, the first request.
    """

    experiment: ExperimentStanding | None = None
    decided: tuple[Verdict, datetime] | None = None
    dataset_at: datetime | None = None
    backed_up_at: datetime | None = None
    drift: DriftStanding | None = None
    feedback_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SaleError:
    """How far estimates were from the sale prices that were reported of them.

    `median` is in the price unit of the market, `median_ratio` in parts of the sale price.
    """

    count: int
    median: float
    median_ratio: float


@dataclass(frozen=True, slots=True)
class ServiceValue:
    """What the service was worth: counts of a day, a week and four weeks.

    `with_feedback` counts estimates of the week that anything was said about, `feedback` what
    was said in the week by type, `sale_errors` are of the sale prices reported in the four
    weeks, by the slot that had answered.
    """

    estimates_day: int = 0
    estimates_week: int = 0
    estimates_month: int = 0
    with_feedback: int = 0
    with_sale_price: int = 0
    feedback: Mapping[str, int] = field(default_factory=dict)
    sale_errors: Mapping[str, SaleError] = field(default_factory=dict)
