"""The tasks of `evaluate_ab_dag`."""

from typing import TypedDict

from homeprices.domain.errors import Corrupt, Declined
from homeprices.domain.experiments.decision import Decision, Verdict
from homeprices.domain.requests.records import Slot
from homeprices.domain.versions import DecisionId, ModelVersion
from homeprices.workflows.context import DecisionPorts, NoticePorts, SchedulePorts
from homeprices.workflows.experiments.confirm import confirm
from homeprices.workflows.experiments.decide import apply_row, evaluate_only
from homeprices.workflows.notify import notify

__all__ = [
    "Declined",
    "choose",
    "close_undecided",
    "evaluate",
    "follow_registry",
    "hold",
    "promote",
    "roll_back",
    "roll_production_back",
    "tell",
]

_BRANCHES = {
    Verdict.PROMOTE: "promote",
    Verdict.ROLL_BACK: "roll_back",
    Verdict.HOLD: "hold",
    Verdict.UNDECIDED: "close_undecided",
    Verdict.ROLL_BACK_PRODUCTION: "roll_production_back",
}


class DecisionRef(TypedDict):
    """A decision as one task hands it to the next."""

    id: str
    verdict: str


def evaluate(ports: DecisionPorts) -> DecisionRef | None:
    """Judge production and the open experiment; the row waits for the task of its verdict.

    None with nothing to decide.
    """
    row = evaluate_only(ports)
    if row is not None and not row.done and row.verdict not in _BRANCHES:
        # A person's act that a crash left half-way has no task of its own.
        apply_row(ports, DecisionId.parse(row.id))
        row = evaluate_only(ports)
    return None if row is None else DecisionRef(id=row.id, verdict=row.verdict.value)


def choose(_: object, row: DecisionRef | None) -> str:
    """The one task that follows."""
    return _BRANCHES.get(Verdict(row["verdict"]), "nothing") if row else "nothing"


def promote(ports: SchedulePorts, row: DecisionRef) -> str:
    """Carry out a promotion, and wait until production serves it or something newer.

    Raises Corrupt for a promotion that can never be carried out.
    """
    return _change_production(ports, row)


def roll_production_back(ports: SchedulePorts, row: DecisionRef) -> str:
    """Bring the version before production back, and wait until it is served; raises Corrupt."""
    return _change_production(ports, row)


def _change_production(ports: SchedulePorts, row: DecisionRef) -> str:
    decision = _apply(ports, row)
    if decision.after is None or decision.before == decision.after:
        raise Corrupt(_words(decision))
    wanted = ModelVersion.parse(decision.after)

    def is_right(version: str | None) -> bool:
        return version is not None and ModelVersion.parse(version) >= wanted

    return f"{_words(decision)}; {confirm(ports.served, Slot.PRODUCTION, is_right)}"


def roll_back(ports: SchedulePorts, row: DecisionRef) -> str:
    """Carry out a rollback, and wait until nobody is served the candidate any more."""
    decision = _apply(ports, row)
    seen = confirm(
        ports.served, Slot.CANDIDATE, lambda v: v != decision.subject, away_is_right=True
    )
    return f"{_words(decision)}; {seen}"


def close_undecided(ports: SchedulePorts, row: DecisionRef) -> str:
    """Close an experiment that came to no verdict, and wait as after a rollback."""
    return roll_back(ports, row)


def hold(ports: DecisionPorts, row: DecisionRef) -> str:
    """Carry out a hold: the experiment runs on."""
    return _words(_apply(ports, row))


def follow_registry(ports: SchedulePorts) -> list[str]:
    """Bring MLflow in line with the registry; what was put right, or why not, in words."""
    return ports.tracking.catch_up() if ports.tracking else []


def tell(ports: NoticePorts) -> list[str]:
    """Send the notices that are due; what was sent and what was not, in words."""
    return notify(ports)


def _apply(ports: DecisionPorts, row: DecisionRef) -> Decision:
    return apply_row(ports, DecisionId.parse(row["id"]))


def _words(row: Decision) -> str:
    return f"{row.id} {row.verdict} {row.subject or ''}: {'; '.join(row.reasons)}"
