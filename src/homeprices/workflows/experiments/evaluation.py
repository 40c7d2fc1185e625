"""What a policy makes of the rows that are new, each sale price scored by both models."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

import msgspec

from homeprices.domain.experiments.decision import RETIRING, Decision, Draft, PolicyResult, Verdict
from homeprices.domain.experiments.evidence import EvidenceRow, FeedbackEvent
from homeprices.domain.experiments.experiment import Experiment, PolicyTerms
from homeprices.domain.experiments.policies import policy_for
from homeprices.domain.requests.records import FeedbackType
from homeprices.ports import DecisionUnit, Scorer


def evaluate(
    unit: DecisionUnit,
    experiment: Experiment,
    at: datetime,
    scorer: Scorer | None,
    *,
    is_held: bool = False,
) -> tuple[object, PolicyResult]:
    """What the experiment's own policy makes of the rows that are new, and its verdict.

    Without a `scorer` sale prices that have no scores yet count nothing.
    """
    rule = policy_for(experiment.policy)
    began = datetime.fromisoformat(experiment.started_at)
    scope = experiment.scope
    terms = PolicyTerms(
        candidate=experiment.candidate,
        production=experiment.production,
        hours=hours_between(began, at),
        parameters=experiment.policy.parameters,
        share=experiment.share,
        experiment=experiment.id,
        started_at=began,
        ledger=unit.ledger,
        is_held=is_held,
        scope=scope,
        zones=experiment.zones if scope is None else (scope,),
    )
    return rule.step(unit.state(rule.state), scored(unit.rows(), terms, scorer), terms)


def scored(
    rows: Iterable[EvidenceRow], terms: PolicyTerms, scorer: Scorer | None
) -> Iterator[EvidenceRow]:
    """`rows`, each sale price that may count with what both models say of its home."""
    for row in rows:
        if scorer is not None and isinstance(row, FeedbackEvent) and may_count(row):
            yield _scored(row, terms, scorer)
        else:
            yield row


def is_unchanged(row: Decision, draft: Draft) -> bool:
    """True when nothing but time has passed since `row`."""
    before, now = (
        {name: figure for name, figure in figures.items() if name != "hours"}
        for figures in (row.figures, draft.figures)
    )
    # Still open although its end was decided: the act was given up, and is due again.
    acted = row.verdict in (Verdict.PROMOTE, Verdict.CHOOSE) or row.verdict in RETIRING
    return row.verdict is draft.verdict and _as_kept(before) == _as_kept(now) and not acted


def hours_between(began: datetime, at: datetime) -> float:
    """How long something has run."""
    return (at - began).total_seconds() / 3600


def may_count(row: FeedbackEvent) -> bool:
    """False where no model needs to be asked: the price is none of a visit, or not the first."""
    is_sale = row.type == FeedbackType.ACTUAL_PRICE
    return is_sale and row.is_first and row.session is not None


def _scored(row: FeedbackEvent, terms: PolicyTerms, scorer: Scorer) -> FeedbackEvent:
    """`row` with the scores that it lacks."""
    production, candidate = row.price_production, row.price_candidate
    if production is None:
        production = scorer.price(terms.production, row.prediction_id)
    if candidate is None:
        candidate = scorer.price(terms.candidate, row.prediction_id)
    return replace(row, price_production=production, price_candidate=candidate)


def _as_kept(figures: dict[str, object]) -> object:
    """`figures` as they come back from the log, where a tuple is a list."""
    return msgspec.json.decode(msgspec.json.encode(figures))
