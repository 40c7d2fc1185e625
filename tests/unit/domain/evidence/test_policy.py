"""The policy's step: rows in, state and verdict out, however they are cut into looks."""

from dataclasses import replace
from itertools import chain
from math import exp

import msgspec
import numpy as np
import pytest

from homeprices.domain.evidence.ledger import MemoryLedger
from homeprices.domain.evidence.policy import step
from homeprices.domain.evidence.state import EvidenceState
from homeprices.domain.experiments.decision import Verdict
from homeprices.domain.experiments.evidence import EvidenceRow
from homeprices.domain.experiments.experiment import PolicyDocument
from homeprices.domain.experiments.policies import policy, policy_for
from support.evidence import look, price, rating, request, terms


def mixed_rows(seed: int, count: int = 400) -> list[list[EvidenceRow]]:
    """Rows by hour, with all that can happen among them."""
    rng = np.random.default_rng(seed)
    hours: list[list[EvidenceRow]] = []
    for hour in range(40):
        rows: list[EvidenceRow] = []
        for n in range(count // 40):
            number = 1_000 * hour + n
            arm = "candidate" if rng.random() < 0.2 else "production"
            rows.append(
                request(
                    number,
                    arm,
                    hour=hour + 0.5,
                    status=500 if rng.random() < 0.02 else 200,
                    latency_ms=float(rng.choice([40.0, 900.0], p=[0.95, 0.05])),
                    area=float(rng.lognormal(7, 0.4)),
                    network=f"n{rng.integers(60)}",
                )
            )
            error, own = rng.normal(0, 0.2, 2)
            shown = {"hour": hour + 0.5, "network": f"n{rng.integers(60)}", "arm": arm}
            if rng.random() < 0.5:
                both = 100 * exp(error), 100 * exp(0.8 * error + 0.3 * own)
                rows.append(price(number, 100.0, *both, **shown))
            else:
                rows.append(rating(number, stars=float(rng.integers(0, 7)), **shown))
        hours.append(rows)
    return hours


def after(batches: list[list[EvidenceRow]]) -> EvidenceState:
    ledger, state = MemoryLedger(), EvidenceState()
    for number, batch in enumerate(batches, start=1):
        state, _ = step(state, batch, terms(number, ledger))
    return state


def merged(batches: list[list[EvidenceRow]], size: int) -> list[list[EvidenceRow]]:
    starts = range(0, len(batches), size)
    return [[*chain.from_iterable(batches[start : start + size])] for start in starts]


@pytest.mark.parametrize("size", [2, 7, 40])
def test_prices_and_ratings_say_the_same_however_looks_are_spaced(size: int) -> None:
    hourly = mixed_rows(1)
    often, seldom = after(hourly), after(merged(hourly, size))
    for name in ("better", "harm", "futility"):
        mine, other = (getattr(state.prices, name).log_wealth for state in (often, seldom))
        assert mine == pytest.approx(other)
    assert often.prices.reduction.above == pytest.approx(seldom.prices.reduction.above)
    assert often.ratings.better.log_wealth == pytest.approx(seldom.ratings.better.log_wealth)
    assert (often.ratings.candidate, often.units) == (seldom.ratings.candidate, seldom.units)
    assert often.gross.log_wealth == pytest.approx(seldom.gross.log_wealth)
    assert (often.sessions, often.set_aside) == (seldom.sessions, seldom.set_aside)
    assert often.prices.labels > 100
    assert {"bad value", "network cap"} <= set(often.set_aside)


def test_a_state_is_read_back_from_json_as_it_was() -> None:
    state = after(mixed_rows(2))
    content = msgspec.json.encode(state)
    assert msgspec.json.decode(content, type=EvidenceState) == state
    kept, _ = step(msgspec.json.decode(content, type=EvidenceState), [], terms(41))
    assert kept == step(state, [], terms(41))[0]


def test_the_state_does_not_grow_with_the_log() -> None:
    # Beside digits: what waits for a block, and the first visitors' homes.
    short, long = (len(msgspec.json.encode(after(mixed_rows(3, n)))) for n in (800, 8_000))
    assert long < 1.3 * short < 30_000


def test_no_feedback_is_no_evidence() -> None:
    arms = ["candidate", *["production"] * 4] * 100
    _, result = look([request(n, arm, hour=n / 10) for n, arm in enumerate(arms)], hours=100)
    assert result.verdict is Verdict.CONTINUE
    assert result.figures["log_e"]["better"] == 0


def test_equal_prices_are_ties_that_move_nothing() -> None:
    state, _ = look([price(n, 90.0, 100.0, 100.0) for n in range(30)])
    assert state.prices.better.log_e == state.prices.harm.log_e == 0
    assert state.prices.labels == 30


def test_labels_are_worth_what_the_page_says() -> None:
    # Log errors 0.2 and 0.1; and 0.9, capped at 0.5, against 0.3.
    state, _ = look(
        [
            price(1, 100.0, 100 * exp(0.2), 100 * exp(0.1)),
            price(2, 100.0, 100 * exp(0.9), 100 * exp(0.3)),
        ]
    )
    part = 0.95
    prices = state.prices
    assert exp(prices.better.log_wealth[15]) == pytest.approx((1 + part * 0.4) * (1 + part * 0.8))
    assert exp(prices.harm.log_wealth[15]) == pytest.approx((1 - part * 0.4) * (1 - part * 0.8))
    futility = (0.1 - 0.95 * 0.2) / 0.25, (0.3 - 0.95 * 0.5) / 0.25
    assert exp(prices.futility.log_wealth[15]) == pytest.approx(
        (1 + part * futility[0]) * (1 + part * futility[1])
    )
    assert (prices.production_loss, prices.candidate_loss) == pytest.approx((0.7, 0.4))


def test_a_gross_miss_is_one_that_exactly_one_model_makes() -> None:
    rows = [
        price(1, 100.0, 100 * exp(0.1), 100 * exp(0.6)),
        price(2, 100.0, 100 * exp(0.1), 100 * exp(0.7)),
        price(3, 100.0, 100 * exp(0.6), 100 * exp(0.7)),
        price(4, 100.0, 100 * exp(0.51), 100 * exp(0.49)),
    ]
    state, _ = look(rows)
    null, share = 1.25 / 2.25, 1.25 * 15 / (1 + 1.25 * 15)
    expected = (share / null) ** 2 * (1 - share) / (1 - null)
    assert exp(state.gross.log_wealth[5]) == pytest.approx(expected)


def test_requests_of_a_look_are_one_batch_of_the_guards() -> None:
    rows = [request(n, "candidate", status=500 if n < 3 else 200) for n in range(20)]
    rows += [request(n, latency_ms=501.0 if n < 2 else 500.0) for n in range(80)]
    state, _ = look(rows)
    share = 1.5 * 15 / 4 / (1 + 1.5 * 15 / 4)
    null = 1.5 / 4 / (1 + 1.5 / 4)
    assert exp(state.errors.log_wealth[5]) == pytest.approx((share / null) ** 3)
    assert exp(state.slow.log_wealth[5]) == pytest.approx(((1 - share) / (1 - null)) ** 2)


def test_an_evaluation_that_was_rolled_back_can_be_made_again() -> None:
    first, second = mixed_rows(4)[:2]
    ledger = MemoryLedger()
    state, _ = step(EvidenceState(), first, terms(1, ledger))
    lost = msgspec.json.encode(state)
    again = MemoryLedger()
    step(EvidenceState(), first, terms(1, again))
    once, _ = step(state, second, terms(2, ledger))
    twice, _ = step(msgspec.json.decode(lost, type=EvidenceState), second, terms(2, again))
    assert once == twice


def test_the_policy_stands_under_its_name_with_its_numbers() -> None:
    rule = policy("evidence")
    assert rule.document.version == 1
    assert rule.document.parameters["alpha"] == 0.05
    assert rule.state() == EvidenceState()
    assert policy_for(PolicyDocument("evidence")) is rule


def test_numbers_of_the_document_decide() -> None:
    rows = [price(n, 100.0, 120.0, 101.0) for n in range(30)]
    rows += [request(n, "production" if n % 5 else "candidate") for n in range(300)]
    ledger = MemoryLedger()
    at = replace(terms(24, ledger), parameters={"min_candidate_requests": 61})
    assert step(EvidenceState(), rows, at)[1].verdict is Verdict.CONTINUE
    assert look(rows)[1].verdict is Verdict.PROMOTE
