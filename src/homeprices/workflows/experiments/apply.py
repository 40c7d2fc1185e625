"""Does what a decision row says, step by step, so that a crash half-way is finished by a retry.

Every step finds out first whether it was taken already. The row is written
before the first step and marked done after the last.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from homeprices.domain.errors import Corrupt, NotFound, Refused
from homeprices.domain.experiments.decision import RETIRING, ActOutcome, Decision, Verdict
from homeprices.domain.experiments.experiment import ClosedExperiment
from homeprices.domain.manifest import ModelManifest
from homeprices.domain.versions import CompetitionId, DecisionId, ModelVersion, Role
from homeprices.stores.registry import Registry
from homeprices.workflows.context import DecisionPorts
from homeprices.workflows.experiments.competition import end_competition, open_competition
from homeprices.workflows.experiments.policy_in_force import policy_in_force
from homeprices.workflows.experiments.start import (
    in_zone,
    last_zone,
    open_experiment,
    open_next_under_lock,
    require_production,
)

# How an experiment ends that was not decided: its candidate waits for the next.
INTERRUPTED = "INTERRUPTED"
# What may put its subject on trial.
OPENING = frozenset({Verdict.START, Verdict.CHOOSE, Verdict.UNDO})


def finish_unfinished(ports: DecisionPorts) -> Decision | None:
    """Carry out the decision that a crash has left half-way, if there is one."""
    begun = ports.decisions.unfinished()
    if begun is None:
        return None
    try:
        return apply(ports, begun)
    except (Corrupt, NotFound, Refused) as error:
        # It can never be done: the row says so, and the next command goes on.
        return ports.decisions.give_up(DecisionId.parse(begun.id), error.message)


def apply(ports: DecisionPorts, decision: Decision) -> Decision:
    """Take every step of `decision` that was not taken yet; the row as it stands after."""
    after = decision.before
    match decision.verdict:
        case Verdict.PROMOTE | Verdict.ROLL_BACK_PRODUCTION:
            after = _put_in_production(ports, decision)
        case Verdict.ROLL_BACK | Verdict.UNDECIDED:
            _retire(ports, decision)
        case Verdict.UNDO:
            after = _undo(ports, decision)
        case Verdict.START:
            _start(ports, decision)
        case Verdict.STOP:
            _close_experiment(ports, decision)
        case Verdict.CHOOSE:
            _choose(ports, decision)
        case Verdict.HOLD | Verdict.CONTINUE:
            pass
    finished = ports.decisions.finish(
        DecisionId.parse(decision.id),
        ActOutcome(after, opened=_opened_by(ports, decision), ended=_ended_by(ports, decision)),
    )
    with suppress(Refused, NotFound):  # the act is done; the next decision says what is in the way
        open_next_under_lock(ports)
    return finished


def _opened_by(ports: DecisionPorts, decision: Decision) -> str | None:
    """The experiment that an act has opened, in whichever attempt; None where it opens none.

    While deciders are locked out, nobody else puts its subject on trial after the row was written.
    """
    opened = ports.experiments.open_now()
    if opened is None or decision.verdict not in OPENING or opened.candidate != decision.subject:
        return None
    began, added = map(datetime.fromisoformat, (opened.started_at, decision.at))
    return opened.id if began >= added else None


def _ended_by(ports: DecisionPorts, decision: Decision) -> str | None:
    """The experiment that an act has ended, in whichever attempt; None where it ended none."""
    endings = (ending for _, ending in ports.experiments.history()[::-1] if ending is not None)
    return next((ending.id for ending in endings if ending.decision == decision.id), None)


def _put_in_production(ports: DecisionPorts, decision: Decision) -> str:
    """Copy the subject to the next BO, once, and close the experiment that is open."""
    subject = ModelVersion.parse(str(decision.subject))
    production = _made_by(ports.registry, decision) or copy(
        ports.registry, subject, decision.id, ports.clock().isoformat()
    )
    _close_experiment(ports, decision)
    end_competition(ports, decision, str(subject))
    return production.version


def copy(registry: Registry, source: ModelVersion, decision: str, at: str) -> ModelManifest:
    """A new BO with the files of both forms of `source`."""
    manifest = registry.manifest(source)
    return registry.publish(
        Role.PRODUCTION,
        registry.every_file(source),
        lambda version, files: replace(
            manifest,
            version=str(version),
            files=files,
            created_at=at,
            copied_from=str(source),
            decision=decision,
        ),
    )


def _made_by(registry: Registry, decision: Decision) -> ModelManifest | None:
    """The BO that an earlier attempt at `decision` has made, if it got that far."""
    before = ModelVersion.parse(str(decision.before))
    copies = (m for m in registry.manifests(Role.PRODUCTION) if m.decision == decision.id)
    return next((m for m in copies if ModelVersion.parse(m.version) > before), None)


def _retire(ports: DecisionPorts, decision: Decision) -> None:
    reason = f"{decision.id} {decision.verdict}: {' '.join(decision.reasons)}"
    ports.registry.retire(ModelVersion.parse(str(decision.subject)), reason)
    _close_experiment(ports, decision)


def _undo(ports: DecisionPorts, decision: Decision) -> str | None:
    """Bring an earlier production back, or open a new experiment with a retired candidate."""
    undone = ports.decisions.read(DecisionId.parse(str(decision.undoes)))
    if undone.before != undone.after:
        return _put_in_production(ports, decision)
    if undone.verdict is Verdict.CHOOSE:
        _compete_anew(ports, undone, decision)
    if undone.verdict in RETIRING and ports.experiments.open_now() is None:
        candidate = ModelVersion.parse(str(undone.subject))
        policy_in_force(ports)
        end_competition(ports, decision, str(candidate))
        open_experiment(ports, candidate, zone=last_zone(ports, candidate))
    return decision.before


def _choose(ports: DecisionPorts, decision: Decision) -> None:
    """End the competition and open the winner's experiment, which knows nothing of it."""
    winner, running = str(decision.subject), ports.experiments.open_now()
    if running is None:
        policy_in_force(ports)
    end_competition(ports, decision, winner)
    if running is None:
        open_experiment(ports, ModelVersion.parse(winner))
    elif running.candidate != winner:
        raise Refused(f"{running.id} was opened meanwhile, with {running.candidate} on trial")


def _compete_anew(ports: DecisionPorts, undone: Decision, decision: Decision) -> None:
    """Close the winner's experiment, and let all candidates of its competition begin again."""
    policy_in_force(ports)
    running = ports.experiments.open_now()
    if running is not None and running.candidate == undone.subject:
        at, why = ports.clock().isoformat(), [f"{decision.id} has undone {undone.id}"]
        ports.experiments.close(ClosedExperiment(running.id, INTERRUPTED, why, decision.id, at))
    ended = ports.experiments.competitions.read(CompetitionId.parse(str(undone.experiment)))
    production = require_production(ports).version
    open_competition(ports, ended.run, ended.candidates, production)


def _start(ports: DecisionPorts, decision: Decision) -> None:
    """Close the experiment as it was before, if it is open still, and open the next."""
    candidate, share = ModelVersion.parse(str(decision.subject)), float(decision.figures["share"])
    zone: str | None = decision.figures.get("zone")
    running = ports.experiments.open_now()
    if running is None or running.id == decision.experiment:
        policy_in_force(ports)  # a file may have changed since the row was written
    if running is not None and running.id == decision.experiment:
        at = ports.clock().isoformat()
        why = f"the share of visitors becomes {share:.0%}{in_zone(zone)}"
        ports.experiments.close(ClosedExperiment(running.id, INTERRUPTED, [why], decision.id, at))
        running = None
    end_competition(ports, decision, str(candidate))
    if running is None:
        open_experiment(ports, candidate, share, zone)
    elif (running.candidate, running.share, running.scope) != (str(candidate), share, zone):
        raise Refused(f"{running.id} was opened meanwhile, with {running.candidate} on trial")


def _close_experiment(ports: DecisionPorts, decision: Decision) -> None:
    """Close the open experiment if it was decided, or if its production is production no longer."""
    experiment = ports.experiments.open_now()
    if experiment is None:
        return
    if experiment.id == decision.experiment:
        verdict, reasons = decision.verdict.value, list(decision.reasons)
    elif experiment.production != require_production(ports).version:
        verdict, reasons = INTERRUPTED, [f"production changed under the trial by {decision.id}"]
    else:
        return
    at = ports.clock().isoformat()
    ports.experiments.close(ClosedExperiment(experiment.id, verdict, reasons, decision.id, at))
