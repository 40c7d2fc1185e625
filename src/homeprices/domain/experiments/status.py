"""An experiment as people are shown it: what it has proven so far, and how it came to that."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from homeprices.domain.evidence.competition import Standing
from homeprices.domain.evidence.parameters import EvidenceParameters
from homeprices.domain.evidence.stakes import Stake, TimeToVerdict, stakes, time_to_verdict
from homeprices.domain.evidence.zones import ZoneFinding, findings_in
from homeprices.domain.experiments.competition import Competition
from homeprices.domain.experiments.decision import Decision, standing_hold
from homeprices.domain.experiments.evidence import Evidence
from homeprices.domain.experiments.experiment import Experiment


@dataclass(frozen=True, slots=True)
class EvidencePoint:
    """What one evaluation has found: every log e by name, and the error of the candidate.

    `hours` is since the start. `loss_ratio` is the candidate's loss over production's on
    `labels` homes; `reduction_band` is how much smaller its error is, at 95 %, in parts of 1.
    """

    at: str
    hours: float
    log_e: Mapping[str, float]
    labels: int
    loss_ratio: float | None
    reduction_band: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class CompetitionStatus:
    """The competition that is under way, when it ends at the latest, and how it stood last."""

    competition: Competition
    deadline: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class ExperimentStatus:
    """The open experiment with what both arms have shown so far; both None when none is open.

    `history` is of every evaluation that changed a figure, oldest first; `figures` are those of
    the newest, `set_aside` its counts of rows that are no evidence, by reason. `stakes`,
    `expected` and `zones` (what each part of the market shows) are of a policy that bets.
    `competition` is of the candidates for the next one. `held_by` is the decision that holds it.
    """

    experiment: Experiment | None = None
    evidence: Evidence | None = None
    history: tuple[EvidencePoint, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    set_aside: Mapping[str, int] = field(default_factory=dict)
    stakes: tuple[Stake, ...] = ()
    expected: TimeToVerdict | None = None
    competition: CompetitionStatus | None = None
    zones: tuple[ZoneFinding, ...] = ()
    held_by: str | None = None


def experiment_status(
    experiment: Experiment, evidence: Evidence, rows: Iterable[Decision]
) -> ExperimentStatus:
    """The status of an open experiment; `rows` are its decisions, the newest first."""
    rows = list(rows)
    held = standing_hold(rows)
    evaluations = [row for row in rows if "policy" in row.figures]
    figures = evaluations[0].figures if evaluations else {}
    status = ExperimentStatus(
        experiment,
        evidence,
        history=tuple(map(_point, (row for row in evaluations[::-1] if "log_e" in row.figures))),
        figures=figures,
        set_aside=figures.get("set_aside", {}),
        held_by=held.id if held else None,
    )
    return status if "log_e" not in figures else _with_bets(status, experiment, evidence)


def _with_bets(
    status: ExperimentStatus, experiment: Experiment, evidence: Evidence
) -> ExperimentStatus:
    numbers = EvidenceParameters(**experiment.policy.parameters)
    prices = evidence.candidate.sale_prices + evidence.production.sale_prices
    return replace(
        status,
        stakes=stakes(status.figures, numbers),
        expected=time_to_verdict(status.figures, evidence.hours, prices, numbers),
        zones=findings_in(status.figures),
    )


def _point(row: Decision) -> EvidencePoint:
    figures, band = row.figures, row.figures["reduction_band"]
    return EvidencePoint(
        at=row.at,
        hours=figures["hours"],
        log_e=figures["log_e"],
        labels=figures["labels"],
        loss_ratio=figures["loss_ratio"],
        reduction_band=(band[0], band[1]) if band else None,
    )


def set_aside_words(counts: Mapping[str, int]) -> list[str]:
    """A sentence on the rows that are no evidence, the commonest reason first; none without.

    >>> set_aside_words({"echo": 3, "unsigned": 1088})
    ['set aside, no evidence: unsigned 1,088, echo 3']
    """
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    words = ", ".join(f"{reason} {count:,}" for reason, count in ranked)
    return [f"set aside, no evidence: {words}"] if words else []
