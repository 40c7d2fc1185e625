"""One evaluation of production and of the experiment: evidence in, a row of the log out."""

from dataclasses import asdict, replace
from datetime import datetime, timedelta

from homeprices.domain.experiments.decision import (
    Decision,
    Draft,
    PolicyResult,
    Verdict,
    frozen_until,
    standing_hold,
)
from homeprices.domain.experiments.experiment import EvidenceScope, Experiment
from homeprices.domain.versions import DecisionId, ModelVersion
from homeprices.workflows.context import DecisionPorts
from homeprices.workflows.experiments import watch
from homeprices.workflows.experiments.apply import apply, finish_unfinished
from homeprices.workflows.experiments.competition import (
    competition_draft,
    evaluate_competition,
)
from homeprices.workflows.experiments.competition import look as look_at_competition
from homeprices.workflows.experiments.evaluation import evaluate, is_unchanged
from homeprices.workflows.experiments.start import open_next_under_lock
from homeprices.workflows.experiments.start_stop import stop_command

ACTOR = "policy"
DRIFT_IS_RECENT_FOR = timedelta(hours=12)
# The plain rule knows nothing of moved inputs; the policy `evidence` has its own check of them.
OBEYS_DAILY_WATCH = "composite"
# Flags of the guards that end an experiment although it is on hold.
BREAKS_HOLD = frozenset({"errors", "slow"})


def decide(ports: DecisionPorts) -> Decision | None:
    """Judge production and the open experiment, and act; None with nothing to decide.

    Run again on the same evidence it changes nothing and returns the same row.
    A decision that a crash left half-way is finished first, and returned.
    """
    with ports.decisions.lock():
        return finish_unfinished(ports) or _finished(ports, _evaluated(ports))


def evaluate_only(ports: DecisionPorts) -> Decision | None:
    """As `decide`, but the row waits for `apply_row` to act on it.

    A row that waits already is returned instead of a new one.
    """
    with ports.decisions.lock():
        return ports.decisions.unfinished() or _evaluated(ports)


def preview(ports: DecisionPorts) -> Draft | None:
    """The row that `decide` would write now; nothing is written, and nobody has to wait.

    None where nothing is to be decided, or where a hold stands that no guard breaks.
    """
    at, watched = ports.clock(), watch.watched_production(ports)
    if watched is not None:
        with ports.decision_units.read_only(watched.scope) as unit:
            _, result = watch.look(ports, unit, watched, at)
        if result.verdict is not Verdict.CONTINUE:
            return watch.roll_back_draft(ports, watched, result)
    experiment = ports.experiments.open_now()
    if experiment is None:
        return _competition_preview(ports, at)
    held = standing_hold(ports.decisions.for_experiment(experiment.id))
    with ports.decision_units.read_only(EvidenceScope.for_experiment(experiment)) as unit:
        _, result = evaluate(unit, experiment, at, ports.scorer, is_held=held is not None)
    if held is not None and not _breaks_hold(result):
        return None
    return _draft(experiment, _checked(ports, experiment, result, at))


def apply_row(ports: DecisionPorts, number: DecisionId) -> Decision:
    """Act on a row of the log; one that was acted on already is returned as it is."""
    with ports.decisions.lock():
        row = ports.decisions.read(number)
        return row if row.done else finish_unfinished(ports) or row


def _finished(ports: DecisionPorts, row: Decision | None) -> Decision | None:
    return row if row is None or row.done else apply(ports, row)


def _evaluated(ports: DecisionPorts) -> Decision | None:
    """The row of a new evaluation; with no experiment open, the next candidate gets one.

    Where several came of one training run, they compete for it first.
    """
    rolled_back = watch.watch_production(ports)
    if rolled_back is not None:
        return rolled_back
    experiment = ports.experiments.open_now()
    if experiment is None:
        competition = ports.experiments.competitions.open_now()
        if competition is not None:
            return evaluate_competition(ports, competition)
        open_next_under_lock(ports)
        return None
    rows = ports.decisions.for_experiment(experiment.id)
    held, at = standing_hold(rows), ports.clock()
    with ports.decision_units.begin(EvidenceScope.for_experiment(experiment)) as unit:
        state, result = evaluate(unit, experiment, at, ports.scorer, is_held=held is not None)
        unit.keep(state)
        if held is not None and not _breaks_hold(result):
            return held
        draft = _draft(experiment, _checked(ports, experiment, result, at))
        if rows and is_unchanged(rows[0], draft):
            return rows[0]
        if draft.verdict is Verdict.PROMOTE:
            ports.registry.every_file(
                ModelVersion.parse(experiment.candidate)
            )  # told before it is written
        return unit.add(draft, at)


def _breaks_hold(result: PolicyResult) -> bool:
    """True where visitors suffer: that guard acts at any time, and all else waits."""
    guards = BREAKS_HOLD.intersection(result.figures.get("flags", ()))
    return result.verdict is Verdict.ROLL_BACK and bool(guards)


def _checked(
    ports: DecisionPorts, experiment: Experiment, result: PolicyResult, at: datetime
) -> PolicyResult:
    """`result` with what the daily drift watch has seen, and no promotion while it is frozen."""
    result = with_drift(ports, result, at, blocks=experiment.policy.name == OBEYS_DAILY_WATCH)
    until = frozen_until(ports.decisions.newest(Verdict.ROLL_BACK_PRODUCTION), at)
    if until is None or result.verdict is not Verdict.PROMOTE:
        return result
    why = (
        f"promotion is frozen until {until:%Y-%m-%d %H:%M}Z, since production was rolled back; "
        f"a person may: homes promote {experiment.candidate}"
    )
    return replace(result, verdict=Verdict.CONTINUE, reasons=(why, *result.reasons))


def with_drift(
    ports: DecisionPorts, result: PolicyResult, at: datetime, *, blocks: bool
) -> PolicyResult:
    """`result` with the drift that the daily watch has seen in the last 12 hours, if any.

    Where it `blocks`, there is no promotion meanwhile: a candidate may look better only because
    visitors ask about other homes just now.
    """
    seen = ports.drift_log.flagged_since(at - DRIFT_IS_RECENT_FOR)
    if seen is None:
        return result
    figures = {**result.figures, "drift_seen_at": seen.at}
    what = f"drift was seen at {seen.at[:16]}Z. {seen.report.message}"
    if not blocks:
        reasons = (*result.reasons, f"for information: {what}")
        return replace(result, reasons=reasons, figures=figures)
    if result.verdict is not Verdict.PROMOTE:
        return result
    reasons = (f"promotion is blocked: {what}", *result.reasons)
    return replace(result, verdict=Verdict.CONTINUE, reasons=reasons, figures=figures)


def _draft(experiment: Experiment, result: PolicyResult) -> Draft:
    evidence = result.evidence
    figures = {
        "policy": experiment.policy.name,
        "hours": round(evidence.hours, 2),
        "candidate": asdict(evidence.candidate),
        "production": asdict(evidence.production),
        **result.figures,
    }
    return Draft(
        verdict=result.verdict,
        actor=ACTOR,
        reasons=result.reasons,
        figures=figures,
        experiment=experiment.id,
        subject=experiment.candidate,
        before=experiment.production,
        # The policy holds for a broken split alone, and would again after an undo.
        undo=stop_command(experiment) if result.verdict is Verdict.HOLD else None,
        asks_training=result.verdict is Verdict.ROLL_BACK,
        acts=result.verdict is not Verdict.CONTINUE,
    )


def _competition_preview(ports: DecisionPorts, at: datetime) -> Draft | None:
    """The row of a look at the competition that is under way; None where none is."""
    competition = ports.experiments.competitions.open_now()
    if competition is None:
        return None
    with ports.decision_units.read_only(competition.scope) as unit:
        _, seen = look_at_competition(ports, unit, competition, at)
    return competition_draft(competition, seen)
