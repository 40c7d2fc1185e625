"""Models that are not as published, storms of swaps and reloads, and restarts one after the other.

Nobody who asks the router meanwhile goes without a price.
"""

import json
import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp

import httpx
import pytest

from support import faulty_service as faulty
from support.faults import Assembly, Clients, Part, audit, chance
from support.routers import until
from support.stack import HOME, PREDICT, free_ports

pytestmark = [pytest.mark.quiet, pytest.mark.timeout(1_200)]

SEED = 17
TREES = "four.booster_1.txt"


def models(assembly: Assembly) -> Path:
    return assembly.folder / "objects" / "models"


def newest(assembly: Assembly) -> int:
    return max(int(path.name.partition("_BO")[2]) for path in models(assembly).glob("*_BO*"))


def made(assembly: Assembly) -> Path:
    """The next production model, in a folder where nobody looks; BO1 and CO1 take turns."""
    number = newest(assembly) + 1
    place = Path(mkdtemp(dir=assembly.folder)) / f"price_check_BO{number}"
    shutil.copytree(models(assembly) / f"price_check_{'CO1' if number % 2 == 0 else 'BO1'}", place)
    manifest = json.loads((place / "manifest.json").read_text())
    (place / "manifest.json").write_text(json.dumps(manifest | {"version": f"BO{number}"}))
    return place


def published(assembly: Assembly, place: Path) -> str:
    """The version, which is there at once."""
    place.replace(models(assembly) / place.name)
    return place.name.removeprefix("price_check_")


def served(assembly: Assembly) -> str:
    return str(assembly.health()["model_version"])


def served_files(place: Path) -> list[str]:
    """The files that a service reads: not those of the judged form."""
    files = json.loads((place / "manifest.json").read_text())["files"]
    return sorted(name for name in files if "/" not in name)


def damaged(place: Path, own: random.Random) -> None:
    """Other trees that can be read as well."""
    text = (place / TREES).read_text()
    lines = [line for line in text.splitlines() if line.startswith("leaf_value=")]
    line = own.choice(lines)
    values = [float(word) + 1 for word in line.removeprefix("leaf_value=").split()]
    (place / TREES).write_text(text.replace(line, "leaf_value=" + " ".join(map(str, values))))


def flipped(place: Path, own: random.Random) -> None:
    """One bit of one file is another."""
    path = own.choice(served_files(place))
    content = bytearray((place / path).read_bytes())
    content[own.randrange(len(content))] ^= 1 << own.randrange(8)
    (place / path).write_bytes(content)


def half_written(place: Path, own: random.Random) -> None:
    path = own.choice(served_files(place))
    os.truncate(place / path, own.randrange((place / path).stat().st_size))


def half_a_manifest(place: Path, own: random.Random) -> None:
    os.truncate(place / "manifest.json", own.randrange((place / "manifest.json").stat().st_size))


def missing(place: Path, own: random.Random) -> None:
    (place / own.choice(["model.json", "golden.json", TREES])).unlink()


def of_schema(place: Path, schema: int) -> None:
    """As another release, or this one, publishes it: whole, with a digest that is right."""
    content = (place / "model.json").read_text().replace('"format":6', f'"format":{schema}')
    (place / "model.json").write_text(content)
    manifest = json.loads((place / "manifest.json").read_text())
    digest = {"sha256": sha256(content.encode()).hexdigest(), "size_bytes": len(content)}
    manifest["files"]["model.json"] |= digest
    (place / "manifest.json").write_text(json.dumps(manifest))


Damage = Callable[[Path, random.Random], None]
DAMAGES = (damaged, flipped, half_written, half_a_manifest, missing)


def refused(assembly: Assembly, clients: Clients, place: Path) -> None:
    """The model in `place` is published and not served; what was, is, and health says so."""
    before, version = served(assembly), published(assembly, place)
    reason = f"{version} cannot be served"
    until(lambda: reason in str(assembly.health()["reasons"]), patience_s=60)
    assert assembly.health()["status"] == "degraded"
    clients.more(20)
    assert served(assembly) == before


def taken_up(assembly: Assembly, version: str) -> None:
    until(lambda: served(assembly) == version, patience_s=60)
    assert assembly.health()["status"] == "healthy"


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_model_that_is_not_as_published_is_not_served_until_it_is(
    assembly: Assembly, damage: Damage, scale: Callable[[int, int], int]
) -> None:
    own = chance(f"{SEED} {damage.__name__}")
    with Clients(assembly.ports["router"], SEED) as clients:
        for _ in range(scale(1, 20)):
            place = made(assembly)
            sound = shutil.copytree(place, place.with_name("sound"))
            damage(place, own)
            refused(assembly, clients, place)
            for path in sound.iterdir():
                if path.is_file():
                    path.replace(models(assembly) / place.name / path.name)
            shutil.rmtree(sound)
            taken_up(assembly, place.name.removeprefix("price_check_"))
    assert not clients.failures


def test_a_model_of_a_newer_schema_waits_for_one_that_can_be_read(
    assembly: Assembly, scale: Callable[[int, int], int]
) -> None:
    own = chance(SEED)
    with Clients(assembly.ports["router"], SEED) as clients:
        for _ in range(scale(1, 20)):
            place = made(assembly)
            of_schema(place, own.randint(7, 9))
            refused(assembly, clients, place)
            # The control: written by the same hand, in a schema that can be read.
            of_schema(same := made(assembly), 6)
            taken_up(assembly, published(assembly, same))
    assert not clients.failures


def price(assembly: Assembly) -> float:
    answer = httpx.post(assembly.url("production") + PREDICT, json=HOME)
    return float(answer.raise_for_status().json()["estimated_price"])


@pytest.fixture
def wrong(assembly: Assembly, request: pytest.FixtureRequest) -> Iterator[Assembly]:
    """The stack with a service in it that is made otherwise, and afterwards with a sound one."""
    assembly.replace("production", request.param)
    yield assembly
    assembly.replace("production", faulty.SOUND)


@pytest.mark.full
@pytest.mark.parametrize("wrong", [faulty.UNCHECKED], indirect=True)
def test_a_service_that_checks_nothing_prices_by_a_damaged_model(wrong: Assembly) -> None:
    """The control: what the damage above does where nobody looks."""
    prices = []
    for damage in (None, None, damaged, None):
        place = made(wrong)
        if damage is not None:
            damage(place, chance(SEED))
        version = published(wrong, place)
        until(lambda v=version: served(wrong) == v)
        prices.append(price(wrong))
    assert prices[1] == prices[3]
    assert prices[0] != prices[2]


def storm_of_swaps(assembly: Assembly, swaps: int) -> Clients:
    """Clients who asked while so many models took over from each other."""
    with Clients(assembly.ports["router"], SEED) as clients:
        for _ in range(swaps):
            version = published(assembly, made(assembly))
            until(lambda v=version: served(assembly) == v)
            clients.more(20)
    return clients


def test_in_a_storm_of_swaps_no_request_fails_or_meets_two_models(
    assembly: Assembly, scale: Callable[[int, int], int]
) -> None:
    swaps = scale(3, 40)
    first = newest(assembly) + 1
    clients = storm_of_swaps(assembly, swaps)
    assert not clients.failures
    assert {f"BO{number}" for number in range(first, first + swaps)} <= set(clients.versions)
    assert audit(assembly, clients).is_clean


@pytest.mark.full
@pytest.mark.parametrize("wrong", [faulty.UNLOADS], indirect=True)
def test_a_slot_that_unloads_before_it_loads_fails_requests(wrong: Assembly) -> None:
    """The control: what a swap would cost without the model before."""
    assert storm_of_swaps(wrong, 3).failures


def nginx_master(assembly: Assembly) -> int:
    children = assembly.parts["router"].children()
    return next(child.pid for child in children if "master" in " ".join(child.cmdline()))


def test_in_a_storm_of_reloads_no_request_fails(
    assembly: Assembly, scale: Callable[[int, int], int]
) -> None:
    own, master = chance(SEED), nginx_master(assembly)
    with Clients(assembly.ports["router"], SEED) as clients:
        for _ in range(scale(5, 200)):
            os.kill(master, signal.SIGHUP)
            time.sleep(own.uniform(0, 0.2))
        clients.more(50)
    assert not clients.failures
    assert audit(assembly, clients).is_clean


def test_a_router_that_starts_anew_instead_of_reloading_fails_requests(assembly: Assembly) -> None:
    """The control: what the same clients see when connections are not handed over."""
    with Clients(assembly.ports["router"], SEED) as clients:
        clients.more(20)
        assembly.parts["router"].end()
        assembly.parts["router"].start()
        clients.more(20)
    assert clients.failures


@pytest.fixture
def pair(assembly: Assembly) -> Iterator[tuple[Part, Part]]:
    """Production and a second service of it, which the router asks in turn, as in containers."""
    (port,) = free_ports(1)
    standby = assembly.service("production", port, spool="standby")
    standby.start()
    site = assembly.folder / "router" / "site.conf"
    alone = site.read_text()
    address = f"server 127.0.0.1:{assembly.ports['production']} max_fails=0;"
    site.write_text(alone.replace(address, f"{address} server 127.0.0.1:{port} max_fails=0;", 1))
    os.kill(nginx_master(assembly), signal.SIGHUP)
    yield standby, assembly.parts["production"]
    site.write_text(alone)
    os.kill(nginx_master(assembly), signal.SIGHUP)
    time.sleep(1)
    standby.end()
    assembly.revive()


def test_in_restarts_one_after_the_other_no_request_fails_and_no_row_is_lost(
    assembly: Assembly, pair: tuple[Part, Part], scale: Callable[[int, int], int]
) -> None:
    with Clients(assembly.ports["router"], SEED) as clients:
        for _ in range(scale(1, 10)):
            for part in pair:
                clients.more(50)
                part.end()
                part.start()
        clients.more(50)
    assert not clients.failures
    # What waits in its spool is stored before it ends.
    pair[0].end()
    assert audit(assembly, clients).is_clean


@pytest.mark.full
def test_restarts_that_do_not_wait_for_each_other_fail_requests(
    assembly: Assembly, pair: tuple[Part, Part]
) -> None:
    """The control: the same pair, of which nobody is left for a moment."""
    with Clients(assembly.ports["router"], SEED) as clients:
        clients.more(50)
        for part in pair:
            part.end()
        for part in pair:
            part.start()
        clients.more(50)
    assert clients.failures
