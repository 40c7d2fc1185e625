"""kill -9 of every part at moments of chance under load: what is acknowledged is stored, once."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from support import faulty_service as faulty
from support.faults import Assembly, Clients, audit, chance, drained
from support.routers import until

pytestmark = [pytest.mark.quiet, pytest.mark.timeout(1_200)]

SEED = 13


@pytest.fixture
def kills(scale: Callable[[int, int], int]) -> int:
    return scale(2, 20)


def part(name: str) -> Callable[[Assembly], int]:
    return lambda assembly: assembly.parts[name].pid


def nginx(kind: str) -> Callable[[Assembly], int]:
    """The process of nginx that has most connections, of those of a kind."""

    def pid(assembly: Assembly) -> int:
        children = assembly.parts["router"].children()
        of_kind = [child for child in children if kind in " ".join(child.cmdline())]
        return max(of_kind, key=lambda child: len(child.net_connections())).pid

    return pid


def connection(assembly: Assembly) -> int:
    """The process of PostgreSQL that was last asked, once there is one."""
    query = (
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() ORDER BY query_start DESC LIMIT 1"
    )
    pids: list[int] = []

    def is_there() -> bool:
        pids.extend(row[0] for row in assembly.sql(query))
        return bool(pids)

    until(is_there, patience_s=30)
    return pids[0]


@dataclass(frozen=True)
class Victim:
    """Who is killed, who has ended with it, and whether that may cost a request."""

    pid: Callable[[Assembly], int]
    ended: list[str]
    costs: bool


VICTIMS = {
    "service": Victim(part("production"), ["production"], costs=True),
    "candidate": Victim(part("candidate"), ["candidate"], costs=False),
    "postgres": Victim(part("postgres"), ["postgres"], costs=False),
    "connection": Victim(connection, [], costs=False),
    "router": Victim(part("router"), ["router"], costs=True),
    "nginx master": Victim(nginx("master"), ["router"], costs=True),
    "nginx worker": Victim(nginx("worker"), [], costs=True),
}
# The short form has another of their kind.
IN_FULL = {"candidate", "nginx master"}


def struck(assembly: Assembly, clients: Clients, victim: Victim, own: random.Random) -> None:
    """Kill the victim at a moment of chance, and start again after another what has ended."""
    clients.more(own.randint(20, 120))
    time.sleep(own.uniform(0, 0.05))
    os.kill(victim.pid(assembly), signal.SIGKILL)
    time.sleep(own.uniform(0, 0.3))
    assert assembly.revive(patience_s=15 if victim.ended else 0) == victim.ended


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.full] if n in IN_FULL else []) for n in VICTIMS],
)
def test_no_acknowledged_row_is_lost_or_doubled(assembly: Assembly, name: str, kills: int) -> None:
    victim, own = VICTIMS[name], chance(f"{SEED} {name}")
    with Clients(assembly.ports["router"], SEED) as clients:
        for _ in range(kills):
            struck(assembly, clients, victim, own)
        clients.more(50)
    assert audit(assembly, clients).is_clean
    assert len(clients.opinions) > 10 * kills
    # That some fail shows that kills come while requests are under way.
    assert bool(clients.failures) == victim.costs


def test_an_uploader_that_dies_between_storing_and_committing_doubles_nothing(
    assembly: Assembly, scale: Callable[..., Any]
) -> None:
    own, points = chance(SEED), scale(faulty.DEATHS[1:2], faulty.DEATHS)
    with Clients(assembly.ports["router"], SEED) as clients:
        for _ in range(scale(1, 5)):
            for point in own.sample(points, len(points)):
                assembly.replace("production", point, str(own.randint(1, 8)))
                until(lambda: "production" in assembly.dead(), patience_s=30)
        assembly.replace("production", faulty.SOUND)
        clients.more(50)
    assert audit(assembly, clients).is_clean


@pytest.fixture
def wrong(assembly: Assembly, request: pytest.FixtureRequest) -> Iterator[Assembly]:
    """The stack with a service in it that is made otherwise."""
    assembly.replace("production", request.param)
    yield assembly
    assembly.replace("production", faulty.SOUND)


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (faulty.QUEUE, "service"),
        pytest.param(faulty.FORGETFUL, "postgres", marks=pytest.mark.full),
    ],
    indirect=["wrong"],
)
def test_a_log_in_memory_and_one_that_forgets_an_outage_lose_rows(
    wrong: Assembly, name: str
) -> None:
    """The control: what the kills above do to rows that are in memory alone, or given up."""
    own = chance(SEED)
    with Clients(wrong.ports["router"], SEED) as clients:
        for _ in range(2):
            struck(wrong, clients, VICTIMS[name], own)
        clients.more(50)
    assert audit(wrong, clients).lost


@pytest.mark.full
@pytest.mark.parametrize("is_killed", [False, True])
def test_a_router_that_acknowledges_by_itself_loses_opinions_when_it_is_killed(
    assembly: Assembly, is_killed: bool
) -> None:
    """The control: what the deaths of a router do where it answers before the service has."""
    count = "SELECT count(*) FROM feedback"
    before = assembly.sql(count)[0][0]
    with (
        assembly.hasty_router(),
        Clients(assembly.ports["router"], SEED) as clients,
    ):
        clients.more(100)
        if is_killed:
            os.kill(assembly.parts["router"].pid, signal.SIGKILL)
            assembly.revive(patience_s=15)
        clients.more(50)
    drained(assembly)
    kept = assembly.sql(count)[0][0] - before
    assert (kept < len(clients.opinions)) == is_killed
    assert kept <= len(clients.opinions)


@pytest.mark.full
def test_a_table_without_a_key_has_rows_twice_when_an_uploader_dies(assembly: Assembly) -> None:
    """The control: what a death after storing would do if rows were not merged by their ids."""
    with Clients(assembly.ports["router"], SEED):
        for _ in range(2):
            assembly.replace("production", faulty.KEYLESS, "3")
            until(lambda: "production" in assembly.dead(), patience_s=30)
    assembly.replace("production", faulty.SOUND)
    assert assembly.sql("SELECT id FROM keyless GROUP BY id HAVING count(*) > 1")
