"""A first start as a newcomer sees it: a price at once, and a better model behind it."""

import json
import re
from collections.abc import Iterator

import pytest

from support.first_starts import OTHERS, few_listings, models, said
from support.stack import Stack, eventually, running

# What gives way to every other process may take its time.
pytestmark = [pytest.mark.timeout(900), pytest.mark.quiet]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    listings = few_listings(tmp_path_factory.mktemp("listings"))
    with running("--listings", str(listings), companions=["first-candidate"]) as stack:
        yield stack


def note(stack: Stack) -> str:
    """What `homes status`, which ends green, tells of the first candidate."""
    (row,) = [line for line in stack.homes("status").splitlines() if "first-candidate" in line]
    return " ".join(row.split())


def test_homes_are_priced_while_the_default_recipe_trains_and_goes_on_trial(stack: Stack) -> None:
    assert models(stack) == ["BO1"]
    assert note(stack).startswith("first-candidate working")
    assert stack.price()["model_version"] == "BO1"
    eventually(lambda: stack.version("candidate") == "CO1", within_s=500, every_s=0.5)
    assert "CO1 on trial against BO1" in stack.homes("experiment")
    candidate = json.loads(
        (stack.data_dir / "objects/models/price_check_CO1/manifest.json").read_text()
    )
    assert (candidate["recipe"], candidate["dataset"]) == ("blend", "V1")
    eventually(lambda: note(stack).startswith("first-candidate done"), within_s=20)
    assert re.search(r"it took \d+ s of a processor and [\d,]+ MB", said(stack))
    assert "CO1 is published; E1: CO1 on trial against BO1" in note(stack)


def test_the_next_start_trains_nothing_and_says_why(stack: Stack) -> None:
    eventually(lambda: note(stack).startswith("first-candidate done"), within_s=500)
    stack.homes("down")
    told = stack.homes("up", "--without", OTHERS)
    assert "trains behind it" not in told
    eventually(lambda: "CO1 was made before" in said(stack), within_s=30)
    assert models(stack) == ["BO1", "CO1"]
