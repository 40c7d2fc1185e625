"""A stranger with a script decides nothing, at any hour of seven days, whatever the script does."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from conftest import StoppedClock
from homeprices.bootstrap import utc_now
from homeprices.domain.experiments.decision import Decision, Verdict
from homeprices.domain.requests.records import Client
from homeprices.domain.versions import Role
from homeprices.stores.postgres.database import Database
from homeprices.stores.postgres.decision_units import PostgresDecisionUnits
from homeprices.stores.postgres.decisions import PostgresDecisionLog
from homeprices.stores.postgres.request_log import PostgresRequestLog
from homeprices.workflows.experiments.decide import decide
from homeprices.workflows.experiments.start import open_next_experiment
from support.fakes import MemoryHomes, describe
from support.visits import Records, client, feedback, request

# Every hour of a week is looked at in the full form.
pytestmark = pytest.mark.timeout(1200)

HOURS = 167
VISITS_AN_HOUR = 25
CANDIDATE_SAYS, PRODUCTION_SAYS = 100.0, 125.0
Caller = Callable[[int, str], Client]


@dataclass(frozen=True)
class Script:
    """Who a stranger is at the visit `number` for an arm, and how what is left is counted."""

    caller: Caller
    counted: set[str]


def direct(number: int, _: str) -> Client:
    return client(number, None, signed=False, experiment=None, network_hash="one")


def direct_with_a_visit(number: int, _: str) -> Client:
    return client(number, None, experiment=None, network_hash="one")


def unsigned(number: int, arm: str) -> Client:
    return client(number, arm, signed=False, network_hash="one")


def from_one_network(number: int, arm: str) -> Client:
    return client(number, arm, network_hash="one", address_hash=f"address {number % 50}")


def from_one_address(number: int, arm: str) -> Client:
    return client(number, arm, network_hash="one", address_hash="address")


def one_visitor(_: int, arm: str) -> Client:
    return client(5, arm, network_hash="one")


def from_nine_networks(number: int, arm: str) -> Client:
    return client(number, arm, network_hash=f"network {number // 5 % 9}")


SCRIPTS = {
    "posts straight to the services": Script(direct, {"unsigned"}),
    "the same with a signed visit": Script(direct_with_a_visit, {"direct"}),
    "unsigned visits through the router": Script(unsigned, {"unsigned"}),
    "signed visits from one address": Script(from_one_address, {"network cap"}),
    "from fifty addresses of one network": Script(from_one_network, {"network cap"}),
    "one signed visitor": Script(one_visitor, {"repeated"}),
    "from nine networks": Script(from_nine_networks, {"network cap"}),
}


@pytest.fixture
def homes(clock: StoppedClock, database: Database) -> MemoryHomes:
    """CO1 on trial against BO1, with what is kept in PostgreSQL."""
    homes = MemoryHomes(clock)
    homes.decisions = PostgresDecisionLog(database)
    homes.decision_units = PostgresDecisionUnits(database, utc_now)
    homes.scorer.prices = {"CO1": CANDIDATE_SAYS, "BO1": PRODUCTION_SAYS}
    homes.registry.publish(Role.PRODUCTION, {"model.json": b"first"}, describe)
    homes.registry.publish(Role.CANDIDATE, {"model.json": b"second"}, describe)
    return homes


def left(homes: MemoryHomes, hour: int, caller: Caller, *, praises: bool) -> Records:
    """What a stranger leaves in an hour: prices asked for, and both kinds of feedback on all."""
    rows: Records = []
    # Close to what one of the models says, and no echo of it.
    sold = CANDIDATE_SAYS + 1 if praises else PRODUCTION_SAYS - 1
    for number in range(VISITS_AN_HOUR * hour + 1, VISITS_AN_HOUR * (hour + 1) + 1):
        is_candidate = number % 5 == 0
        arm, version = ("candidate", "CO1") if is_candidate else ("production", "BO1")
        asked = request(number, caller(number, arm), version, homes.clock())
        stars = 5.0 if is_candidate == praises else 1.0
        rows += [
            asked,
            feedback(asked, "rating", stars, homes.clock()),
            feedback(asked, "actual_price", sold + number % 7 / 10, homes.clock()),
        ]
    return rows


@pytest.fixture
def a_week(homes: MemoryHomes, database: Database, scale) -> Callable[..., list[Decision]]:
    """The decisions of seven days but an hour, looked at every hour; in short at some of them."""
    every = scale(8, 1)

    def decisions(caller: Caller, *, praises: bool) -> list[Decision]:
        log = PostgresRequestLog(database)
        open_next_experiment(homes)
        rows = []
        for hour in range(HOURS):
            log.store(left(homes, hour, caller, praises=praises))
            homes.clock.advance(hours=1)
            if hour % every == 0 or hour == HOURS - 1:
                rows.append(decide(homes))
        return rows

    return decisions


@pytest.mark.parametrize("praises", [True, False], ids=["praises", "slanders"])
@pytest.mark.parametrize("name", SCRIPTS)
def test_a_stranger_decides_nothing(
    homes: MemoryHomes, a_week, name: str, *, praises: bool
) -> None:
    homes.policy = "evidence"
    script = SCRIPTS[name]
    decisions = a_week(script.caller, praises=praises)
    assert {row.verdict for row in decisions} == {Verdict.CONTINUE}
    counted = decisions[-1].figures["set_aside"]
    assert script.counted <= set(counted)
    assert sum(counted[reason] for reason in script.counted) > VISITS_AN_HOUR * HOURS
    assert homes.registry.production().version == "BO1"


@pytest.mark.parametrize("praises", [True, False], ids=["praises", "slanders"])
@pytest.mark.parametrize("name", list(SCRIPTS)[:3])
def test_the_plain_rule_does_not_hear_who_is_no_visitor_of_the_experiment(
    homes: MemoryHomes, a_week, name: str, *, praises: bool
) -> None:
    homes.policy = "composite"
    script = SCRIPTS[name]
    decisions = a_week(script.caller, praises=praises)
    assert {row.verdict for row in decisions} == {Verdict.CONTINUE}
    (reason,) = script.counted
    assert decisions[-1].figures["set_aside"] == {reason: 3 * VISITS_AN_HOUR * HOURS}
