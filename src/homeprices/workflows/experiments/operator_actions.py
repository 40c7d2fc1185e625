"""What an operator does through the API: the same workflows that the commands call."""

from homeprices.domain.errors import BadInput, FieldProblem
from homeprices.domain.experiments.decision import Action, Decision, DecisionQuery
from homeprices.domain.experiments.experiment import EvidenceScope
from homeprices.domain.experiments.status import ExperimentStatus, experiment_status
from homeprices.domain.versions import DecisionId, ModelVersion
from homeprices.workflows.context import DecisionPorts
from homeprices.workflows.experiments.competition import competition_status
from homeprices.workflows.experiments.evaluation import evaluate
from homeprices.workflows.experiments.promote import promote
from homeprices.workflows.experiments.roll_back import hold, roll_back
from homeprices.workflows.experiments.undo import undo


class ExperimentActions:
    """`ports.OperatorActions` over the ports of decisions."""

    def __init__(self, ports: DecisionPorts) -> None:
        self._ports = ports

    def decisions(self, query: DecisionQuery) -> list[Decision]:
        """The rows of the decision log that `query` means; raises Unavailable."""
        return self._ports.decisions.select(query)

    def act(self, action: Action, *, reason: str, of: str | None, actor: str) -> Decision:
        """Do `action` on what `of` names; see `ports.OperatorActions`."""
        match action:
            case Action.HOLD:
                return hold(self._ports, actor=actor, reason=reason)
            case Action.UNDO:
                decision = DecisionId.parse(_named(of, "the decision, as in D-0281"))
                return undo(self._ports, decision, actor=actor, reason=reason)
            case Action.PROMOTE | Action.ROLL_BACK:
                version = ModelVersion.parse(_named(of, "the candidate, as in CO7"))
                act = promote if action is Action.PROMOTE else roll_back
                return act(self._ports, version, actor=actor, reason=reason)

    def experiment(self) -> ExperimentStatus:
        """The open experiment and what its arms have shown; raises Unavailable."""
        experiment = self._ports.experiments.open_now()
        if experiment is None:
            return ExperimentStatus(competition=competition_status(self._ports))
        # A service that answers visitors loads no model for this: the next `decide` does.
        with self._ports.decision_units.read_only(EvidenceScope.for_experiment(experiment)) as unit:
            _, result = evaluate(unit, experiment, self._ports.clock(), scorer=None)
        rows = self._ports.decisions.for_experiment(experiment.id)
        return experiment_status(experiment, result.evidence, rows)


def _named(of: str | None, what: str) -> str:
    """What an act is on: named, so that the same request again means the same."""
    if of is None:
        raise BadInput([FieldProblem.with_sentence("of", f"is missing: {what}")])
    return of
