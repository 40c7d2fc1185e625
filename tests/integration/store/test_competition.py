"""The whole decide loop on PostgreSQL: candidates of one run compete, and the winner is tried."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest

from conftest import StoppedClock
from homeprices.bootstrap import utc_now
from homeprices.domain.experiments.decision import Verdict
from homeprices.domain.manifest import ModelManifest, TrainingRun
from homeprices.domain.requests.records import Client
from homeprices.domain.versions import DecisionId, ModelVersion, Role
from homeprices.stores.candidates import candidate_history
from homeprices.stores.postgres.database import Database
from homeprices.stores.postgres.decision_units import PostgresDecisionUnits
from homeprices.stores.postgres.decisions import PostgresDecisionLog
from homeprices.stores.postgres.request_log import PostgresRequestLog
from homeprices.workflows.experiments.decide import apply_row, decide, evaluate_only
from homeprices.workflows.experiments.operator_actions import ExperimentActions
from homeprices.workflows.experiments.undo import undo
from support.fakes import MemoryHomes, describe
from support.visits import client, feedback, request

SOLD = 103.0
anyone = partial(client, experiment=None)


def of_one_run(version: ModelVersion, files: dict) -> ModelManifest:
    metrics = {"mean_abs_log_error": 0.1 * version.number}
    manifest = describe(version, files)
    return replace(manifest, run=TrainingRun("run 1", 3), metrics=metrics)


@pytest.fixture
def homes(clock: StoppedClock, database: Database) -> MemoryHomes:
    """CO1, CO2 and CO3 of one run beside BO1, with what is kept in PostgreSQL."""
    homes = MemoryHomes(clock)
    homes.policy = "evidence"
    homes.decisions = PostgresDecisionLog(database)
    homes.decision_units = PostgresDecisionUnits(database, utc_now)
    homes.log = PostgresRequestLog(database)
    homes.scorer.prices = {"BO1": 125.0, "CO1": 130.0, "CO2": 128.0, "CO3": 100.0}
    homes.registry.publish(Role.PRODUCTION, {"model.json": b"first"}, describe)
    for number in (1, 2, 3):
        homes.registry.publish(Role.CANDIDATE, {"model.json": bytes([number])}, of_one_run)
    assert decide(homes) is None
    return homes


def sold(
    homes: MemoryHomes, first: int, count: int, caller: Callable[..., Client] = anyone
) -> None:
    """Homes that production priced are sold, and an hour goes by."""
    for number in range(first, first + count):
        asked = request(number, caller(number, None), "BO1", homes.clock())
        homes.log.store([asked, feedback(asked, "actual_price", SOLD, homes.clock())])
    homes.clock.advance(hours=1)


def test_sale_prices_of_productions_traffic_choose_and_the_trial_begins_with_none(homes) -> None:
    assert homes.experiments.competitions.open_now().candidates == ("CO1", "CO2", "CO3")
    sold(homes, 1, 10)
    going_on = decide(homes)
    assert (going_on.verdict, going_on.experiment) == (Verdict.CONTINUE, "C1")
    assert decide(homes) == going_on
    sold(homes, 101, 60)
    chosen = decide(homes)
    assert (chosen.verdict, chosen.subject, chosen.done) == (Verdict.CHOOSE, "CO3", True)
    assert chosen.figures["labels"] == 70
    experiment = homes.experiments.open_now()
    assert (experiment.id, experiment.candidate) == ("E1", "CO3")
    history = candidate_history(homes.registry, homes.experiments)
    assert [str(version) for version in history.outcompeted] == ["CO1", "CO2"]
    assert [str(version) for version in history.waiting] == ["CO3"]
    assert apply_row(homes, DecisionId.parse(chosen.id)) == chosen
    # Sale prices of requests from before the trial are no evidence of it.
    sold(homes, 201, 5)
    first = decide(homes)
    assert (first.experiment, first.figures["labels"]) == ("E1", 0)
    assert len(homes.experiments.all()) == 1


def test_a_crowd_from_one_network_or_without_a_visit_chooses_nobody(homes) -> None:
    sold(homes, 1, 60, partial(anyone, network_hash="one"))
    sold(homes, 101, 60, partial(anyone, signed=False))
    row = decide(homes)
    assert (row.verdict, row.figures["labels"]) == (Verdict.CONTINUE, 5)
    assert row.figures["set_aside"] == {"network cap": 55, "unsigned": 60}


def test_two_evaluators_at_once_choose_once(homes) -> None:
    sold(homes, 1, 60)
    with ThreadPoolExecutor(2) as pool:
        rows = list(pool.map(lambda _: decide(homes), range(2)))
    assert [row.verdict for row in homes.decisions.latest()].count(Verdict.CHOOSE) == 1
    assert {row.experiment for row in rows if row} <= {"C1", "E1"}
    assert [experiment.candidate for experiment in homes.experiments.all()] == ["CO3"]


def test_a_row_that_waits_for_its_task_is_carried_out_once(homes) -> None:
    sold(homes, 1, 60)
    row = evaluate_only(homes)
    assert (row.verdict, row.done) == (Verdict.CHOOSE, False)
    assert evaluate_only(homes) == row
    assert homes.experiments.open_now() is None
    assert apply_row(homes, DecisionId.parse(row.id)).done
    assert homes.experiments.open_now().candidate == "CO3"


def test_the_status_is_of_the_last_look_and_asks_no_model(homes) -> None:
    sold(homes, 1, 12)
    decide(homes)
    asked = len(homes.scorer.asked)
    sold(homes, 101, 3)
    standing = ExperimentActions(homes).experiment().competition.standing
    assert (standing.labels, standing.leader, standing.winner) == (12, "CO3", None)
    assert standing.leads[0].band is not None
    assert len(homes.scorer.asked) == asked


def test_an_undone_choice_begins_the_competition_anew_without_what_it_knew(homes) -> None:
    sold(homes, 1, 60)
    row = decide(homes)
    undo(homes, DecisionId.parse(row.id), actor="test", reason="because")
    assert homes.experiments.open_now() is None
    assert homes.experiments.competitions.open_now().id == "C2"
    later = decide(homes)
    assert (later.experiment, later.figures["labels"]) == ("C2", 0)
