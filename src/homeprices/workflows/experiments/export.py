"""The evidence of an experiment as a recording, which `replay` judges as it was judged live."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec

from homeprices.domain.evidence.admission import is_score
from homeprices.domain.experiments.evidence import EvidenceRow, Exposure, FeedbackEvent
from homeprices.domain.experiments.experiment import EvidenceScope, Experiment, PolicyTerms
from homeprices.domain.requests.records import FeedbackType
from homeprices.domain.versions import ExperimentId
from homeprices.workflows.context import DecisionPorts
from homeprices.workflows.experiments.evaluation import may_count, scored
from homeprices.workflows.experiments.recording import (
    ARMS,
    GAVE_NO_PRICE,
    RecordedExperiment,
    RecordedFeedback,
    RecordedRequest,
)


def exported(ports: DecisionPorts, number: ExperimentId) -> Iterator[RecordedRequest]:
    """The requests of an experiment with what was said of them, until it ended.

    The first line says what it was run under. Raises NotFound.
    """
    experiment, ending = ports.experiments.read(number), ports.experiments.ending(number)
    until = datetime.fromisoformat(ending.closed_at) if ending else None
    rows = (row for row in _rows(ports, experiment) if until is None or row.at <= until)
    requests, feedback = _sorted(rows)
    header: RecordedExperiment | None = RecordedExperiment(
        experiment.id,
        experiment.share,
        datetime.fromisoformat(experiment.started_at),
        dict(experiment.policy.parameters),
        experiment.policy.name,
        experiment.scope,
        list(experiment.zones),
    )
    for request in requests:
        line = recorded(experiment, request, feedback[request.prediction_id])
        line.experiment, header = header, None
        yield line


def recorded(
    experiment: Experiment, request: Exposure, events: list[FeedbackEvent]
) -> RecordedRequest:
    """The line of a request; what the router said is told where it is not what one expects."""
    variant: Literal["cand", "prod"] = "cand" if request.version == experiment.candidate else "prod"
    scores = next((e for e in events if e.type == FeedbackType.ACTUAL_PRICE), None)
    production, candidate = _scores(scores)
    is_usual = request.experiment == experiment.id
    return RecordedRequest(
        t=_seconds(request.at, experiment),
        id=request.prediction_id,
        session=request.session,
        variant=variant,
        ip=request.network,
        status=request.status,
        latency_ms=request.latency_ms,
        features={
            "location": request.locality,
            "total_sqft": request.area,
            "bhk": request.bedrooms,
            "bath": request.bathrooms,
        },
        pred_prod=production,
        pred_cand=candidate,
        arm=msgspec.UNSET if request.assigned_arm == ARMS[variant] else request.assigned_arm,
        routed_by=msgspec.UNSET if is_usual else request.experiment,
        shown=events[0].price if events else None,
        feedback=[_feedback(experiment, event) for event in events] or None,
        zone=request.zone,
    )


def _scores(sale: FeedbackEvent | None) -> tuple[float | None, float | None]:
    """What both models say of the home of a sale; 0 for one that was asked and gave no price."""
    if sale is None or not may_count(sale):
        return None, None
    scores = (sale.price_production, sale.price_candidate)
    production, candidate = (score if is_score(score) else GAVE_NO_PRICE for score in scores)
    return production, candidate


def _rows(ports: DecisionPorts, experiment: Experiment) -> Iterator[EvidenceRow]:
    """Every row, each sale price that may count scored by both models."""
    terms = PolicyTerms(experiment.candidate, experiment.production, hours=0)
    with ports.decision_units.from_start(EvidenceScope.for_experiment(experiment)) as unit:
        yield from scored(unit.rows(), terms, ports.scorer)


def _sorted(rows: Iterator[EvidenceRow]) -> tuple[list[Exposure], dict[str, list[FeedbackEvent]]]:
    """Requests, and what was said of each."""
    requests: list[Exposure] = []
    feedback: dict[str, list[FeedbackEvent]] = defaultdict(list)
    for row in rows:
        if isinstance(row, Exposure):
            requests.append(row)
        else:
            feedback[row.prediction_id].append(row)
    return requests, feedback


def _feedback(experiment: Experiment, event: FeedbackEvent) -> RecordedFeedback:
    is_price = event.type == FeedbackType.ACTUAL_PRICE
    return RecordedFeedback(
        feedback_type=event.type,
        t_feedback=_seconds(event.at, experiment),
        rating=None if is_price else event.value,
        actual=event.value if is_price else None,
        session=event.session,
        ip=event.network,
        is_first=event.is_first,
    )


def _seconds(at: datetime, experiment: Experiment) -> float:
    return (at - datetime.fromisoformat(experiment.started_at)).total_seconds()
