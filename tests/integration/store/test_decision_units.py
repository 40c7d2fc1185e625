"""An evaluation reads each row of evidence once, in order of arrival, and keeps all or nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from time import sleep
from uuid import UUID

import pytest

from homeprices.domain.experiments.decision import Draft, Verdict
from homeprices.domain.experiments.evidence import STARS, ArmTotals, EvidenceRow, Exposure, Totals
from homeprices.domain.experiments.experiment import EvidenceScope, Experiment, PolicyDocument
from homeprices.domain.requests.records import (
    Client,
    FeedbackRecord,
    FeedbackType,
    PredictionRecord,
)
from homeprices.ports import DecisionUnits, RequestLog
from homeprices.stores.postgres.database import Database
from homeprices.stores.postgres.decision_units import PostgresDecisionUnits
from homeprices.stores.postgres.decisions import PostgresDecisionLog
from homeprices.stores.postgres.request_log import PostgresRequestLog
from support.fakes import MemoryDecisions, MemoryDecisionUnits, exposure, feedback_event
from support.old_rows import store_as_before
from support.service import MemoryLog

OPENED = datetime(2026, 11, 2, 9, tzinfo=UTC)
COMPOSITE = PolicyDocument("composite")
EXPERIMENT = Experiment("E1", "CO1", "BO1", 0.2, "salt", COMPOSITE, OPENED.isoformat())
SCOPE = EvidenceScope.for_experiment(EXPERIMENT)
WATCH = EvidenceScope.for_watch("BO1", OPENED)
VISIT = Client("a" * 32, True, "1234", "5678", "candidate", "E1")
DRAFT = Draft(Verdict.CONTINUE, "policy", ("wait",), experiment="E1", acts=False)


def prediction(number: int, version: str = "CO1", **changes) -> PredictionRecord:
    facts = {"at": OPENED.timestamp() + 60, "status": 200, "latency_ms": 10.0} | changes
    return PredictionRecord(
        id=str(UUID(int=number)),
        slot="candidate",
        model_version=version,
        caller=VISIT,
        inputs={},
        **facts,
    )


def opinion(number: int, about: int, kind: str, value: float | None = None) -> FeedbackRecord:
    at = OPENED.timestamp() + 100 + number
    return FeedbackRecord(str(number), at, str(UUID(int=about)), kind, VISIT, value)


class Evidence:
    """A log to store into, and evaluations of what it holds."""

    def __init__(self, log: RequestLog, units: DecisionUnits, decisions: Callable[[], int]) -> None:
        self.store = lambda *rows: log.store(rows)
        self.units = units
        self.decisions = decisions

    def evaluate(self) -> list[EvidenceRow]:
        """The rows of one evaluation, which keeps the sums of all so far."""
        with self.units.begin(SCOPE) as unit:
            rows = list(unit.rows())
            unit.keep(unit.state(Totals).with_rows(rows, "CO1", "BO1"))
        return rows

    def totals(self) -> Totals:
        """What was kept."""
        with self.units.read_only(SCOPE) as unit:
            return unit.state(Totals)

    def candidate(self, *rows: PredictionRecord | FeedbackRecord) -> ArmTotals:
        """The sums of the candidate once `rows` are stored."""
        self.store(*rows)
        self.evaluate()
        return self.totals().candidate


@pytest.fixture(params=["memory", "postgres"])
def evidence(request: pytest.FixtureRequest) -> Evidence:
    if request.param == "memory":
        log, decisions = MemoryLog(), MemoryDecisions()
        units = MemoryDecisionUnits(decisions, log.rows)
        return Evidence(log, units, lambda: len(decisions.rows))
    database = request.getfixturevalue("database")
    kept = PostgresDecisionLog(database)
    units = PostgresDecisionUnits(database)
    return Evidence(PostgresRequestLog(database), units, lambda: len(kept.latest()))


def test_an_untouched_experiment_has_no_evidence(evidence: Evidence) -> None:
    assert evidence.evaluate() == []
    assert evidence.totals() == Totals()


def test_rows_say_who_asked_what_and_how_it_ended(evidence: Evidence) -> None:
    failed, rated = prediction(1, status=500), opinion(7, 2, "rating", 4.0)
    evidence.store(failed, prediction(2), rated)
    expected = [
        exposure(failed),
        exposure(prediction(2)),
        feedback_event(rated, prediction(2), True, "E1"),
    ]
    assert evidence.evaluate() == expected


def test_only_priced_requests_since_the_opening_count(evidence: Evidence) -> None:
    before = prediction(1, at=OPENED.timestamp() - 1)
    refused = prediction(2, status=422)
    rows = (before, refused, prediction(3), prediction(4, latency_ms=30.0))
    assert evidence.candidate(*rows).evidence("CO1").mean_latency_ms == 20.0
    assert evidence.totals().candidate.requests == 2


def test_arms_are_told_apart_by_the_version_that_answered(evidence: Evidence) -> None:
    rows = (prediction(1), prediction(2, "BO1"), prediction(3, "BO1"), prediction(4, "BO7"))
    assert evidence.candidate(*rows).requests == 1
    assert evidence.totals().production.requests == 2


def test_the_first_opinion_of_a_prediction_counts(evidence: Evidence) -> None:
    evidence.store(prediction(1), opinion(1, 1, "rating", 1.0), opinion(2, 1, "rating", 5.0))
    arm = evidence.candidate(opinion(3, 1, "accurate"))
    assert (arm.ratings, arm.stars) == (1, 1.0)
    arm = evidence.candidate(opinion(4, 1, "accurate"))
    assert (arm.ratings, arm.stars) == (1, 1.0)


def test_a_comment_is_no_evidence_and_takes_no_place_of_an_opinion(evidence: Evidence) -> None:
    evidence.store(prediction(1), opinion(1, 1, "comment"))
    arm = evidence.candidate(opinion(2, 1, "rating", 4.0))
    assert (arm.ratings, arm.stars, arm.sale_prices) == (1, 4.0, 0)


def test_every_kind_of_opinion_counts_as_the_domain_says(evidence: Evidence) -> None:
    kinds = [("rating", 4.0), ("accurate", None), ("too_high", None), ("too_low", None)]
    predictions = [prediction(n) for n in range(1, 5)]
    opinions = [opinion(n, n, kind, value) for n, (kind, value) in enumerate(kinds, 1)]
    arm = evidence.candidate(*predictions, *opinions)
    assert (arm.ratings, arm.stars) == (4, 4 + sum(STARS.values()))
    assert arm.evidence("CO1").mean_rating == 3.25


def test_a_sale_price_is_counted_beside_the_opinions_and_is_none(evidence: Evidence) -> None:
    sold = [opinion(n, 1, FeedbackType.ACTUAL_PRICE, 75.0 + n) for n in (1, 2)]
    arm = evidence.candidate(prediction(1), *sold, opinion(3, 1, "rating", 3.0))
    assert (arm.ratings, arm.stars, arm.sale_prices) == (1, 3.0, 1)


def test_the_second_look_reads_what_is_new_and_nothing_else(evidence: Evidence) -> None:
    evidence.store(*(prediction(n) for n in range(1, 501)))
    evidence.store(*(opinion(n, n, "rating", 4.0) for n in range(1, 51)))
    assert len(evidence.evaluate()) == 550
    assert evidence.evaluate() == []
    evidence.store(prediction(501), opinion(501, 7, "accurate"), opinion(502, 501, "accurate"))
    assert len(evidence.evaluate()) == 3
    arm = evidence.totals().candidate
    assert (arm.requests, arm.ratings) == (501, 51)


def test_an_opinion_that_arrives_before_its_request_counts_once_both_are_there(
    evidence: Evidence,
) -> None:
    assert evidence.candidate(opinion(1, 1, "rating", 2.0)).ratings == 0
    assert evidence.candidate(prediction(1)).ratings == 1
    assert evidence.candidate(prediction(2), opinion(2, 2, "rating", 4.0)).stars == 6.0


def test_a_look_shows_what_is_new_and_keeps_nothing(evidence: Evidence) -> None:
    evidence.candidate(prediction(1))
    evidence.store(prediction(2))
    for _ in range(2):
        with evidence.units.read_only(SCOPE) as unit:
            assert [row.prediction_id for row in unit.rows()] == [prediction(2).id]
            assert unit.state(Totals).candidate.requests == 1


def test_an_evaluation_that_fails_keeps_no_state(evidence: Evidence) -> None:
    evidence.store(prediction(1))
    with suppress(ArithmeticError), evidence.units.begin(SCOPE) as unit:
        unit.keep(Totals().with_rows(unit.rows(), "CO1", "BO1"))
        raise ArithmeticError
    assert evidence.totals() == Totals()
    assert len(evidence.evaluate()) == 1


def test_state_and_decision_are_kept_together(evidence: Evidence) -> None:
    with evidence.units.begin(SCOPE) as unit:
        unit.keep(Totals(ArmTotals(requests=3, latency_ms=0.1 + 0.2)))
        row = unit.add(DRAFT, OPENED)
    assert (row.id, row.experiment, evidence.decisions()) == ("D-0001", "E1", 1)
    assert evidence.totals().candidate.latency_ms == 0.1 + 0.2


def test_a_failed_evaluation_leaves_no_decision(database: Database) -> None:
    units = PostgresDecisionUnits(database)
    with suppress(ArithmeticError), units.begin(SCOPE) as unit:
        unit.add(DRAFT, OPENED)
        raise ArithmeticError
    assert PostgresDecisionLog(database).latest() == []


def test_a_state_of_another_rule_is_not_taken_over(database: Database) -> None:
    PostgresRequestLog(database).store([prediction(1)])
    units = PostgresDecisionUnits(database)
    evidence = Evidence(PostgresRequestLog(database), units, lambda: 0)
    assert len(evidence.evaluate()) == 1
    other = Experiment(
        "E1", "CO1", "BO1", 0.2, "salt", PolicyDocument("composite", 2), "2026-11-01"
    )
    with units.read_only(EvidenceScope.for_experiment(other)) as unit:
        assert unit.state(Totals) == Totals()
        assert len(list(unit.rows())) == 1


def test_rows_from_before_they_were_numbered_are_read_once_with_the_first_look(
    database: Database,
) -> None:
    store_as_before(database, [prediction(n) for n in range(1, 4)])
    with database.connection() as connection:
        connection.execute("UPDATE predictions SET arrival = NULL")
    evidence = Evidence(PostgresRequestLog(database), PostgresDecisionUnits(database), lambda: 0)
    evidence.store(prediction(4))
    assert len(evidence.evaluate()) == 4
    arm = evidence.candidate(prediction(5), opinion(1, 1, "rating", 2.0))
    assert (arm.requests, arm.ratings) == (5, 1)


def test_rows_that_are_committed_late_are_waited_for_and_lost_to_no_look(
    database: Database,
) -> None:
    evidence = Evidence(PostgresRequestLog(database), PostgresDecisionUnits(database), lambda: 0)
    number = "INSERT INTO feedback (id, at, prediction_id, type, value, signed) VALUES "
    with ThreadPoolExecutor(1) as pool:
        with database.connection() as late:
            late.execute(number + "('f', now(), %s, 'rating', 4, false)", [prediction(1).id])
            evidence.store(prediction(1), prediction(2))
            look = pool.submit(evidence.evaluate)
            sleep(0.5)
            assert not look.done()
        assert [type(row) is Exposure for row in look.result()] == [True, True, False]
    assert evidence.evaluate() == []
    assert evidence.totals().candidate.ratings == 1
