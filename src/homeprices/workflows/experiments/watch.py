"""After a promotion: brings the version before production back where production does worse."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from homeprices.domain.evidence.watch import WatchState, watch
from homeprices.domain.experiments.decision import Decision, Draft, PolicyResult, Verdict
from homeprices.domain.experiments.experiment import EvidenceScope, PolicyTerms
from homeprices.domain.experiments.policies import POLICIES
from homeprices.domain.versions import ExperimentId, ModelVersion
from homeprices.ports import DecisionUnit
from homeprices.workflows.context import DecisionPorts
from homeprices.workflows.experiments.evaluation import hours_between, scored
from homeprices.workflows.experiments.start import interrupted

ACTOR = "watch"


@dataclass(frozen=True, slots=True)
class Watched:
    """Production since it was promoted, and the version before it.

    `parameters` are the numbers that its experiment was decided by; those of this release where
    a person promoted it, or another policy.
    """

    live: str
    before: str
    since: datetime
    parameters: Mapping[str, float]

    @property
    def scope(self) -> EvidenceScope:
        """The rows that tell of it."""
        return EvidenceScope.for_watch(self.live, self.since)


def watched_production(ports: DecisionPorts) -> Watched | None:
    """Production where a promotion made it, else None: what an undo brought back is not watched."""
    live = ports.registry.newest_production()
    made_by = ports.decisions.that_made(str(live)) if live else None
    if made_by is None or made_by.verdict is not Verdict.PROMOTE or made_by.before is None:
        return None
    since, parameters = datetime.fromisoformat(made_by.at), _parameters(ports, made_by)
    return Watched(str(live), made_by.before, since, parameters)


def watch_production(ports: DecisionPorts) -> Decision | None:
    """The row that is to roll production back, None while nothing speaks for that.

    What was seen is kept either way.
    """
    watched = watched_production(ports)
    if watched is None:
        return None
    at = ports.clock()
    with ports.decision_units.begin(watched.scope) as unit:
        state, result = look(ports, unit, watched, at)
        unit.keep(state)
        if result.verdict is Verdict.CONTINUE:
            return None
        ports.registry.every_file(ModelVersion.parse(watched.before))  # told before it is written
        return unit.add(roll_back_draft(ports, watched, result), at)


def look(
    ports: DecisionPorts, unit: DecisionUnit, watched: Watched, at: datetime
) -> tuple[WatchState, PolicyResult]:
    """What the rows that are new say of production."""
    terms = PolicyTerms(
        candidate=watched.before,
        production=watched.live,
        hours=hours_between(watched.since, at),
        parameters=watched.parameters,
        started_at=watched.since,
        ledger=unit.ledger,
    )
    return watch(unit.state(WatchState), scored(unit.rows(), terms, ports.scorer), terms)


def _parameters(ports: DecisionPorts, promotion: Decision) -> Mapping[str, float]:
    rule = POLICIES["evidence"].document
    if promotion.experiment is None:
        return rule.parameters
    decided_by = ports.experiments.read(ExperimentId.parse(promotion.experiment)).policy
    is_same_rule = (decided_by.name, decided_by.version) == (rule.name, rule.version)
    return {**rule.parameters, **(decided_by.parameters if is_same_rule else {})}


def roll_back_draft(ports: DecisionPorts, watched: Watched, result: PolicyResult) -> Draft:
    """The row that brings the version before back."""
    evidence = result.evidence
    figures = {
        "policy": "watch",
        "hours": round(evidence.hours, 2),
        "before": asdict(evidence.candidate),
        "production": asdict(evidence.production),
        **result.figures,
    }
    return Draft(
        verdict=result.verdict,
        actor=ACTOR,
        reasons=(*result.reasons, *interrupted(ports, watched.before)),
        figures=figures,
        subject=watched.before,
        before=watched.live,
    )
