"""What no request sees: the series of the loop and of its worth, which one service tells for all.

They are the same whoever is asked, so that expressions take their maximum.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from homeprices.domain.loop import ExperimentStanding, LoopStanding, ServiceValue
from homeprices.domain.market import Money
from homeprices.serving.metrics.gauges import Declared, LabelledValue, single


@dataclass(frozen=True, slots=True)
class StandingNow:
    """Where the loop stands, and the time to tell ages by."""

    standing: LoopStanding
    now: datetime

    def experiment_value(
        self, value: Callable[[ExperimentStanding], float | None]
    ) -> list[LabelledValue]:
        """`value` of the open experiment."""
        standing = self.standing.experiment
        return single(None if standing is None else value(standing))

    def experiment_age(
        self, moment: Callable[[ExperimentStanding], datetime]
    ) -> list[LabelledValue]:
        """Seconds since a moment of the open experiment."""
        return self.experiment_value(lambda standing: self._since(moment(standing)))

    def age(self, moment: datetime | None) -> list[LabelledValue]:
        """Seconds since `moment`."""
        return single(None if moment is None else self._since(moment))

    @property
    def experiment_info(self) -> list[LabelledValue]:
        """1, with what the open experiment is of."""
        standing = self.standing.experiment
        if standing is None:
            return []
        e = standing.experiment
        return [((e.id, e.candidate, e.production, str(e.policy)), 1.0)]

    @property
    def bets(self) -> Mapping[str, tuple[float, float]]:
        """For each bet of the open experiment the log e it has and the one it needs."""
        standing = self.standing.experiment
        return {} if standing is None else {s.name: (s.log_e, s.needed) for s in standing.stakes}

    @property
    def decision(self) -> list[LabelledValue]:
        """Seconds since the last decision, under its verdict."""
        if self.standing.decided is None:
            return []
        verdict, moment = self.standing.decided
        return [((verdict.value,), self._since(moment))]

    def _since(self, moment: datetime) -> float:
        return (self.now - moment).total_seconds()


def _by_name(values: Mapping[str, float]) -> list[LabelledValue]:
    return [((name,), value) for name, value in values.items()]


STANDING: tuple[Declared[StandingNow], ...] = (
    Declared(
        "homes_experiment_open",
        "1 while an experiment is open",
        lambda now: single(float(now.standing.experiment is not None)),
    ),
    Declared(
        "homes_experiment_info",
        "1, with what the open experiment is of",
        lambda now: now.experiment_info,
        ("experiment", "candidate", "production", "policy"),
    ),
    Declared(
        "homes_experiment_age_seconds",
        "Since the open experiment was started",
        lambda now: now.experiment_age(lambda e: e.started_at),
    ),
    Declared(
        "homes_evaluation_age_seconds",
        "Since the open experiment was evaluated, or started where it never was",
        lambda now: now.experiment_age(lambda e: e.evaluated_at),
    ),
    Declared(
        "homes_experiment_planned_ratio",
        "The part of visitors who are to meet the candidate",
        lambda now: now.experiment_value(lambda e: e.experiment.share),
    ),
    Declared(
        "homes_experiment_sessions",
        "Signed visitors of each arm since the start, of the last day at most",
        lambda now: _by_name(now.standing.experiment.visitors if now.standing.experiment else {}),
        ("arm",),
    ),
    Declared(
        "homes_experiment_log_e",
        "What each bet of the open experiment has proven, as log e",
        lambda now: _by_name({name: log_e for name, (log_e, _) in now.bets.items()}),
        ("bet",),
    ),
    Declared(
        "homes_experiment_log_e_needed",
        "What each bet needs for its verdict, as log e",
        lambda now: _by_name({name: needed for name, (_, needed) in now.bets.items()}),
        ("bet",),
    ),
    Declared(
        "homes_experiment_sale_prices",
        "Sale prices that count in the open experiment",
        lambda now: now.experiment_value(lambda e: e.sale_prices),
    ),
    Declared(
        "homes_experiment_loss_ratio",
        "The candidate's loss over production's, on those sale prices",
        lambda now: now.experiment_value(lambda e: e.loss_ratio),
    ),
    Declared(
        "homes_decision_age_seconds",
        "Since the last decision, by its verdict",
        lambda now: now.decision,
        ("verdict",),
    ),
    Declared(
        "homes_dataset_age_seconds",
        "Since the newest dataset was published",
        lambda now: now.age(now.standing.dataset_at),
    ),
    Declared(
        "homes_backup_age_seconds",
        "Since the newest backup was made",
        lambda now: now.age(now.standing.backed_up_at),
    ),
    Declared(
        "homes_drift_detected",
        "1 where the newest report of the daily watch found drift",
        lambda now: single(float(now.standing.drift.is_detected) if now.standing.drift else None),
    ),
    Declared(
        "homes_drift_report_age_seconds",
        "Since that report was made",
        lambda now: now.age(now.standing.drift.reported_at if now.standing.drift else None),
    ),
    Declared(
        "homes_drift_psi",
        "Population stability index of each feature in that report",
        lambda now: _by_name(now.standing.drift.psi if now.standing.drift else {}),
        ("feature",),
    ),
    Declared(
        "homes_feedback_age_seconds",
        "Since the last opinion or sale price, or the first request where none came",
        lambda now: now.age(now.standing.feedback_at),
    ),
)


def _ratio(part: int, whole: int) -> list[LabelledValue]:
    return single(part / whole if whole else None)


def value_gauges(money: Money) -> Sequence[Declared[ServiceValue]]:
    """The series of what the service is worth, errors in single units of the currency."""
    return (
        Declared(
            "homes_estimates_last_day",
            "Homes that were priced in the last 24 hours",
            lambda v: single(v.estimates_day),
        ),
        Declared(
            "homes_feedback_ratio",
            "The part of the last week's estimates that somebody said something about",
            lambda v: _ratio(v.with_feedback, v.estimates_week),
        ),
        Declared(
            "homes_feedback_last_week",
            "What was said in the last week, by type",
            lambda v: _by_name(v.feedback),
            ("type",),
        ),
        Declared(
            "homes_sale_price_ratio",
            "Estimates whose sale price came in four weeks, over the estimates of those weeks",
            lambda v: _ratio(v.with_sale_price, v.estimates_month),
        ),
        Declared(
            "homes_sale_prices",
            "Estimates whose sale price came in the last four weeks, by the slot that answered",
            lambda v: _by_name({slot: e.count for slot, e in v.sale_errors.items()}),
            ("slot",),
        ),
        Declared(
            "homes_sale_price_error_median_currency",
            "Median distance of those estimates from the price, in single units of the currency",
            lambda v: [
                ((slot, money.currency), e.median * money.units_of_currency)
                for slot, e in v.sale_errors.items()
            ],
            ("slot", "currency"),
        ),
        Declared(
            "homes_sale_price_error_median_ratio",
            "Median distance of those estimates from the price, over the price",
            lambda v: _by_name({slot: e.median_ratio for slot, e in v.sale_errors.items()}),
            ("slot",),
        ),
    )
