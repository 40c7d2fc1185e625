"""One contract for every decision log: the fake that unit tests use, and PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from homeprices.domain.errors import NotFound, Refused, Unavailable
from homeprices.domain.experiments.decision import ActOutcome, DecisionQuery, Draft, Verdict
from homeprices.domain.versions import DecisionId
from homeprices.settings import Settings
from homeprices.stores.postgres.database import Database, dsn, migrate
from homeprices.stores.postgres.decisions import PostgresDecisionLog
from support.fakes import MemoryDecisions

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
PROMOTE = Draft(
    verdict=Verdict.PROMOTE,
    actor="policy",
    reasons=("better", "by far"),
    figures={"ratio": 1.2, "candidate": {"requests": 60}},
    experiment="E1",
    subject="CO1",
    before="BO1",
)
CONTINUE = Draft(
    verdict=Verdict.CONTINUE, actor="policy", reasons=("wait",), experiment="E1", acts=False
)


@pytest.fixture(params=["memory", "postgres"])
def log(request: pytest.FixtureRequest):
    if request.param == "memory":
        return MemoryDecisions()
    return PostgresDecisionLog(request.getfixturevalue("database"))


def test_a_row_that_acts_is_not_done_until_it_is_finished(log) -> None:
    row = log.add(PROMOTE, AT)
    assert (row.id, row.done, row.after, row.undo) == ("D-0001", False, "BO1", "homes undo D-0001")
    assert (row.reasons, row.figures) == (["better", "by far"], PROMOTE.figures)
    assert datetime.fromisoformat(row.at) == AT
    assert log.unfinished() == row
    finished = log.finish(DecisionId(1), ActOutcome("BO2"))
    assert (finished.done, finished.after) == (True, "BO2")
    assert log.unfinished() is None
    assert log.that_made("BO2") == finished
    assert log.that_made("BO1") is None


def test_rows_are_found_by_what_they_are_about_page_by_page(log) -> None:
    for number in range(1, 8):
        log.add(replace(PROMOTE if number % 3 == 0 else CONTINUE, experiment=f"E{number % 2}"), AT)

    def ids(**wanted: object) -> list[str]:
        return [row.id for row in log.select(DecisionQuery(**{"limit": 3, **wanted}))]

    assert ids() == ["D-0007", "D-0006", "D-0005"]
    assert ids(before=DecisionId(5)) == ["D-0004", "D-0003", "D-0002"]
    assert ids(before=DecisionId(2)) == ["D-0001"]
    assert ids(before=DecisionId(1)) == []
    assert ids(verdict=Verdict.PROMOTE) == ["D-0006", "D-0003"]
    assert ids(experiment="E0", before=DecisionId(6)) == ["D-0004", "D-0002"]
    assert ids(subject="CO1", experiment="E1") == ["D-0003"]
    assert ids(subject="CO9") == []


def test_rows_that_opened_or_ended_an_experiment_are_about_it(log) -> None:
    start = replace(PROMOTE, verdict=Verdict.START, experiment="E1", figures={"share": 0.5})
    log.add(start, AT)
    row = log.finish(DecisionId(1), ActOutcome("BO1", opened="E2", ended="E1"))
    assert row.figures == {"share": 0.5, "opened": "E2", "ended": "E1"}
    assert row.reasons == [*start.reasons, "E2 has begun"]
    assert log.finish(DecisionId(1), ActOutcome("BO9", opened="E9")) == row
    log.add(replace(PROMOTE, verdict=Verdict.UNDO, experiment=None), AT)
    undo = log.finish(DecisionId(2), ActOutcome("BO2", ended="E2"))
    for experiment, rows in (("E1", [row]), ("E2", [undo, row]), ("E3", [])):
        assert log.select(DecisionQuery(experiment=experiment)) == rows


def test_a_row_that_is_given_up_says_why_and_lets_its_undo_be_tried_again(log) -> None:
    log.add(PROMOTE, AT)
    undo = Draft(Verdict.UNDO, "cli:me", ("by hand",), before="BO2", undoes=DecisionId(1))
    log.add(undo, AT)
    row = log.give_up(DecisionId(2), "a file is damaged")
    assert (row.done, row.undo, row.undoes) == (True, None, None)
    assert row.reasons == ["by hand", "not carried out: a file is damaged"]
    assert log.add(undo, AT).undoes == "D-0001"


def test_a_verdict_that_changes_nothing_is_final_and_has_no_undo(log) -> None:
    row = log.add(CONTINUE, AT)
    assert (row.done, row.undo) == (True, None)


def test_rows_are_told_newest_first_and_by_trial(log) -> None:
    for draft in (CONTINUE, PROMOTE):
        log.add(draft, AT)
    assert [row.id for row in log.latest()] == ["D-0002", "D-0001"]
    assert [row.id for row in log.latest(1)] == ["D-0002"]
    assert [row.id for row in log.for_experiment("E1")] == ["D-0002", "D-0001"]
    assert log.for_experiment("E2") == []


def test_an_undone_row_names_the_row_that_undid_it(log) -> None:
    log.add(PROMOTE, AT)
    undo = Draft(Verdict.UNDO, "cli:me", ("by hand",), before="BO2", undoes=DecisionId(1))
    row = log.add(undo, AT)
    assert row.undoes == "D-0001"
    assert log.read(DecisionId(1)).undone_by == "D-0002"


def test_a_row_that_does_not_exist_is_named(log) -> None:
    with pytest.raises(NotFound, match="there is no decision D-0007"):
        log.read(DecisionId(7))


def test_rows_added_at_once_get_numbers_without_a_gap(database: Database) -> None:
    log = PostgresDecisionLog(database)
    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(lambda _: log.add(CONTINUE, AT), range(24)))
    assert sorted(row.id for row in rows) == [str(DecisionId(n)) for n in range(1, 25)]


def test_deciders_come_in_one_at_a_time_and_starve_no_one(database: Database) -> None:
    inside: list[int] = []
    seen: list[int] = []

    def decide(number: int) -> None:
        log = PostgresDecisionLog(database)
        with log.lock():
            inside.append(number)
            seen.append(len(inside))
            log.add(CONTINUE, AT + timedelta(seconds=number))
            inside.remove(number)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(decide, range(6)))
    assert seen == [1] * 6


def test_who_waits_too_long_for_others_to_decide_is_told_so(database: Database) -> None:
    with (
        PostgresDecisionLog(database).lock(),
        pytest.raises(Refused, match="another decision or a backup is under way"),
        PostgresDecisionLog(database).lock(within_s=0.2),
    ):
        pass


def test_migrating_again_and_at_once_changes_nothing(postgres_dsn: str, database: Database) -> None:
    PostgresDecisionLog(database).add(CONTINUE, AT)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, [postgres_dsn] * 4))
    assert len(PostgresDecisionLog(database).latest()) == 1


def test_a_database_that_is_away_is_told_as_such() -> None:
    away = Settings(postgres_host="127.0.0.1", postgres_port=1)
    log = PostgresDecisionLog(Database(dsn(away)))
    with pytest.raises(Unavailable, match="PostgreSQL does not answer"):
        log.latest()


def test_without_a_database_the_way_to_one_is_told() -> None:
    with pytest.raises(Refused, match="start the embedded one by `homes up`"):
        dsn(Settings(postgres_host=""))
