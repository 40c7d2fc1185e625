"""One evaluation of the experiment: evidence in, one row in the decision log out."""

from dataclasses import asdict, replace
from datetime import datetime, timedelta

from homeprices.domain.experiments.decision import Decision, Draft, PolicyResult, Verdict
from homeprices.domain.experiments.experiment import Experiment, PolicyTerms
from homeprices.domain.experiments.policies import policy_for
from homeprices.domain.versions import DecisionId, ModelVersion
from homeprices.ports import DecisionUnit
from homeprices.workflows.context import DecisionPorts
from homeprices.workflows.experiments.apply import apply, finish_unfinished
from homeprices.workflows.experiments.roll_back import standing_hold
from homeprices.workflows.experiments.start import open_next_experiment

ACTOR = "policy"
DRIFT_BLOCKS_FOR = timedelta(hours=12)


def decide(ports: DecisionPorts) -> Decision | None:
    """Judge the open experiment by its policy and act on the verdict; None with none open.

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


def apply_row(ports: DecisionPorts, number: DecisionId) -> Decision:
    """Act on a row of the log; one that was acted on already is returned as it is."""
    with ports.decisions.lock():
        row = ports.decisions.read(number)
        return row if row.done else finish_unfinished(ports) or row


def _finished(ports: DecisionPorts, row: Decision | None) -> Decision | None:
    return row if row is None or row.done else apply(ports, row)


def _evaluated(ports: DecisionPorts) -> Decision | None:
    """The row of a new evaluation; with no experiment open, the next candidate gets one."""
    experiment = ports.experiments.open_now()
    if experiment is None:
        open_next_experiment(ports)
        return None
    rows = ports.decisions.for_experiment(experiment.id)
    held = standing_hold(rows)
    if held is not None:
        return held
    at = ports.clock()
    with ports.decision_units.begin(experiment) as unit:
        state, result = evaluate(unit, experiment, at)
        unit.keep(state)
        result = unless_drifting(ports, result)
        draft = _draft(experiment, result)
        if rows and _same(rows[0], draft):
            return rows[0]
        if result.verdict is Verdict.PROMOTE:
            ports.registry.files(
                ModelVersion.parse(experiment.candidate)
            )  # told before it is written
        return unit.add(draft, at)


def evaluate(
    unit: DecisionUnit, experiment: Experiment, at: datetime
) -> tuple[object, PolicyResult]:
    """What the experiment's own policy makes of the rows that are new, and its verdict."""
    rule = policy_for(experiment.policy)
    began = datetime.fromisoformat(experiment.started_at)
    terms = PolicyTerms(
        candidate=experiment.candidate,
        production=experiment.production,
        hours=(at - began).total_seconds() / 3600,
        parameters=experiment.policy.parameters,
    )
    return rule.step(unit.state(rule.state), unit.rows(), terms)


def unless_drifting(ports: DecisionPorts, result: PolicyResult) -> PolicyResult:
    """`result`, but CONTINUE instead of PROMOTE while drift was seen in the last 12 hours.

    A candidate may look better only because visitors ask about other homes just now.
    """
    if result.verdict is not Verdict.PROMOTE:
        return result
    seen = ports.drift_log.flagged_since(ports.clock() - DRIFT_BLOCKS_FOR)
    if seen is None:
        return result
    why = f"promotion is blocked: drift was seen at {seen.at[:16]}Z. {seen.report.message}"
    figures = {**result.figures, "drift_seen_at": seen.at}
    reasons = (why, *result.reasons)
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
        asks_training=result.verdict is Verdict.ROLL_BACK,
        acts=result.verdict is not Verdict.CONTINUE,
    )


def _same(row: Decision, draft: Draft) -> bool:
    """True when nothing but time has passed since `row`."""
    before, now = (
        {name: figure for name, figure in figures.items() if name != "hours"}
        for figures in (row.figures, draft.figures)
    )
    # Open although its end was decided: the act was given up, and is due again.
    acted = row.verdict in (Verdict.PROMOTE, Verdict.ROLL_BACK)
    return row.verdict is draft.verdict and before == now and not acted
