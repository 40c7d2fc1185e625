"""The first candidate is killed while it trains, alone and with its supervisor."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from homeprices.local import state
from homeprices.local.processes import ProcessIdentity
from support.first_starts import OTHERS, few_listings, models, said
from support.stack import Stack, eventually, running

# What gives way to every other process may take its time.
pytestmark = [pytest.mark.timeout(900), pytest.mark.quiet]


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    listings = few_listings(tmp_path)
    with running("--listings", str(listings), companions=["first-candidate"]) as stack:
        yield stack


def training(stack: Stack, attempt: int) -> tuple[ProcessIdentity, ProcessIdentity]:
    """The supervisor, and what trains, once it is in the middle of this attempt."""
    eventually(lambda: said(stack).count("blend on V1") == attempt, within_s=240, every_s=0.3)
    told = state.read(stack.data_dir / "run" / "state.json")
    assert told is not None
    (mark,) = [one.mark for one in told.services if one.name == "first-candidate"]
    assert mark is not None
    return told.supervisor, mark


def endings(stack: Stack) -> list[tuple[str, str | None]]:
    """What came of each training, in their order."""
    closed = sorted((stack.data_dir / "objects" / "trainings").glob("T*.closed.json"))
    found = (json.loads(path.read_text()) for path in closed)
    return [(ending["outcome"], ending["model"]) for ending in found]


@pytest.mark.full
def test_however_it_is_killed_one_version_is_made_and_goes_on_trial(stack: Stack) -> None:
    _, trains = training(stack, attempt=1)
    os.kill(trains.pid, signal.SIGKILL)
    supervisor, trains = training(stack, attempt=2)
    assert endings(stack) == [("failed", None)]
    for mark in (supervisor, trains):
        os.kill(mark.pid, signal.SIGKILL)
    stack.homes("up", "--without", OTHERS)
    eventually(lambda: stack.version("candidate") == "CO1", within_s=500, every_s=0.5)
    eventually(lambda: len(endings(stack)) == 3, within_s=20)
    assert endings(stack) == [("failed", None), ("failed", None), ("published", "CO1")]
    assert models(stack) == ["BO1", "CO1"]
    assert "CO1 on trial against BO1" in stack.homes("experiment")
