"""Unit tests reach no network; experiments run on stores in memory, with BO1 in production."""

from __future__ import annotations

from itertools import count

import pytest
import pytest_socket

from homeprices.domain.versions import Role
from homeprices.stores.experiments import Experiments
from homeprices.stores.objects import ObjectStore
from homeprices.stores.registry import Registry
from homeprices.workflows.experiments.desk import Desk, TrialDesk
from support.fakes import MemoryDecisions, MemoryDrift, ScriptedEvidence, describe


@pytest.fixture(autouse=True)
def no_network() -> None:
    pytest_socket.disable_socket(allow_unix_socket=True)


@pytest.fixture
def objects() -> ObjectStore:
    return ObjectStore("memory:///")


@pytest.fixture
def desk(clock, objects: ObjectStore) -> Desk:
    salts = count(1)
    trials = TrialDesk(
        Registry(objects, clock),
        Experiments(objects),
        clock,
        0.2,
        "composite",
        lambda: f"salt{next(salts)}",
    )
    trials.registry.publish(Role.PRODUCTION, {"model.json": b"first"}, describe)
    return Desk(trials, MemoryDecisions(), ScriptedEvidence(), MemoryDrift())


@pytest.fixture
def candidate(desk: Desk):
    """Publishes a candidate whose only file holds the given bytes."""

    def publish(content: bytes = b"better") -> str:
        return desk.registry.publish(Role.CANDIDATE, {"model.json": content}, describe).version

    return publish
