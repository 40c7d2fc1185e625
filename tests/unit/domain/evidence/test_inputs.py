"""Moved inputs: the newest half day against the first day, each visitor weighing once."""

import msgspec
import numpy as np
import pytest

from homeprices.domain.drift import compare
from homeprices.domain.evidence.inputs import (
    BINS,
    EDGES_FROM,
    InputRow,
    MovedInputs,
    input_values,
)
from homeprices.domain.evidence.ledger import MemoryLedger
from homeprices.domain.evidence.policy import step
from homeprices.domain.evidence.state import EvidenceState
from homeprices.domain.experiments.decision import Verdict
from support.evidence import price, request, terms


def rows(count: int, half_day: int, scale: float = 1.0, seed: int = 1) -> list[InputRow]:
    rng = np.random.default_rng(seed + half_day)
    areas = scale * rng.lognormal(7, 0.4, count)
    return [
        InputRow(half_day, input_values(area, 1 + n % 4, 2, f"place {n % 50}"))
        for n, area in enumerate(areas.tolist())
    ]


def seen(*batches: list[InputRow]) -> MovedInputs:
    inputs = MovedInputs()
    for batch in batches:
        inputs = inputs.after(batch)
    return inputs


def test_the_same_homes_have_not_moved() -> None:
    assert seen(rows(400, 0), rows(400, 1), rows(600, 2)).moved(2, 500, 0.2) is None


def test_larger_homes_have_moved_and_it_is_said_what() -> None:
    moved = seen(rows(400, 0), rows(400, 1), rows(600, 2, scale=1.5)).moved(2, 500, 0.2)
    assert moved is not None
    assert moved[0] == "area"
    assert moved[1] > 0.2


def test_another_locality_has_moved() -> None:
    elsewhere = [
        InputRow(2, (*row.values[:3], input_values(None, None, None, "Hoskote")[3]))
        for row in rows(600, 2)
    ]
    moved = seen(rows(800, 0), elsewhere).moved(2, 500, 0.2)
    assert moved is not None
    assert moved[0] == "locality"


@pytest.mark.parametrize(("first", "later"), [(499, 600), (600, 499)])
def test_fewer_than_five_hundred_visitors_say_nothing(first: int, later: int) -> None:
    assert seen(rows(first, 0), rows(later, 2, scale=2)).moved(2, 500, 0.2) is None
    assert seen(rows(500, 0), rows(500, 2, scale=2)).moved(2, 500, 0.2) is not None


def test_the_newest_half_day_with_enough_visitors_is_looked_at() -> None:
    moved = seen(rows(600, 0), rows(600, 2, scale=2), rows(30, 3))
    assert moved.moved(3, 500, 0.2) is not None
    assert moved.after(rows(600, 3)).moved(3, 500, 0.2) is None


@pytest.mark.parametrize(("half_day", "is_told"), [(2, True), (3, True), (4, False), (9, False)])
def test_a_half_day_that_is_long_over_says_nothing_of_now(half_day: int, is_told: bool) -> None:
    moved = seen(rows(600, 0), rows(600, 2, scale=2)).moved(half_day, 500, 0.2)
    assert (moved is not None) is is_told


def test_few_visitors_after_a_move_do_not_block_the_trial_to_its_end() -> None:
    inputs = seen(rows(600, 0), rows(600, 2, scale=2), rows(30, 3))
    state = EvidenceState(inputs=inputs)
    for hours in range(36, 160):
        state, result = step(state, [], terms(hours))
    assert (state.epoch, result.figures["flags"]) == (1, [])


def test_the_edges_are_the_deciles_of_the_first_hundred_and_stay() -> None:
    first = rows(EDGES_FROM, 0)
    inputs = seen(first[:60], first[60:])
    deciles = np.quantile([row.values[0] for row in first], np.arange(1, 10) / 10)
    assert inputs.edges[0] == pytest.approx(deciles)
    assert inputs.waiting == ()
    assert inputs.first_day[0] == (10,) * BINS
    assert seen(first, rows(900, 0, scale=3)).edges == inputs.edges


def test_the_index_is_that_of_the_drift_report() -> None:
    inputs = seen(rows(600, 0), rows(600, 2, scale=1.5))
    psi = compare(inputs.first_day[0], inputs.half_days[0].counts[0]).psi
    moved = inputs.moved(2, 500, 0.2)
    assert moved is not None
    assert moved[1] == psi


def test_the_state_holds_two_half_days_whatever_has_passed() -> None:
    inputs = seen(*(rows(100, half) for half in range(14)))
    assert [half.number for half in inputs.half_days] == [13, 12]
    assert msgspec.json.decode(msgspec.json.encode(inputs), type=MovedInputs) == inputs


def test_what_is_missing_or_no_number_has_a_bin_of_its_own() -> None:
    assert input_values(float("nan"), None, 2, None) == (-1.0, -1.0, 2.0, -1.0)
    assert input_values(None, None, None, " HSR ") == input_values(None, None, None, "hsr")


def visits(day: int, hours: range, size: float = 1.0) -> list:
    rng = np.random.default_rng(day)
    return [
        request(
            10_000 * hour + n,
            "candidate" if n % 5 == 0 else "production",
            hour=hour - 0.5,
            area=size * float(rng.lognormal(7, 0.4)),
            bedrooms=2,
            bathrooms=2,
            locality="hsr",
        )
        for hour in hours
        for n in range(60)
    ]


def test_a_visitor_weighs_once_on_the_first_day_and_once_in_a_half_day() -> None:
    busy = [request(n, hour=h, session="s", area=900.0) for n, h in enumerate((1, 13, 23, 25, 35))]
    others = [request(100 + n, hour=1, area=float(n)) for n in range(EDGES_FROM)]
    state, _ = step(EvidenceState(), [*others, *busy], terms(36))
    assert sum(state.inputs.first_day[0]) == EDGES_FROM + 1
    assert [sum(half.counts[0]) for half in state.inputs.half_days] == [1]


def test_a_move_blocks_promotion_for_half_a_day_and_starts_a_new_epoch() -> None:
    ledger = MemoryLedger()
    proof = [price(n, 100.0, 120.0, 101.0) for n in range(60)]
    state, before = step(EvidenceState(), [*visits(1, range(1, 25)), *proof], terms(24, ledger))
    assert before.verdict is Verdict.PROMOTE
    moved, during = step(state, visits(2, range(25, 36), size=2.0), terms(35, ledger))
    assert during.verdict is Verdict.CONTINUE
    assert during.figures["flags"] == ["drift"]
    assert (moved.epoch, moved.prices.labels, moved.prices.first) == (1, 0, 60)
    again, blocked = step(moved, proof_after(60, 60), terms(36, ledger))
    assert blocked.verdict is Verdict.CONTINUE
    assert "other homes" in blocked.reasons[0]
    back, _ = step(again, visits(3, range(37, 49)), terms(48, ledger))
    assert back.epoch == 1
    _, after = step(back, [], terms(49, ledger))
    assert after.verdict is Verdict.PROMOTE


@pytest.mark.parametrize(("hours", "epoch"), [(36, 1), (47, 1), (48, 2)])
def test_a_move_seen_again_within_half_a_day_is_the_same_one(hours: float, epoch: int) -> None:
    inputs = seen(rows(600, 0), rows(600, 2, scale=2), rows(600, 3, scale=2))
    state = EvidenceState(inputs=inputs, epoch=1, moved_at=35.0, moved_input="area")
    assert step(state, [], terms(hours))[0].epoch == epoch


def test_evidence_of_a_second_epoch_needs_twice_the_odds() -> None:
    ledger = MemoryLedger()
    state = EvidenceState().with_new_epoch()
    # 25 to 1 would be enough in the first.
    for count in range(1, 60):
        state, result = step(state, proof_after(count, 1), terms(30, ledger))
        if result.figures["log_e"]["better"] >= np.log(20):
            break
    assert result.figures["log_e"]["better"] < np.log(40)
    assert "40 is needed" in " ".join(result.reasons)
    assert not any("promotion waits" in reason for reason in result.reasons)


def proof_after(first: int, count: int) -> list:
    return [price(first + n, 100.0, 120.0, 101.0) for n in range(count)]
