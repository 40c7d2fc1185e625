"""Takes a decision back; the log keeps both rows."""

from homeprices.domain.errors import Refused
from homeprices.domain.experiments.decision import RETIRING, Decision, Draft, Verdict
from homeprices.domain.versions import DecisionId, ModelVersion
from homeprices.wording.competition import competition_ended
from homeprices.workflows.context import DecisionPorts
from homeprices.workflows.experiments.apply import apply, finish_unfinished
from homeprices.workflows.experiments.policy_in_force import policy_in_force
from homeprices.workflows.experiments.start import interrupted, require_production

_OPPOSITE = {
    Verdict.ROLL_BACK: "homes roll-back {}",
    Verdict.UNDECIDED: "homes roll-back {}",
    Verdict.HOLD: "homes experiment hold",
    Verdict.CHOOSE: "homes experiment start {}",
}


def undo(ports: DecisionPorts, number: DecisionId, *, actor: str, reason: str) -> Decision:
    """Undo the decision `number`; undoing it again returns the same row.

    A change of production is undone by the next BO, a copy of the one before; what retired a
    candidate by a new experiment with it; a hold by letting the policy decide
    again; a competition by another one of the same candidates, which begins with no
    evidence. Raises NotFound, and Refused where something newer stands in the way.
    """
    with ports.decisions.lock():
        finish_unfinished(ports)
        undone = ports.decisions.read(number)
        if undone.undone_by is not None:
            return ports.decisions.read(DecisionId.parse(undone.undone_by))
        draft = _draft(ports, undone, actor, reason)
        return apply(ports, ports.decisions.add(draft, ports.clock()))


def _draft(ports: DecisionPorts, undone: Decision, actor: str, reason: str) -> Draft:
    production = require_production(ports).version
    changed_production = undone.changed_production
    if not undone.can_be_undone:
        way = f"undo it by `{undone.undo}`" if undone.undo else "it changed nothing"
        raise Refused(f"{undone.id} ({undone.verdict}) is not undone this way: {way}")
    if changed_production and production != undone.after:
        raise Refused(
            f"{undone.id} made {undone.after}, but production is {production} now: undo the later "
            f"decision first, or bring the version back by `homes promote {undone.before}`"
        )
    if changed_production:
        ports.registry.every_file(ModelVersion.parse(str(undone.before)))
    if undone.verdict is Verdict.CHOOSE:
        _refuse_second_competition(ports, undone)
    if undone.verdict in (Verdict.CHOOSE, *RETIRING):
        policy_in_force(ports)  # that it may not decide is told before a row is written
    if undone.verdict in RETIRING:
        _refuse_second_experiment(ports, undone)
        ports.registry.every_file(ModelVersion.parse(str(undone.subject)))
    return Draft(
        verdict=Verdict.UNDO,
        actor=actor,
        reasons=(reason, *_consequences(ports, undone)),
        experiment=undone.experiment if undone.verdict is Verdict.HOLD else None,
        subject=undone.before if changed_production else undone.subject,
        before=production,
        undoes=DecisionId.parse(undone.id),
        undo=None if changed_production else _OPPOSITE[undone.verdict].format(undone.subject),
    )


def _refuse_second_experiment(ports: DecisionPorts, undone: Decision) -> None:
    experiment = ports.experiments.open_now()
    if experiment is not None:
        raise Refused(
            f"{undone.subject} cannot go back on trial while {experiment.id} is open with "
            f"{experiment.candidate}; end that one first: `homes roll-back {experiment.candidate}`"
        )


def _refuse_second_competition(ports: DecisionPorts, undone: Decision) -> None:
    """Raise Refused where the trial of the winner is over, or something else is under way."""
    experiment = ports.experiments.open_now()
    if experiment is None or experiment.candidate != undone.subject:
        raise Refused(
            f"the trial that {undone.id} has opened is over; another of the candidates is tried "
            "by `homes experiment start`"
        )


def _consequences(ports: DecisionPorts, undone: Decision) -> tuple[str, ...]:
    """What else an undo does, as reasons to be kept."""
    if undone.changed_production:
        return interrupted(ports, str(undone.before))
    if undone.verdict is Verdict.CHOOSE:
        return (f"the candidates of {undone.experiment} compete anew, and nothing is shown yet",)
    if undone.verdict in RETIRING:
        return competition_ended(ports.experiments.competitions.open_now(), str(undone.subject))
    return ()
