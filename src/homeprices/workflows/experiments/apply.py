"""Does what a decision row says, step by step, so that a crash half-way is finished by a retry.

Every step finds out first whether it was taken already. The row is written
before the first step and marked done after the last.
"""

from __future__ import annotations

from dataclasses import replace

from homeprices.domain.errors import Corrupt, NotFound
from homeprices.domain.experiments.decision import Decision, Verdict
from homeprices.domain.experiments.experiment import ClosedExperiment
from homeprices.domain.manifest import ModelManifest
from homeprices.domain.versions import DecisionId, ModelVersion, Role
from homeprices.stores.registry import Registry
from homeprices.workflows.experiments.desk import Desk
from homeprices.workflows.experiments.start import open_next_trial, open_trial


def finish_unfinished(desk: Desk) -> Decision | None:
    """Carry out the decision that a crash has left half-way, if there is one."""
    begun = desk.log.unfinished()
    if begun is None:
        return None
    try:
        return apply(desk, begun)
    except (Corrupt, NotFound) as error:
        # It can never be done: the row says so, and the next command goes on.
        return desk.log.give_up(DecisionId.parse(begun.id), error.message)


def apply(desk: Desk, decision: Decision) -> Decision:
    """Take every step of `decision` that was not taken yet; the row as it stands after."""
    after = decision.before
    match decision.verdict:
        case Verdict.PROMOTE:
            after = _put_in_production(desk, decision)
        case Verdict.ROLL_BACK:
            _retire(desk, decision)
        case Verdict.UNDO:
            after = _undo(desk, decision)
        case Verdict.HOLD | Verdict.CONTINUE:
            pass
    finished = desk.log.finish(DecisionId.parse(decision.id), after)
    open_next_trial(desk.trials)
    return finished


def _put_in_production(desk: Desk, decision: Decision) -> str:
    """Copy the subject to the next BO, once, and end the trial that is open."""
    subject = ModelVersion.parse(str(decision.subject))
    production = _made_by(desk.registry, decision) or copy(
        desk.registry, subject, decision.id, desk.trials.clock().isoformat()
    )
    _end_trial(desk, decision)
    return production.version


def copy(registry: Registry, source: ModelVersion, decision: str, at: str) -> ModelManifest:
    """A new BO with the files of `source`."""
    manifest = registry.manifest(source)
    return registry.publish(
        Role.PRODUCTION,
        registry.files(source),
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
    made = (m for m in registry.manifests(Role.PRODUCTION) if m.decision == decision.id)
    return next((m for m in made if ModelVersion.parse(m.version) > before), None)


def _retire(desk: Desk, decision: Decision) -> None:
    reason = f"{decision.id}: {' '.join(decision.reasons)}"
    desk.registry.retire(ModelVersion.parse(str(decision.subject)), reason)
    _end_trial(desk, decision)


def _undo(desk: Desk, decision: Decision) -> str | None:
    """Bring an earlier production back, or put a retired candidate on trial again."""
    undone = desk.log.read(DecisionId.parse(str(decision.undoes)))
    if undone.before != undone.after:
        return _put_in_production(desk, decision)
    if undone.verdict is Verdict.ROLL_BACK and desk.experiments.open_now() is None:
        open_trial(desk.trials, ModelVersion.parse(str(undone.subject)))
    return decision.before


def _end_trial(desk: Desk, decision: Decision) -> None:
    """Close the open trial if it was decided, or if its production is production no longer."""
    trial = desk.experiments.open_now()
    if trial is None:
        return
    if trial.id == decision.experiment:
        verdict, reasons = decision.verdict.value, list(decision.reasons)
    elif trial.production != desk.trials.production().version:
        verdict, reasons = "INTERRUPTED", [f"production changed under the trial by {decision.id}"]
    else:
        return
    at = desk.trials.clock().isoformat()
    desk.experiments.close(ClosedExperiment(trial.id, verdict, reasons, decision.id, at))
