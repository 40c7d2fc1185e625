"""The tasks of `evaluate_ab_dag`."""

from __future__ import annotations

from typing import TypedDict

from homeprices import bootstrap, settings
from homeprices.domain.errors import Corrupt, Declined
from homeprices.domain.experiments.decision import Decision, Verdict
from homeprices.domain.records import Slot
from homeprices.domain.versions import DecisionId, ModelVersion
from homeprices.stores.tracking.mirror import catch_up, open_books
from homeprices.workflows.experiments.confirm import confirm
from homeprices.workflows.experiments.decide import apply_row, judge
from homeprices.workflows.experiments.desk import Desk, desk

__all__ = ["Declined", "choose", "evaluate", "follow_registry", "hold", "promote", "roll_back"]

_BRANCHES = {Verdict.PROMOTE: "promote", Verdict.ROLL_BACK: "roll_back", Verdict.HOLD: "hold"}


class DecisionRef(TypedDict):
    """A decision as one task hands it to the next."""

    id: str
    verdict: str


def evaluate() -> DecisionRef | None:
    """Judge the open trial; the row waits for the task of its verdict. None with no trial open."""
    row = judge(_desk())
    if row is not None and row.verdict is Verdict.UNDO:
        # A person's act that a crash left half-way has no task of its own.
        apply_row(_desk(), DecisionId.parse(row.id))
        row = judge(_desk())
    return None if row is None else DecisionRef(id=row.id, verdict=row.verdict.value)


def choose(row: DecisionRef | None) -> str:
    """The one task that follows."""
    return _BRANCHES.get(Verdict(row["verdict"]), "nothing") if row else "nothing"


def promote(row: DecisionRef) -> str:
    """Carry out a promotion, and wait until production serves it or something newer.

    Raises Corrupt for a promotion that can never be carried out.
    """
    done = _carry_out(row)
    if done.after is None or done.before == done.after:
        raise Corrupt(_told(done))
    wanted = ModelVersion.parse(done.after)
    return f"{_told(done)}; {_confirm(Slot.PRODUCTION, at_least=wanted)}"


def roll_back(row: DecisionRef) -> str:
    """Carry out a rollback, and wait until nobody is served the candidate any more."""
    done = _carry_out(row)
    served = bootstrap.served(settings.load())
    seen = confirm(served, Slot.CANDIDATE, lambda v: v != done.subject, away_is_right=True)
    return f"{_told(done)}; {seen}"


def hold(row: DecisionRef) -> str:
    """Carry out a hold: the trial runs on."""
    return _told(_carry_out(row))


def follow_registry() -> list[str]:
    """Bring MLflow in line with the registry; what was mended, or why not, in words."""
    loaded = settings.load()
    known = open_books(loaded)
    return [] if known is None else catch_up(known, bootstrap.stores(loaded).experiments)


def _desk() -> Desk:
    return desk(settings.load())


def _carry_out(row: DecisionRef) -> Decision:
    return apply_row(_desk(), DecisionId.parse(row["id"]))


def _confirm(slot: Slot, *, at_least: ModelVersion) -> str:
    def is_right(version: str | None) -> bool:
        return version is not None and ModelVersion.parse(version) >= at_least

    return confirm(bootstrap.served(settings.load()), slot, is_right)


def _told(row: Decision) -> str:
    return f"{row.id} {row.verdict} {row.subject or ''}: {'; '.join(row.reasons)}"
