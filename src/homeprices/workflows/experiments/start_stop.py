"""Starts and stops an experiment by a person's word."""

from dataclasses import replace

from homeprices.domain.errors import Refused
from homeprices.domain.experiments.decision import Decision, DecisionQuery, Draft, Verdict
from homeprices.domain.experiments.experiment import Experiment
from homeprices.domain.market import EVERYWHERE
from homeprices.domain.versions import ExperimentId, ModelVersion
from homeprices.domain.zones import require_zone
from homeprices.stores.candidates import candidate_history
from homeprices.wording.competition import competition_ended
from homeprices.workflows.context import DecisionPorts
from homeprices.workflows.experiments.apply import apply, finish_unfinished
from homeprices.workflows.experiments.policy_in_force import policy_in_force
from homeprices.workflows.experiments.start import (
    in_zone,
    require_candidate,
    require_open,
    require_production,
)

STOP_COMMAND = "homes experiment stop"


def start(  # noqa: PLR0913 - what is tried, on whom, and who wants it
    ports: DecisionPorts,
    candidate: ModelVersion,
    share: float | None,
    zone: str | None = None,
    *,
    actor: str,
    reason: str,
) -> Decision:
    """Put `candidate` on trial for `share` of the visitors and for the homes of `zone`.

    What is None is as it is for the candidate on trial, else the share of the settings, and
    everywhere. Where it is on trial otherwise, that experiment is closed without a verdict, and the
    next begins with no evidence; the same again returns the row of the first time. Raises Refused
    where another candidate is on trial, or nothing could be found out; BadInput for a zone
    that the market has not; NotFound; Corrupt.
    """
    wanted_scope = None if zone in (None, EVERYWHERE) else require_zone(ports.market, zone)
    with ports.decisions.lock():
        finish_unfinished(ports)
        running = ports.experiments.open_now()
        mine = running if running is not None and running.candidate == str(candidate) else None
        wanted = share or (mine.share if mine else ports.experiment_share)
        scope = mine.scope if mine and zone is None else wanted_scope
        if mine is not None and (mine.share, mine.scope) == (wanted, scope):
            earlier = _started(ports, mine)
            if earlier is not None:
                return earlier
        _refuse_what_cannot_start(ports, candidate, wanted, scope, running)
        ports.registry.every_file(candidate)  # damaged files are told before anything is written
        production = require_production(ports).version
        draft = _start_draft(production, candidate, wanted, scope, running)
        competition = ports.experiments.competitions.open_now()
        ends = competition_ended(competition, str(candidate))
        draft = replace(draft, actor=actor, reasons=(reason, *draft.reasons, *ends))
        return apply(ports, ports.decisions.add(draft, ports.clock()))


def stop(
    ports: DecisionPorts, number: ExperimentId | None = None, *, actor: str, reason: str
) -> Decision:
    """Close the open experiment and say nothing against its candidate.

    It may be tried again, by `start` alone: what a person has stopped does not go on by itself.
    With a `number` no other is closed: the same again returns the row of the first time.
    Raises Refused when none is open, or another than `number`.
    """
    with ports.decisions.lock():
        finish_unfinished(ports)
        earlier = _stopped(ports, number) if number else None
        if earlier is not None:
            return earlier
        experiment = require_open(ports)
        if number is not None and experiment.id != str(number):
            raise Refused(f"{number} is not open; {experiment.id} is: {stop_command(experiment)}")
        draft = Draft(
            verdict=Verdict.STOP,
            actor=actor,
            reasons=(reason, *_next_on_trial(ports, experiment)),
            experiment=experiment.id,
            subject=experiment.candidate,
            before=experiment.production,
            undo=start_command(experiment),
        )
        return apply(ports, ports.decisions.add(draft, ports.clock()))


def _next_on_trial(ports: DecisionPorts, stopped: Experiment) -> tuple[str, ...]:
    """What stands in the way of the stopped candidate's next trial, as a reason to be kept."""
    history = candidate_history(ports.registry, ports.experiments)
    others = [version for version in history.waiting if str(version) != stopped.candidate]
    if not others:
        return ()
    return (
        f"{' and '.join(map(str, others))} waited, so that the next trial begins at once: "
        f"{stopped.candidate} can be started again once that has ended, as by "
        f"`{STOP_COMMAND}`",
    )


def stop_command(experiment: Experiment) -> str:
    """What closes this experiment and no other."""
    return f"{STOP_COMMAND} {experiment.id}"


def start_command(experiment: Experiment) -> str:
    """What opens an experiment like this one, where none is open."""
    zone = f" --zone {experiment.scope}" if experiment.scope else ""
    return f"homes experiment start {experiment.candidate} --share {experiment.share:g}{zone}"


def _started(ports: DecisionPorts, running: Experiment) -> Decision | None:
    """The newest row that has put the candidate on trial as it is now, or None."""
    query = DecisionQuery(1, verdict=Verdict.START, subject=running.candidate)
    rows = ports.decisions.select(query)
    now = (running.share, running.scope)
    as_now = [
        row
        for row in rows
        if (row.figures["share"], row.figures.get("zone")) == now and not row.was_given_up
    ]
    return as_now[0] if as_now else None


def _stopped(ports: DecisionPorts, number: ExperimentId) -> Decision | None:
    """The row that has stopped experiment `number`, or None."""
    rows = ports.decisions.select(DecisionQuery(1, verdict=Verdict.STOP, experiment=str(number)))
    return rows[0] if rows and not rows[0].was_given_up else None


def _refuse_what_cannot_start(
    ports: DecisionPorts,
    candidate: ModelVersion,
    share: float,
    scope: str | None,
    running: Experiment | None,
) -> None:
    require_candidate(candidate)
    manifest, production = ports.registry.manifest(candidate), require_production(ports)
    if running is not None and running.candidate != str(candidate):
        raise Refused(
            f"{running.id} is open with {running.candidate} on trial; end it first: "
            f"{stop_command(running)}, then start {candidate} again"
        )
    if running is not None and (running.share, running.scope) == (share, scope):
        raise Refused(
            f"{candidate} is on trial already, for {share:.0%} of visitors{in_zone(scope)}: "
            f"{running.id}"
        )
    if manifest.digest == production.digest:
        raise Refused(f"{candidate} is equal to {production.version}: there is nothing to find out")
    policy_in_force(ports)  # what runs is closed for nothing where the next may not be opened


def _start_draft(
    production: str,
    candidate: ModelVersion,
    share: float,
    scope: str | None,
    running: Experiment | None,
) -> Draft:
    """The row of a start, before it is known who asked for it and why."""
    ends, undo = None, STOP_COMMAND
    if running is not None:
        before = f"{running.share:.0%}{in_zone(running.scope)}"
        ends = f"{running.id}, with {before}, ends without a verdict"
        widened = f" --zone {EVERYWHERE}" if scope and not running.scope else ""
        undo = f"{start_command(running)}{widened}"
    who = f"{share:.0%} of visitors{in_zone(scope)}"
    words = f"{candidate} is tried on {who}, and nothing is proven yet"
    return Draft(
        verdict=Verdict.START,
        actor="",
        reasons=(ends, words) if ends else (words,),
        figures={"share": share} | ({"zone": scope} if scope else {}),
        experiment=running.id if running else None,
        subject=str(candidate),
        before=production,
        undo=undo,
    )
