"""Every benchmark can be started: nobody runs them daily, so a name that is gone shows here."""

from pathlib import Path

import msgspec
import pytest

from homeprices.domain.experiments.decision import Verdict
from homeprices.workflows.experiments.simulated_trial import TrialOutcome
from support.paths import REPOSITORY, load_script

BENCHMARKS = REPOSITORY / "benchmarks"


@pytest.mark.parametrize("path", sorted(BENCHMARKS.glob("*.py")), ids=lambda path: path.stem)
def test_it_finds_what_it_imports_and_can_be_run(path: Path) -> None:
    assert callable(load_script(path).main)


def test_the_page_of_rehearsed_policies_has_a_row_for_each_cell_of_the_grid() -> None:
    rehearsal = load_script(BENCHMARKS / "rehearsal.py")

    def play_all(_, trials):
        return [TrialOutcome(Verdict.PROMOTE, 24, 36) for _ in trials]

    page = "\n".join(rehearsal.page(play_all, runs=2))
    assert rehearsal.COMMAND in page
    assert page.count("| 500, 10% (5 prices an hour) | 20 % better | 100.0 ± ") == 2
    assert page.count("| 5 networks, 1 day | more than 100 networks for 7 days |") == 6


def test_the_state_of_an_evaluation_does_not_grow_with_the_rows_behind_it() -> None:
    cost = load_script(BENCHMARKS / "evaluation_cost.py")
    engine, sizes = cost.InMemory(), []
    for start in range(0, 30_000, 10_000):
        engine.prepare(start, start + 10_000)()
        sizes.append(cost.numbers(msgspec.to_builtins(engine.state)))
    assert engine.state.prices.labels > 60
    assert engine.ledger_keys() > 3_500
    assert max(sizes) - min(sizes) < 30


def test_following_the_registry_reads_nothing_again_and_its_price_does_not_grow() -> None:
    requests = load_script(BENCHMARKS / "object_requests.py")
    few, many = requests.requests_a_look(3), requests.requests_a_look(60)
    assert few == many
    assert few.pop(requests.WATCHED) == {"list": 3, "get": 1}  # the newest dataset's manifest
    assert set().union(*few.values()) == {"list"}
    prices = {"list": 0.005}
    assert requests.month(few["router"], 5.5, prices) == pytest.approx(2.356, abs=0.001)
