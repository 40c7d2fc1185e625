"""Lets the candidates of one training run compete on sale prices before one goes on trial."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import inf
from typing import Any

from homeprices.domain.evidence.chunks import chunks
from homeprices.domain.evidence.competition import (
    CompetitionState,
    CompetitionTerms,
    Standing,
    standing,
    step,
)
from homeprices.domain.experiments.competition import ClosedCompetition, Competition
from homeprices.domain.experiments.decision import Decision, Draft, Verdict
from homeprices.domain.experiments.evidence import EvidenceRow, FeedbackEvent
from homeprices.domain.experiments.experiment import PolicyDocument
from homeprices.domain.experiments.policies import POLICIES
from homeprices.domain.experiments.status import CompetitionStatus
from homeprices.domain.manifest import ModelManifest
from homeprices.domain.requests.records import FeedbackType
from homeprices.domain.versions import ModelVersion, Role
from homeprices.ports import DecisionUnit, Scorer
from homeprices.wording.competition import competition_ended, competition_reasons
from homeprices.workflows.context import DecisionPorts, ExperimentPorts, StorePorts
from homeprices.workflows.experiments.evaluation import hours_between, is_unchanged
from homeprices.workflows.experiments.policy_in_force import policy_in_force

ACTOR = "competition"
# A run that a crash broke off brings no more candidates after this long.
LONGEST_PUBLISHING = timedelta(hours=1)


def competitors(ports: StorePorts, waiting: Sequence[ModelVersion]) -> list[ModelManifest]:
    """Those of `waiting` that came of the newest one's run, the best on the holdout first.

    Empty while that run still publishes others.
    """
    newest = ports.registry.manifest(waiting[-1])
    if newest.run is None:
        return [newest]
    run = newest.run
    siblings = [m for m in ports.registry.manifests(Role.CANDIDATE) if m.run and m.run.id == run.id]
    age = ports.clock() - datetime.fromisoformat(newest.created_at)
    if len(siblings) < run.candidates and age < LONGEST_PUBLISHING:
        return []
    manifests = [m for m in siblings if ModelVersion.parse(m.version) in waiting]
    return sorted(manifests, key=lambda m: m.metrics.get("mean_abs_log_error", inf))


def open_competition(
    ports: ExperimentPorts, run: str, candidates: Sequence[str], production: str
) -> Competition | None:
    """A competition of `candidates`, the best on the holdout first; None while one is open."""
    document = _numbers(ports)
    return ports.experiments.competitions.open(
        lambda number: Competition(
            id=str(number),
            run=run,
            candidates=tuple(candidates),
            production=production,
            policy=document,
            started_at=ports.clock().isoformat(),
        )
    )


def end_competition(ports: StorePorts, decision: Decision, chosen: str) -> None:
    """End the competition that is under way by `decision`, once.

    In favour of `chosen` where that competes: the others are retired. Else it is broken off.
    """
    competition = ports.experiments.competitions.open_now()
    if competition is None:
        return
    winner = chosen if chosen in competition.candidates else None
    losers = [name for name in competition.candidates if winner and name != winner]
    for name in losers:
        ports.registry.retire(
            ModelVersion.parse(name), f"{decision.id} {decision.verdict}: outcompeted by {winner}"
        )
    is_choice = decision.verdict is Verdict.CHOOSE
    reasons = list(decision.reasons if is_choice else competition_ended(competition, chosen))
    at = ports.clock().isoformat()
    ports.experiments.competitions.close(
        ClosedCompetition(competition.id, winner, reasons, decision.id, at)
    )


def evaluate_competition(ports: DecisionPorts, competition: Competition) -> Decision:
    """The row of a look at the competition; with nothing new, the row of the look before."""
    at = ports.clock()
    with ports.decision_units.begin(competition.scope) as unit:
        state, seen = look(ports, unit, competition, at)
        unit.keep(state)
        draft = competition_draft(competition, seen)
        rows = ports.decisions.for_experiment(competition.id)
        if rows and is_unchanged(rows[0], draft):
            return rows[0]
        if seen.winner is not None:
            # What would keep the trial from opening is told before anything is written.
            policy_in_force(ports)
            ports.registry.every_file(ModelVersion.parse(seen.winner))
        return unit.add(draft, at)


def look(
    ports: DecisionPorts, unit: DecisionUnit, competition: Competition, at: datetime
) -> tuple[CompetitionState, Standing]:
    """What the sale prices that are new say of the competitors."""
    terms = _terms(unit, competition, at)
    prices = scored_by_all(unit.rows(), terms.competitors, ports.scorer)
    return step(unit.state(CompetitionState), prices, terms)


def competition_status(ports: DecisionPorts) -> CompetitionStatus | None:
    """The competition that is under way as the last look has left it; None where none is.

    No model is loaded for this: the next `decide` asks them about what is new.
    """
    competition = ports.experiments.competitions.open_now()
    if competition is None:
        return None
    with ports.decision_units.read_only(competition.scope) as unit:
        state = unit.state(CompetitionState)
        seen = standing(state, _terms(unit, competition, ports.clock()))
    return CompetitionStatus(competition, competition.deadline.isoformat(), seen)


def competition_draft(competition: Competition, seen: Standing) -> Draft:
    """The row that tells of a look."""
    has_ended = seen.winner is not None
    return Draft(
        verdict=Verdict.CHOOSE if has_ended else Verdict.CONTINUE,
        actor=ACTOR,
        reasons=competition_reasons(seen),
        figures=_figures(seen),
        experiment=competition.id,
        subject=seen.winner,
        before=competition.production,
        acts=has_ended,
    )


def scored_by_all(
    rows: Iterable[EvidenceRow], versions: Sequence[str], scorer: Scorer
) -> Iterator[FeedbackEvent]:
    """The sale prices among `rows`, with what every version says of their homes.

    Some thousands at a time by one version after the other, so that few models are open at once.
    """
    sold = (
        row
        for row in rows
        if isinstance(row, FeedbackEvent) and row.type == FeedbackType.ACTUAL_PRICE
    )
    for chunk in chunks(sold):
        columns = [[_price(row, version, scorer) for row in chunk] for version in versions]
        for row, prices in zip(chunk, zip(*columns, strict=True), strict=True):
            yield replace(row, competitor_prices=prices)


def _price(row: FeedbackEvent, version: str, scorer: Scorer) -> float | None:
    """None also for a price that cannot count, whatever a model says of it."""
    may_count = row.is_first and row.session is not None
    return scorer.price(version, row.prediction_id) if may_count else None


def _terms(unit: DecisionUnit, competition: Competition, at: datetime) -> CompetitionTerms:
    began = datetime.fromisoformat(competition.started_at)
    return CompetitionTerms(
        competitors=tuple(competition.candidates),
        hours=hours_between(began, at),
        parameters=competition.policy.parameters,
        started_at=began,
        ledger=unit.ledger,
    )


def _numbers(ports: ExperimentPorts) -> PolicyDocument:
    """The numbers of the evidence policy: those in force, else those that are built in."""
    document, evidence = policy_in_force(ports), POLICIES["evidence"].document
    return document if document.name == evidence.name else evidence


def _figures(seen: Standing) -> dict[str, Any]:
    return {
        "hours": round(seen.hours, 2),
        "labels": seen.labels,
        "leader": seen.leader,
        "mean_losses": {name: round(loss, 6) for name, loss in seen.mean_losses.items()},
        "log_e": {lead.other: round(lead.log_e, 4) for lead in seen.leads},
        "needed": round(seen.needed, 4),
        "bands": {lead.other: lead.band for lead in seen.leads},
        "missing": dict(seen.missing),
        "set_aside": dict(seen.set_aside),
        "chosen_by": seen.chosen_by,
    }
