"""The policy `evidence`: rows in, what they prove out. It never sees a row twice."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from homeprices.domain.evidence.admission import CANDIDATE, Admission, SetAside
from homeprices.domain.evidence.blocks import BlockSize
from homeprices.domain.evidence.chunks import chunks, priced, tallied
from homeprices.domain.evidence.guards import RequestBatch
from homeprices.domain.evidence.inputs import HALF_DAY_HOURS, half_day_at
from homeprices.domain.evidence.ledger import EvidenceUnit, UnitKind
from homeprices.domain.evidence.parameters import EvidenceParameters
from homeprices.domain.evidence.state import EvidenceState, gross_misses
from homeprices.domain.evidence.verdict import verdict
from homeprices.domain.experiments.decision import PolicyResult
from homeprices.domain.experiments.evidence import (
    SERVER_ERROR,
    EvidenceRow,
    Exposure,
    FeedbackEvent,
)
from homeprices.domain.experiments.experiment import PolicyTerms
from homeprices.domain.requests.records import FeedbackType


def step(
    state: EvidenceState, rows: Iterable[EvidenceRow], terms: PolicyTerms
) -> tuple[EvidenceState, PolicyResult]:
    """What is proven with `rows`, and the verdict on it."""
    numbers = EvidenceParameters(**terms.parameters)
    admission = Admission.for_terms(terms, numbers)
    for chunk in chunks(rows):
        state = _with_chunk(state, chunk, admission)
    state = replace(state, set_aside=tallied(state.set_aside, admission))
    state = looked_at(state, terms.hours, numbers)
    return state, verdict(state, terms, numbers)


def looked_at(state: EvidenceState, hours: float, numbers: EvidenceParameters) -> EvidenceState:
    """The state at a look: requests since the last one are a batch; have the inputs moved?"""
    state = replace(
        state,
        errors=state.errors.after(state.error_batch, numbers.odds_allowed),
        slow=state.slow.after(state.slow_batch, numbers.odds_allowed),
        error_batch=RequestBatch(),
        slow_batch=RequestBatch(),
    )
    moved = state.inputs.moved(half_day_at(hours), numbers.moved_rows, numbers.moved_psi)
    if moved is None:
        return state
    is_new = state.moved_at is None or hours - state.moved_at > HALF_DAY_HOURS
    state = state.with_new_epoch() if is_new else state
    return replace(state, moved_at=hours, moved_input=moved[0])


def _with_chunk(
    state: EvidenceState, chunk: Sequence[EvidenceRow], admission: Admission
) -> EvidenceState:
    requests = [row for row in chunk if isinstance(row, Exposure)]
    events = [row for row in chunk if isinstance(row, FeedbackEvent)]
    if requests:
        state = _with_requests(state, admission.visits(requests), admission)
    return _with_feedback(state, admission.feedback(events), admission) if events else state


def _with_requests(
    state: EvidenceState, visits: Sequence[Exposure], admission: Admission
) -> EvidenceState:
    terms, numbers = admission.terms, admission.numbers
    first, inputs = admission.first_visits(visits)
    split = admission.split_visits(first)
    rows = admission.timed(visits)
    candidates = sum(row.assigned_arm == CANDIDATE for row in split)
    candidate, production = state.sessions
    is_error = [row.status >= SERVER_ERROR for row in rows]
    is_slow = [row.latency_ms > numbers.slow_above_ms for row in rows]
    return replace(
        state,
        totals=state.totals.with_rows(rows, terms.candidate, terms.production),
        sessions=(candidate + candidates, production + len(split) - candidates),
        error_batch=state.error_batch + batch(rows, is_error, terms.candidate),
        slow_batch=state.slow_batch + batch(rows, is_slow, terms.candidate),
        inputs=state.inputs.after(inputs) if inputs else state.inputs,
    )


def batch(rows: Sequence[Exposure], are_events: Sequence[bool], candidate: str) -> RequestBatch:
    """Requests and events of both arms."""
    is_candidate = [row.version == candidate for row in rows]
    events = [mine for mine, is_event in zip(is_candidate, are_events, strict=True) if is_event]
    requests = sum(is_candidate)
    return RequestBatch(requests, len(rows) - requests, sum(events), len(events) - sum(events))


def _with_feedback(
    state: EvidenceState, rows: Sequence[FeedbackEvent], admission: Admission
) -> EvidenceState:
    terms = admission.terms
    is_price = [row.type == FeedbackType.ACTUAL_PRICE for row in rows]
    sold = [row for row, is_one in zip(rows, is_price, strict=True) if is_one]
    opinions = [row for row, is_one in zip(rows, is_price, strict=True) if not is_one]
    totals = state.totals.with_rows(rows, terms.candidate, terms.production)
    state = replace(state, totals=totals)
    state = _with_prices(state, sold, admission) if sold else state
    return _with_ratings(state, opinions, admission) if opinions else state


def _with_prices(
    state: EvidenceState, rows: Sequence[FeedbackEvent], admission: Admission
) -> EvidenceState:
    numbers = admission.numbers
    prices, ratings = state.units
    sold = priced(rows, prices, admission)
    candidate, production = state.unpriced
    state = replace(
        state,
        error_batch=state.error_batch + sold.missing,
        unpriced=(
            candidate + sold.missing.candidate_events,
            production + sold.missing.production_events,
        ),
    )
    if not sold.units:
        return state
    misses = gross_misses(sold.losses, numbers.gross_above)
    events = RequestBatch(1, 1, int((misses > 0).sum()), int((misses < 0).sum()))
    return replace(
        state,
        units=(prices + len(sold.units), ratings),
        gross=state.gross.after(events, numbers.gross_odds_allowed),
        prices=state.prices.after(sold.losses, numbers).with_zones(
            sold.losses, [unit.zone for unit in sold.units], numbers, admission.terms.zones
        ),
    )


def _with_ratings(
    state: EvidenceState, rows: Sequence[FeedbackEvent], admission: Admission
) -> EvidenceState:
    prices, ratings = state.units
    scores = [(row.version == admission.terms.candidate, (row.stars or 0.0) / 5) for row in rows]
    units = [
        EvidenceUnit(
            kind=UnitKind.RATING,
            number=ratings + place,
            network=row.network or "",
            production=None if is_candidate else score,
            candidate=score if is_candidate else None,
            zone=row.zone,
        )
        for place, (row, (is_candidate, score)) in enumerate(zip(rows, scores, strict=True))
    ]
    admission.ledger.keep(units)
    size = BlockSize.for_share(admission.terms.share)
    evidence, dropped = state.ratings.after(scores, size, admission.numbers.rating_bound)
    if dropped:
        admission.set_aside[SetAside.NO_PARTNER] += dropped
    return replace(state, units=(prices, ratings + len(units)), ratings=evidence)
