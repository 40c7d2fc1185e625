"""An evaluation reads each row of evidence once, in order of arrival, and keeps all or nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from threading import Barrier
from time import sleep
from uuid import UUID

import numpy as np
import pytest

from homeprices.bootstrap import utc_now
from homeprices.domain.evidence.competition import CompetitionState
from homeprices.domain.evidence.ledger import EvidenceUnit, LedgerKey, UnitKind
from homeprices.domain.evidence.state import EvidenceState
from homeprices.domain.experiments.decision import Draft, Verdict
from homeprices.domain.experiments.evidence import STARS, ArmTotals, EvidenceRow, Exposure, Totals
from homeprices.domain.experiments.experiment import (
    EvidenceScope,
    Experiment,
    PolicyDocument,
    PolicyTerms,
)
from homeprices.domain.experiments.policies import policy
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
COMPETITION = EvidenceScope.for_competition("C1", OPENED)
VISIT = Client("a" * 32, True, "1234", "5678", "candidate", "E1")
DRAFT = Draft(Verdict.CONTINUE, "policy", ("wait",), experiment="E1", acts=False)


def prediction(number: int, version: str = "CO1", **changes) -> PredictionRecord:
    facts = {"at": OPENED.timestamp() + 60, "status": 200, "latency_ms": 10.0} | changes
    return PredictionRecord(
        id=str(UUID(int=number)),
        slot="candidate",
        model_version=version,
        inputs={},
        **{"caller": VISIT, **facts},
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
    units = PostgresDecisionUnits(database, utc_now)
    return Evidence(PostgresRequestLog(database), units, lambda: len(kept.latest()))


def test_an_untouched_experiment_has_no_evidence(evidence: Evidence) -> None:
    assert evidence.evaluate() == []
    assert evidence.totals() == Totals()


def test_an_evaluation_is_remembered_that_found_nothing_and_a_look_is_not(
    evidence: Evidence,
) -> None:
    evidence.totals()
    assert evidence.units.evaluated_at("E1") is None
    evidence.evaluate()
    first = evidence.units.evaluated_at("E1")
    evidence.evaluate()
    assert evidence.units.evaluated_at("E1") > first
    assert evidence.units.evaluated_at("E2") is None


def test_rows_say_who_asked_what_and_how_it_ended(evidence: Evidence) -> None:
    failed, rated = prediction(1, status=500), opinion(7, 2, "rating", 4.0)
    evidence.store(failed, prediction(2), rated)
    expected = [
        exposure(failed),
        exposure(prediction(2)),
        feedback_event(rated, prediction(2), True, "E1"),
    ]
    assert evidence.evaluate() == expected


def test_rows_say_in_which_zone_the_home_is(evidence: Evidence) -> None:
    east, nowhere = prediction(1, zone="east"), prediction(2)
    evidence.store(east, nowhere, opinion(1, 1, "rating", 4.0), opinion(2, 2, "rating", 4.0))
    assert [row.zone for row in evidence.evaluate()] == ["east", None, "east", None]


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


def test_a_row_of_feedback_carries_what_its_request_was_answered_with(evidence: Evidence) -> None:
    scored = prediction(1, price=80.0, price_production=79.0, price_candidate=80.0)
    other = replace(VISIT, experiment="E7")
    before = prediction(2, caller=other, price=90.0, price_production=1.0, price_candidate=2.0)
    evidence.store(scored, before, opinion(1, 1, "accurate"), opinion(2, 2, "accurate"))
    first, second = evidence.evaluate()[2:]
    assert (first.experiment, first.assigned_arm, first.price) == ("E1", "candidate", 80.0)
    assert (first.price_production, first.price_candidate) == (79.0, 80.0)
    # The scores of another experiment are those of other models.
    assert (second.price, second.price_production, second.price_candidate) == (90.0, None, None)


def test_only_who_asked_speaks_in_the_name_of_a_session(evidence: Evidence) -> None:
    unsigned = replace(VISIT, signed=False)
    stranger = replace(VISIT, visitor="b" * 32)
    own, foreign = opinion(1, 1, "accurate"), replace(opinion(2, 2, "accurate"), caller=stranger)
    evidence.store(prediction(1, caller=unsigned), prediction(2), own, foreign)
    assert [row.session for row in evidence.evaluate()] == [None, "a" * 32, "a" * 32, None]


def test_the_watch_reads_requests_to_production_and_whatever_was_told_since(
    evidence: Evidence,
) -> None:
    early = {"at": OPENED.timestamp() - 5000}
    evidence.store(prediction(1, **early), prediction(2, "BO1", **early), prediction(3, "BO1"))
    evidence.store(prediction(4), *(opinion(n, n, "actual_price", 75.0) for n in (1, 2, 3, 4)))
    evidence.store(replace(opinion(9, 2, "rating", 4.0), at=OPENED.timestamp() - 60))
    with evidence.units.begin(WATCH) as unit:
        rows = list(unit.rows())
        unit.keep(Totals())
    assert [row.prediction_id for row in rows] == [prediction(n).id for n in (3, 1, 2, 3, 4)]
    evidence.store(opinion(5, 1, "rating", 4.0))
    with evidence.units.begin(WATCH) as unit:
        assert [row.type for row in unit.rows()] == ["rating"]


def test_a_competition_reads_what_was_told_since_of_any_request_and_keeps_its_own_state(
    evidence: Evidence,
) -> None:
    early = {"at": OPENED.timestamp() - 5000}
    evidence.store(prediction(1, **early), prediction(2, "BO1"), prediction(3, "BO1"))
    evidence.store(*(opinion(n, n, "actual_price", 75.0) for n in (1, 2)))
    for expected in ([1, 2], []):
        with evidence.units.begin(COMPETITION) as unit:
            state, rows = unit.state(CompetitionState), list(unit.rows())
            unit.keep(state.after(losses_of(len(rows)), 0.25) if rows else state)
        assert [row.prediction_id for row in rows] == [prediction(n).id for n in expected]
    with evidence.units.read_only(COMPETITION) as unit:
        kept = unit.state(CompetitionState)
    assert (kept.labels, kept.losses) == (2, (0.5, 1.0, 0.5))
    assert (
        kept.pairs[0].better.log_e
        == CompetitionState().after(losses_of(2), 0.25).pairs[0].better.log_e
    )
    # What the competition has read is as new to the experiment as ever.
    assert len(evidence.evaluate()) == 3


def losses_of(labels: int) -> np.ndarray:
    return np.full((labels, 3), 0.25) * [1, 2, 1]


KEYS = [LedgerKey("session", "a"), LedgerKey("session", "b"), LedgerKey("session", "a")]


def test_a_session_is_new_once(evidence: Evidence) -> None:
    with evidence.units.begin(SCOPE) as unit:
        assert unit.ledger.first_seen(KEYS) == [True, True, False]
        assert unit.ledger.first_seen([LedgerKey("price", "a"), KEYS[1]]) == [True, False]
        assert unit.ledger.first_seen([]) == []
    with evidence.units.begin(SCOPE) as unit:
        assert unit.ledger.first_seen([*KEYS, LedgerKey("session", "c")]) == [False] * 3 + [True]
    with evidence.units.begin(WATCH) as unit:
        assert unit.ledger.first_seen(KEYS[:1]) == [True]


def test_networks_are_counted_on_from_look_to_look(evidence: Evidence) -> None:
    with evidence.units.begin(SCOPE) as unit:
        assert unit.ledger.counted(KEYS) == [1, 1, 2]
    with evidence.units.begin(SCOPE) as unit:
        assert unit.ledger.counted(KEYS[1:]) == [2, 3]
        assert unit.ledger.counted([]) == []


ZONES = ("east", None, "west")
PRICES = [EvidenceUnit(UnitKind.PRICE, n, f"n{n}", 0.3, 0.25, ZONES[n]) for n in range(3)]
RATING = EvidenceUnit(UnitKind.RATING, 0, "n0", None, 0.8)


def test_units_are_kept_in_their_order(evidence: Evidence) -> None:
    with evidence.units.begin(SCOPE) as unit:
        unit.ledger.keep(PRICES[:2])
        unit.ledger.keep([])
    with evidence.units.begin(SCOPE) as unit:
        unit.ledger.keep([RATING, PRICES[2]])
        assert list(unit.ledger.units(UnitKind.PRICE)) == PRICES
        assert list(unit.ledger.units(UnitKind.PRICE, since=1)) == PRICES[1:]
        assert list(unit.ledger.units(UnitKind.RATING)) == [RATING]


def test_an_evaluation_that_fails_leaves_the_ledger_as_it_was(evidence: Evidence) -> None:
    for _ in range(2):
        with suppress(ArithmeticError), evidence.units.begin(SCOPE) as unit:
            assert unit.ledger.first_seen(KEYS) == [True, True, False]
            assert unit.ledger.counted(KEYS) == [1, 1, 2]
            unit.ledger.keep(PRICES)
            raise ArithmeticError
    with evidence.units.read_only(SCOPE) as unit:
        assert list(unit.ledger.units(UnitKind.PRICE)) == []


def test_a_look_goes_on_from_the_ledger_and_leaves_it_as_it_was(evidence: Evidence) -> None:
    with evidence.units.begin(SCOPE) as unit:
        unit.ledger.first_seen(KEYS[:1])
        unit.ledger.counted(KEYS)
        unit.ledger.keep(PRICES[:1])
    for _ in range(2):
        with evidence.units.read_only(SCOPE) as unit:
            assert unit.ledger.first_seen(KEYS) == [False, True, False]
            assert unit.ledger.first_seen(KEYS) == [False, False, False]
            assert unit.ledger.counted(KEYS) == [3, 2, 4]
            unit.ledger.keep(PRICES[1:])
            assert list(unit.ledger.units(UnitKind.PRICE)) == PRICES
            assert list(unit.ledger.units(UnitKind.PRICE, since=2)) == PRICES[2:]


def test_a_look_waits_for_no_evaluation_and_keeps_none_waiting(database: Database) -> None:
    units = PostgresDecisionUnits(database, utc_now)
    with units.begin(SCOPE) as unit, units.read_only(SCOPE) as look:
        assert unit.ledger.first_seen(KEYS) == look.ledger.first_seen(KEYS)
        assert unit.ledger.counted(KEYS) == look.ledger.counted(KEYS)


def test_of_two_evaluators_at_once_the_second_finds_nothing_left(
    database: Database, postgres_dsn: str
) -> None:
    log = PostgresRequestLog(database)
    callers = [replace(VISIT, visitor=f"{n:032x}", network_hash=f"{n}") for n in range(1, 301)]
    log.store([prediction(n, caller=caller) for n, caller in enumerate(callers, start=1)])
    rule = policy("evidence")
    databases = [Database(postgres_dsn), Database(postgres_dsn)]
    both = Barrier(2)

    def evaluate(database: Database) -> tuple[int, int]:
        both.wait()
        with PostgresDecisionUnits(database, utc_now).begin(SCOPE) as unit:
            terms = PolicyTerms(
                "CO1", "BO1", 30, experiment="E1", started_at=OPENED, ledger=unit.ledger
            )
            rows = list(unit.rows())
            sleep(0.3)
            state, result = rule.step(unit.state(rule.state), rows, terms)
            unit.keep(state)
            return len(rows), sum(result.figures["sessions"].values())

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(evaluate, databases)) == [(0, 300), (300, 300)]
    for own in databases:
        own.close()
    assert unit_state(PostgresDecisionUnits(database, utc_now), rule.state).sessions == (300, 0)


def unit_state(units: PostgresDecisionUnits, kind: type) -> EvidenceState:
    """The state that is kept."""
    with units.read_only(SCOPE) as unit:
        return unit.state(kind)


def test_a_state_of_the_evidence_policy_comes_back_as_it_was(database: Database) -> None:
    log, units = PostgresRequestLog(database), PostgresDecisionUnits(database, utc_now)
    for number in range(1, 201):
        arm, version = ("candidate", "CO1") if number % 4 == 0 else ("production", "BO1")
        caller = replace(
            VISIT, visitor=f"{number:032x}", network_hash=str(number), assigned_arm=arm
        )
        scores = {"price": 90.0, "price_production": 90.0 + number % 7, "price_candidate": 95.0}
        asked = prediction(number, version, caller=caller, area=1000.0 + number, **scores)
        told = replace(opinion(number, number, "actual_price", 97.3), caller=caller)
        rated = replace(opinion(900 + number, number, "rating", 4.0), caller=caller)
        log.store([asked, told, rated])
    rule = policy("evidence")
    with units.begin(SCOPE) as unit:
        terms = PolicyTerms(
            "CO1", "BO1", 30, experiment="E1", started_at=OPENED, ledger=unit.ledger
        )
        state, result = rule.step(rule.state(), unit.rows(), terms)
        unit.keep(state)
    assert result.figures["labels"] == 200
    assert unit_state(units, rule.state) == state
    with units.read_only(SCOPE) as unit:
        assert len(list(unit.ledger.units(UnitKind.PRICE))) == 200


def test_a_failed_evaluation_leaves_no_decision(database: Database) -> None:
    units = PostgresDecisionUnits(database, utc_now)
    with suppress(ArithmeticError), units.begin(SCOPE) as unit:
        unit.add(DRAFT, OPENED)
        raise ArithmeticError
    assert PostgresDecisionLog(database).latest() == []


def test_a_state_of_another_rule_is_not_taken_over(database: Database) -> None:
    PostgresRequestLog(database).store([prediction(1)])
    units = PostgresDecisionUnits(database, utc_now)
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
    evidence = Evidence(
        PostgresRequestLog(database), PostgresDecisionUnits(database, utc_now), lambda: 0
    )
    evidence.store(prediction(4))
    assert len(evidence.evaluate()) == 4
    arm = evidence.candidate(prediction(5), opinion(1, 1, "rating", 2.0))
    assert (arm.requests, arm.ratings) == (5, 1)


def test_rows_that_are_committed_late_are_waited_for_and_lost_to_no_look(
    database: Database,
) -> None:
    evidence = Evidence(
        PostgresRequestLog(database), PostgresDecisionUnits(database, utc_now), lambda: 0
    )
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


def test_from_the_start_every_row_is_there_again_and_nothing_is_remembered(
    evidence: Evidence,
) -> None:
    evidence.store(prediction(1), opinion(7, 1, "rating", 4.0))
    rows = evidence.evaluate()
    with evidence.units.begin(SCOPE) as unit:
        unit.ledger.first_seen([LedgerKey("session", "a")])
    assert evidence.evaluate() == []
    with evidence.units.from_start(SCOPE) as unit:
        assert list(unit.rows()) == rows
        assert unit.state(Totals) == Totals()
        assert unit.ledger.first_seen([LedgerKey("session", "a")]) == [True]
    assert evidence.evaluate() == []
    assert evidence.totals().candidate.ratings == 1
