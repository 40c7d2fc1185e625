"""What an operator does through the API: the same workflows that the commands call."""

from __future__ import annotations

from homeprices.domain.acts import Action, TrialStatus
from homeprices.domain.decision import Decision
from homeprices.domain.errors import BadInput, FieldProblem
from homeprices.domain.versions import DecisionId, ModelVersion
from homeprices.workflows.desk import Desk
from homeprices.workflows.promote import promote
from homeprices.workflows.roll_back import hold, roll_back
from homeprices.workflows.undo import undo


class OperatorActs:
    """`ports.Acts` over a desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def decisions(self, limit: int) -> list[Decision]:
        """The newest rows of the decision log first; raises Unavailable."""
        return self._desk.log.latest(limit)

    def act(self, action: Action, *, reason: str, of: str | None, actor: str) -> Decision:
        """Do `action` on the open trial, or on what `of` names; see `ports.Acts`."""
        trial_act = action in (Action.PROMOTE, Action.ROLL_BACK)
        named = ModelVersion.parse(of) if of and trial_act else None
        match action:
            case Action.PROMOTE:
                return promote(self._desk, named, actor=actor, reason=reason)
            case Action.ROLL_BACK:
                return roll_back(self._desk, named, actor=actor, reason=reason)
            case Action.HOLD:
                return hold(self._desk, actor=actor, reason=reason)
            case Action.UNDO:
                if of is None:
                    raise BadInput([FieldProblem("of", "is missing: the decision, as in D-0281")])
                return undo(self._desk, DecisionId.parse(of), actor=actor, reason=reason)

    def experiment(self) -> TrialStatus:
        """The open trial and what its arms have shown; raises Unavailable."""
        trial = self._desk.experiments.open_now()
        if trial is None:
            return TrialStatus()
        return TrialStatus(trial, self._desk.evidence(trial, self._desk.trials.clock()))
