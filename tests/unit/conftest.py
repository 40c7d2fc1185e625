"""Unit tests reach no network; workflows run on stores in memory, with BO1 in production."""

import pytest
import pytest_socket

from conftest import StoppedClock
from homeprices.domain.versions import Role
from homeprices.stores.objects import ObjectStore
from support.fakes import MemoryHomes, describe


@pytest.fixture(autouse=True)
def no_network() -> None:
    pytest_socket.disable_socket(allow_unix_socket=True)


@pytest.fixture
def homes(clock: StoppedClock) -> MemoryHomes:
    homes = MemoryHomes(clock)
    homes.registry.publish(Role.PRODUCTION, {"model.json": b"first"}, describe)
    return homes


@pytest.fixture
def objects(homes: MemoryHomes) -> ObjectStore:
    return homes.objects


@pytest.fixture
def candidate(homes: MemoryHomes):
    """Publishes a candidate whose only file holds the given bytes."""

    def publish(content: bytes = b"better") -> str:
        return homes.registry.publish(Role.CANDIDATE, {"model.json": content}, describe).version

    return publish
