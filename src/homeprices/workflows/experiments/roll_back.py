"""Ends an experiment by a person's word, or holds it: the candidate loses, or all waits."""

from homeprices.domain.errors import Refused
from homeprices.domain.experiments.decision import (
    RETIRING,
    Decision,
    Draft,
    Verdict,
    standing_hold,
)
from homeprices.domain.experiments.experiment import Experiment
from homeprices.domain.versions import ModelVersion
from homeprices.workflows.context import DecisionPorts
from homeprices.workflows.experiments.apply import apply, finish_unfinished
from homeprices.workflows.experiments.start import require_open


def roll_back(
    ports: DecisionPorts, candidate: ModelVersion, *, actor: str, reason: str
) -> Decision:
    """Retire the `candidate` of the open experiment, and ask for training.

    A candidate that was retired already is not rolled back again: that
    decision is returned. Raises Refused when no experiment was with it.
    """
    with ports.decisions.lock():
        finish_unfinished(ports)
        experiment = ports.experiments.open_now()
        if experiment is None or experiment.candidate != str(candidate):
            return _earlier(ports, candidate)
        draft = _draft(experiment, Verdict.ROLL_BACK, actor=actor, reason=reason)
        return apply(ports, ports.decisions.add(draft, ports.clock()))


def hold(ports: DecisionPorts, *, actor: str, reason: str) -> Decision:
    """Let the open experiment run on with no automatic verdict, until the hold is undone.

    A candidate that fails or dawdles more often is rolled back all the same. An
    experiment that is held already is not held again: that decision is returned.
    """
    with ports.decisions.lock():
        finish_unfinished(ports)
        held = standing_hold(ports.decisions.for_experiment(require_open(ports).id))
        if held is not None:
            return held
        draft = _draft(require_open(ports), Verdict.HOLD, actor=actor, reason=reason)
        return apply(ports, ports.decisions.add(draft, ports.clock()))


def _draft(experiment: Experiment, verdict: Verdict, *, actor: str, reason: str) -> Draft:
    return Draft(
        verdict=verdict,
        actor=actor,
        reasons=(reason,),
        experiment=experiment.id,
        subject=experiment.candidate,
        before=experiment.production,
        asks_training=verdict is Verdict.ROLL_BACK,
    )


def _earlier(ports: DecisionPorts, candidate: ModelVersion) -> Decision:
    """The decision that retired `candidate`; raises Refused if none did."""
    numbers = [e.id for e in ports.experiments.all() if e.candidate == str(candidate)]
    rows = (row for number in reversed(numbers) for row in ports.decisions.for_experiment(number))
    earlier = next((r for r in rows if r.verdict in RETIRING and not r.was_given_up), None)
    if earlier is None:
        raise Refused(f"{candidate} is not on trial, so there is nothing to roll back")
    return earlier
